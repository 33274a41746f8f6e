// One job in any kind of process: claims the room and runs the call.
import {
  type CallOptions,
  type HolderQuery,
  type Job,
  type KnownTool,
  type Logger,
  readBaseProfile,
  readEnvironment,
  readNamedProfiles,
  runCall,
} from '../src/index.js';
import { checkBaseProfile } from './base-profile.js';
import { type RunningDeployment, toolDeployment } from './deployment.js';
import { claimRoom } from './worker/room-claim.js';
import { roomService } from './worker/room-service.js';

/** Options that all calls of a process share. */
export interface CallDefaults {
  readonly access: CallOptions['access'];
  readonly baseProfile?: unknown;
  readonly tools: RunningDeployment;
  readonly profiles: NonNullable<CallOptions['profiles']>;
}

/**
 * Loads what every call needs, and checks what every call builds on.
 *
 * @param known the module tools, where another process of this worker has loaded them
 * @throws AgentError
 */
export async function callDefaults(
  environment = readEnvironment(),
  known?: readonly KnownTool[],
): Promise<CallDefaults> {
  const baseProfile = readBaseProfile(environment.profilePath);
  const profiles = readNamedProfiles(environment.profilesFolder);
  const tools = await toolDeployment(environment, known);
  checkBaseProfile(baseProfile, tools);
  return {
    access: environment.google,
    ...(baseProfile === undefined ? {} : { baseProfile }),
    tools,
    profiles,
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
  // A call that is taken over has a holder in the room: the agent that is replaced.
  const isOurs =
    call.restored !== undefined || (await claimRoom({ query, dispatchId, signal: job.signal, log }));
  if (!isOurs) {
    log.info({ room: job.room }, 'another agent of this name serves the room already');
    job.end('the room is served already');
    return;
  }
  await runCall(job, { ...call, roomService: roomService(query), log });
}
