// Options of the shared worker.
import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../../src/index.js';
import type { CallKeeperOptions } from './call-keeper.js';
import type { HostLimits } from './host-pool.js';
import type { LiveKitAccess } from './livekit-connection.js';

export interface SharedWorkerOptions extends CallKeeperOptions {
  readonly livekit: LiveKitAccess;
  readonly agentName: string;
  readonly maxRooms: number;
  readonly drainMs: number;
  /** The key that encrypts calls for other workers; without it calls end with this worker. */
  readonly stateKey?: Uint8Array;
  readonly version: string;
  /** The file that a room host runs. */
  readonly hostScript: string;
  /** A host that was started before this worker. */
  readonly firstHost?: ChildProcess | undefined;
  /** Whether what calls need may be wrong (a profile of this deployment): no call is taken before a host has read it. */
  readonly hostsCheckFirst?: boolean;
  readonly hostLimits?: Partial<HostLimits>;
  /** The environment and the folder of room hosts; this process's own where omitted. */
  readonly hostEnv?: NodeJS.ProcessEnv;
  readonly hostFolder?: string;
  readonly log: Logger;
}
