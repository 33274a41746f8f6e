// Starts the shared worker and ends it with the process.

import type { Environment, Logger } from '../../src/index.js';
import { CallObserver } from '../observe/call-observer.js';
import { createLog } from '../observe/log.js';
import { startTracing } from '../observe/tracing.js';
import type { CallStore } from './call-store.js';
import { type FirstHost, HOST_SCRIPT } from './first-host.js';
import type { HealthServer } from './health.js';
import { SharedWorker } from './shared-worker.js';

const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;

export async function startShared(
  environment: Environment,
  health: HealthServer,
  firstHost?: FirstHost,
): Promise<void> {
  const log = createLog(environment);
  const { livekit, agentName, maxRooms, drainMs, stateKey } = environment;
  const { profilePath, profilesFolder, mcpPath } = environment;
  const store = await storeOf(environment, log);
  const tracing = await startTracing(environment, log);
  const observer = new CallObserver(environment, () => worker.status, log, tracing, store?.usage);
  const worker: SharedWorker = new SharedWorker({
    livekit,
    agentName,
    maxRooms,
    drainMs,
    ...(stateKey ? { stateKey } : {}),
    ...(store ? { store } : {}),
    version: '0.1.0',
    hostScript: HOST_SCRIPT,
    firstHost: firstHost?.take(),
    // A worker with a wrong file must not take calls from those that can serve them.
    hostsCheckFirst: [profilePath, profilesFolder, mcpPath].some((path) => path !== undefined),
    observer,
    log,
  });
  health.serve(() => worker.status, observer.metrics);
  log.info({ port: health.port }, 'health is served on this port');
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      log.info(
        { signal, rooms: worker.status.rooms, drainMs },
        'the worker takes no more calls and ends with its last one',
      );
      // A second signal does not wait.
      process.once(signal, () => process.exit(code));
      void worker
        .drain()
        .then(() => observer.close())
        .then(() => process.exit(code));
    });
  }
  try {
    await worker.start();
  } catch (error) {
    worker.close();
    throw error;
  }
  if (!store) return;
  const { watchOrphans } = await import('./orphans.js');
  watchOrphans({ store, livekit, agentName, log });
}

/** Redis is loaded only where it is used. */
async function storeOf(
  { redisUrl, stateKey, agentName }: Environment,
  log: Logger,
): Promise<CallStore | undefined> {
  if (redisUrl === undefined || stateKey === undefined) return undefined;
  const { CallStore } = await import('./call-store.js');
  return new CallStore({ url: redisUrl, agentName, stateKey, log });
}
