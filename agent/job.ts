// One room, whichever way its process is run: claims it, and runs the call.
import {
  type CallOptions,
  type HolderQuery,
  type Job,
  type Logger,
  preloadCalls,
  readBaseProfile,
  readEnvironment,
  readNamedProfiles,
  runCall,
} from '../src/index.js';
import { toolDeployment } from './deployment.js';
import { claimRoom } from './worker/room-claim.js';
import { roomService } from './worker/room-service.js';

/** What every call of a process shares. */
export interface CallDefaults {
  readonly access: CallOptions['access'];
  readonly baseProfile?: unknown;
  readonly tools: NonNullable<CallOptions['tools']>;
  readonly profiles: NonNullable<CallOptions['profiles']>;
}

/**
 * Loads what calls need, while the process waits for its first one.
 *
 * @throws AgentError
 */
export async function callDefaults(environment = readEnvironment()): Promise<CallDefaults> {
  await preloadCalls();
  const baseProfile = readBaseProfile(environment.profilePath);
  return {
    access: environment.google,
    ...(baseProfile === undefined ? {} : { baseProfile }),
    tools: await toolDeployment(environment),
    profiles: readNamedProfiles(environment.profilesFolder),
  };
}

export interface RoomJob {
  readonly job: Job;
  readonly dispatchId: string;
  readonly query: HolderQuery;
  readonly call: Omit<CallOptions, 'log'>;
  readonly log: Logger;
}

/** Serves a room until its call is over. Never rejects. */
export async function serveRoom({ job, dispatchId, query, call, log }: RoomJob): Promise<void> {
  // A call that is taken over has a holder: the one whose place is taken.
  const isOurs =
    call.restored !== undefined || (await claimRoom({ query, dispatchId, signal: job.signal, log }));
  if (!isOurs) {
    log.info({ room: job.room }, 'another agent of this name serves the room already');
    job.end('the room is served already');
    return;
  }
  await runCall(job, { ...call, roomService: roomService(query), log });
}
