// The worker: reads the environment, refuses to start on a wrong one, and registers with LiveKit.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cli, log, ServerOptions } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import {
  AgentError,
  deployTools,
  type Environment,
  EnvironmentError,
  type Logger,
  parseProfile,
  readBaseProfile,
  readEnvironment,
  requireModelAccess,
  type ToolDeployment,
} from '../src/index.js';
import { toolDeployment } from './deployment.js';
import { acceptInto } from './dispatch.js';
import { healthPort } from './worker/health-port.js';
import { JobProcesses } from './worker/job-processes.js';
import { holderOf, removeHolder } from './worker/live-holder.js';
import { Slots } from './worker/slots.js';
import { disableTurnDetector } from './worker/turn-detector.js';

loadDotenv({ quiet: true });

/** What a call takes at most to say goodbye and leave. */
const GOODBYE_MS = 5_000;
/** The longest that a timer of Node can wait. */
const FOR_EVER_MS = 2 ** 31 - 1;

const { environment, port } = await prepare();
const slots = new Slots(environment.maxRooms);
const jobs = new JobProcesses();
disableTurnDetector();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => setTimeout(() => jobs.end(), environment.drainMs).unref());
}
cli.runApp(
  new ServerOptions({
    agent: jobPath(),
    agentName: environment.agentName,
    requestFunc: acceptInto({
      agentName: environment.agentName,
      slots,
      clear: clearRoom,
      log: () => log() as unknown as Logger,
    }),
    // Rooms, not CPU: forking the next process pushes the CPU over any threshold, and dispatches are lost meanwhile.
    loadFunc: async (server) => slots.load(server.activeJobs.map(({ job }) => job.id)),
    // The command line builds the options a second time and would drop the default.
    loadThreshold: 1,
    numIdleProcesses: 1,
    // Calls are asked for their end after drainMs (above) and say goodbye: the framework need not cut them off meanwhile.
    drainTimeout: Math.min(environment.drainMs + GOODBYE_MS, FOR_EVER_MS),
    // A job may be asked for its end by mistake (job.ts) and goes on then; otherwise it ends within seconds.
    sessionEndTimeout: FOR_EVER_MS,
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
    if (!(error instanceof AgentError)) throw error;
    console.error(`gemini-room-agent cannot start: ${error.message}`);
    process.exit(1);
  }
}

/** A dead agent's place in a room is taken before its successor is accepted; a live one keeps it. */
async function clearRoom(room: string, identity: string): Promise<boolean> {
  const query = { ...environment.livekit, room, identity };
  const holder = await holderOf(query);
  if (holder === 'dead') await removeHolder(query);
  return holder !== 'live';
}

/** Every call builds on this file: what is wrong in it is told now rather than in each room. */
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

/** The file that each job process loads, beside this one. */
function jobPath(): string {
  const path = fileURLToPath(new URL('./job.js', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}
