// Starts @livekit/agents' AgentServer: a process a room, as LiveKit Cloud's hosted workers need it.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { cli, type JobRequest, log, ServerOptions } from '@livekit/agents';
import { agentIdentity, type Environment, type Logger } from '../../../src/index.js';
import { CallObserver } from '../../observe/call-observer.js';
import { createLog, writeLines } from '../../observe/log.js';
import { startTracing } from '../../observe/tracing.js';
import type { HealthServer, WorkerStatus } from '../health.js';
import { inMegabytes, MEMORY_LIMIT_BYTES, MEMORY_WARN_BYTES } from '../memory-limit.js';
import { Slots, SPENT_LOAD } from '../slots.js';
import { JobProcesses } from './job-processes.js';
import { disableTurnDetector } from './turn-detector.js';

/** What a call takes at most to say goodbye and leave. */
const GOODBYE_MS = 5_000;
/** So far above the limit that the framework, which looks every 5 s, does not kill a job that is reporting its end. */
const KILLED_ABOVE = 1.5;
/** The longest that a timer of Node can wait. */
const UNLIMITED_MS = 2 ** 31 - 1;

export async function startFramework(environment: Environment, health: HealthServer): Promise<void> {
  const { agentName, drainMs } = environment;
  const slots = new Slots(environment.maxRooms);
  const jobs = new JobProcesses();
  let draining = false;
  let running: readonly string[] = [];
  let registered = false;
  let isWarned = false;
  let closes = false;
  const isSlim = disableTurnDetector();
  const status = (): WorkerStatus => ({
    agentName,
    rooms: running.length,
    slots: slots.max,
    hosts: jobs.count,
    registered,
    full: slots.load(running) >= 1,
    draining,
  });
  const ownLog = createLog(environment);
  const tracing = await startTracing(environment, ownLog);
  const observer = new CallObserver(environment, status, ownLog, tracing);
  jobs.observer = observer;
  observer.onLimit = (call, notice) => jobs.limit(call, notice);
  health.serve(status, observer.metrics);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      draining = true;
      setTimeout(() => jobs.end(), drainMs).unref();
    });
  }
  cli.runApp(
    new ServerOptions({
      agent: jobScript(),
      agentName,
      requestFunc: async (request: JobRequest) => {
        // Accepted at once: whether another agent serves the room is asked by the job, before it joins.
        const isFree = slots.reserve(request.id);
        observer.dispatched(isFree ? 'accepted' : 'rejected');
        if (isFree) await request.accept(agentName || 'agent', agentIdentity(agentName));
        else await request.reject();
      },
      // Load by rooms, not by CPU: forking a process raises the CPU load above any threshold, and dispatches would be lost.
      loadFunc: async (server) => {
        registered = server.id !== 'unregistered';
        if (!closes) {
          closes = true;
          // The framework ends the process when this has resolved: reports and spans get their last attempt before.
          const close = server.close.bind(server);
          server.close = async () => {
            await close();
            await observer.close();
          };
        }
        running = server.activeJobs.map(({ job }) => job.id);
        if (running.length > 0 && jobs.count === 0 && !isWarned) {
          isWarned = true;
          const { version } = process;
          (log() as unknown as Logger).warn(
            { version },
            'this Node.js does not report processes that are started: when the worker stops, calls end without a goodbye',
          );
        }
        return Math.max(slots.load(running), observer.isSpent ? SPENT_LOAD : 0);
      },
      // The command line builds the options a second time and would drop the default.
      loadThreshold: 1,
      numIdleProcesses: 1,
      // Calls are asked for their end after drainMs (above) and say goodbye: the framework need not cut them off meanwhile.
      drainTimeout: Math.min(drainMs + GOODBYE_MS, UNLIMITED_MS),
      // A job may be asked for its end by mistake (job-process.ts) and goes on then; otherwise it ends within seconds.
      sessionEndTimeout: UNLIMITED_MS,
      // An idle child that is still booting ignores the request to end: do not wait a minute for it.
      shutdownProcessTimeout: 5_000,
      // A job ends itself at the limit (job-process.ts), and is killed above it where it cannot any more.
      jobMemoryWarnMB: inMegabytes(MEMORY_WARN_BYTES),
      jobMemoryLimitMB: inMegabytes(MEMORY_LIMIT_BYTES * KILLED_ABOVE),
      wsURL: environment.livekit.url,
      apiKey: environment.livekit.apiKey,
      apiSecret: environment.livekit.apiSecret,
      // The framework's health server reports less than ours (health.ts), and cannot be switched off.
      host: '127.0.0.1',
      port: await freePort(),
      logLevel: environment.logLevel,
    }),
  );
  const logger = log() as unknown as Logger;
  writeLines(logger, environment.logFormat);
  if (!isSlim) logger.warn({}, 'the turn detector of @livekit/agents runs, unused: it takes about 270 MB');
  logger.info({ port: health.port }, 'health is served on this port');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The file that each job process loads, beside this one. */
function jobScript(): string {
  const path = fileURLToPath(new URL('./job-process.js', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}
