// The worker: reads the environment, refuses to start on a wrong one, and registers with LiveKit.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cli, ServerOptions } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import { readBaseProfile } from '../src/config/base-profile.js';
import {
  type Environment,
  EnvironmentError,
  readEnvironment,
  requireModelAccess,
} from '../src/config/environment.js';
import { parseProfile } from '../src/config/profile.js';
import { deployTools, type ToolDeployment } from '../src/tools/deployment.js';
import { ModuleToolError } from '../src/tools/module-tools.js';
import { toolDeployment } from './deployment.js';
import { acceptInto } from './dispatch.js';
import { healthPort } from './worker/health-port.js';
import { Slots } from './worker/slots.js';
import { disableTurnDetector } from './worker/turn-detector.js';

loadDotenv({ quiet: true });

const { environment, port } = await prepare();
const slots = new Slots(environment.maxRooms);
disableTurnDetector();
cli.runApp(
  new ServerOptions({
    agent: jobPath(),
    agentName: environment.agentName,
    requestFunc: acceptInto({ agentName: environment.agentName, slots }),
    // Rooms, not CPU: forking the next process pushes the CPU over any threshold, and dispatches are lost meanwhile.
    loadFunc: async (server) => slots.load(server.activeJobs.map(({ job }) => job.id)),
    // The command line builds the options a second time and would drop the default.
    loadThreshold: 1,
    numIdleProcesses: 1,
    // 0 would mean for ever.
    drainTimeout: Math.max(environment.drainMs, 1),
    // Within which a call has to have said its goodbye.
    sessionEndTimeout: 15_000,
    // An idle child that is still booting ignores the request to end: do not wait a minute for it.
    shutdownProcessTimeout: 5_000,
    wsURL: environment.livekit.url,
    apiKey: environment.livekit.apiKey,
    apiSecret: environment.livekit.apiSecret,
    host: environment.agentHost,
    port,
    logLevel: environment.logLevel,
  }),
);

async function prepare(): Promise<{ readonly environment: Environment; readonly port: number }> {
  try {
    const read = readEnvironment();
    requireModelAccess(read);
    // Loaded again by each job's process: what is wrong with one is told before any job comes.
    const deployment = await toolDeployment(read);
    checkBaseProfile(readBaseProfile(read.profilePath), deployment);
    return { environment: read, port: await healthPort(read.agentHost, read.agentPort) };
  } catch (error) {
    if (!(error instanceof EnvironmentError || error instanceof ModuleToolError)) throw error;
    console.error(`gemini-room-agent cannot start: ${error.message}`);
    process.exit(1);
  }
}

/** Every call builds on this file: what is wrong in it is told now rather than in each room. */
function checkBaseProfile(file: string | undefined, deployment: ToolDeployment): void {
  const parsed = parseProfile({ file });
  const result = parsed.ok ? deployTools(parsed.profile, deployment) : parsed;
  if (result.ok) return;
  throw new EnvironmentError(
    result.problems.map(({ path, message }) => ({ name: 'AGENT_PROFILE', message: `${path}: ${message}` })),
  );
}

/** The file that each job process loads, beside this one. */
function jobPath(): string {
  const path = fileURLToPath(new URL('./job.js', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}
