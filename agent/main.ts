// The worker: reads the environment, refuses to start on a wrong one, and registers with LiveKit.

import { config as loadDotenv } from 'dotenv';
import {
  AgentError,
  deployTools,
  type Environment,
  EnvironmentError,
  parseProfile,
  readBaseProfile,
  readEnvironment,
  readNamedProfiles,
  requireModelAccess,
  type ToolDeployment,
} from '../src/index.js';
import { toolDeployment } from './deployment.js';
import { HealthServer } from './worker/health.js';

loadDotenv({ quiet: true });
// rtc-node logs at debug level to standard output under any other value, here and in the processes that run calls.
// biome-ignore lint/style/noProcessEnv: rtc-node reads it when it is loaded
process.env.NODE_ENV ||= 'production';

const { environment, health } = await prepare();
// Loaded only where it is used: @livekit/agents takes some 60 MB and a second.
if (environment.isolation === 'shared') {
  const { startShared } = await import('./worker/start-shared.js');
  await startShared(environment, health);
} else {
  const { startFramework } = await import('./worker/framework/start-framework.js');
  await startFramework(environment, health);
}

async function prepare(): Promise<{ readonly environment: Environment; readonly health: HealthServer }> {
  try {
    const read = readEnvironment();
    requireModelAccess(read);
    // Loaded again by each process that runs calls: an error in one is reported before any job comes.
    const deployment = await toolDeployment(read);
    readNamedProfiles(read.profilesFolder);
    checkBaseProfile(readBaseProfile(read.profilePath), deployment);
    deployment.close();
    return { environment: read, health: await HealthServer.listen(read.agentHost, read.agentPort) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    console.error(`gemini-room-agent cannot start: ${error.message}`);
    process.exit(1);
  }
}

/** Every call builds on this file: what is wrong in it is reported now rather than in each room. */
function checkBaseProfile(file: string | undefined, deployment: ToolDeployment): void {
  const parsed = parseProfile({ file });
  const result = parsed.ok ? deployTools(parsed.profile, deployment) : parsed;
  if (result.ok) return;
  throw new EnvironmentError(
    result.problems.map(({ path, message }) => ({
      name: 'AGENT_PROFILE',
      // A file that is no profile at all is named by itself.
      message: path === 'AGENT_PROFILE' ? message : `${path}: ${message}`,
    })),
  );
}
