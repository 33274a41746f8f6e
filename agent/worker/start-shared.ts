// Starts the shared worker and ends it with the process.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Environment } from '../../src/index.js';
import type { HealthServer } from './health.js';
import { SharedWorker } from './shared-worker.js';

const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;

export async function startShared(environment: Environment, health: HealthServer): Promise<void> {
  const log = pino({ level: environment.logLevel });
  const { livekit, agentName, maxRooms, drainMs } = environment;
  const worker = new SharedWorker({
    livekit,
    agentName,
    maxRooms,
    drainMs,
    version: '0.1.0',
    hostScript: hostScript(),
    log,
  });
  health.serve(() => worker.status);
  log.info({ port: health.port }, 'health is told on this port');
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      log.info(
        { signal, rooms: worker.status.rooms, drainMs },
        'the worker takes no more calls and ends with its last one',
      );
      // A second signal does not wait.
      process.once(signal, () => process.exit(code));
      void worker.drain().then(() => process.exit(code));
    });
  }
  await worker.start();
}

function hostScript(): string {
  const path = fileURLToPath(new URL('./host-process.js', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run build\``);
  return path;
}
