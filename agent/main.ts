// The worker: reads the environment, refuses to start on a wrong one, and registers with LiveKit.

import { config as loadDotenv } from 'dotenv';
import { forkFirstHost } from './worker/first-host.js';

loadDotenv({ quiet: true });
// rtc-node logs at debug level to standard output under any other value, here and in the processes that run calls.
// biome-ignore lint/style/noProcessEnv: rtc-node reads it when it is loaded
process.env.NODE_ENV ||= 'production';
// Before this process loads anything itself: both load at the same time, and the first call waits less for its host.
// biome-ignore lint/style/noProcessEnv: the environment is checked by what is loaded only after this
const firstHost = forkFirstHost(process.env.AGENT_ISOLATION);

const { AgentError, readAccesses, readEnvironment, requireModelAccess } = await import('../src/index.js');
try {
  const environment = readEnvironment();
  requireModelAccess(environment);
  if (environment.accessPath !== undefined) readAccesses(environment.accessPath);
  const { folder } = environment.report;
  if (folder !== undefined) await (await import('./observe/call-reports.js')).requireReportFolder(folder);
  const { HealthServer } = await import('./worker/health.js');
  const health = await HealthServer.listen(environment.agentHost, environment.agentPort);
  // Loaded only where it is used: @livekit/agents takes some 60 MB and a second.
  if (environment.isolation === 'shared') {
    const { startShared } = await import('./worker/start-shared.js');
    await startShared(environment, health, firstHost);
  } else {
    const { callDefaults } = await import('./job.js');
    // Each job process loads it again: what is wrong in it is reported before any job comes.
    const { tools } = await callDefaults(environment);
    tools.close();
    const { startFramework } = await import('./worker/framework/start-framework.js');
    await startFramework(environment, health);
  }
} catch (error) {
  if (!(error instanceof AgentError)) throw error;
  console.error(`gemini-room-agent cannot start: ${error.message}`);
  process.exit(1);
}
