// One job in any kind of process: claims the room and runs the call.
import {
  Accesses,
  agentIdentity,
  type CallOptions,
  type CallState,
  type HolderQuery,
  type Job,
  type KnownTool,
  type Logger,
  readAccesses,
  readBaseProfile,
  readEnvironment,
  readNamedProfiles,
  runCall,
} from '../src/index.js';
import { checkBaseProfile } from './base-profile.js';
import { type RunningDeployment, toolDeployment } from './deployment.js';
import { agentToken } from './worker/agent-token.js';
import { awaitPlace, isReplaced } from './worker/lost-place.js';
import { claimRoom } from './worker/room-claim.js';
import { roomService } from './worker/room-service.js';

/** Options that all calls of a process share. */
export interface CallDefaults {
  readonly access: Accesses;
  readonly baseProfile?: unknown;
  readonly tools: RunningDeployment;
  readonly limits: NonNullable<CallOptions['limits']>;
  readonly e2eeKey?: string;
  readonly traced?: boolean;
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
  const { accessPath } = environment;
  const baseProfile = readBaseProfile(environment.profilePath);
  const profiles = readNamedProfiles(environment.profilesFolder);
  const tools = await toolDeployment(environment, known);
  checkBaseProfile(baseProfile, tools);
  return {
    access: new Accesses(accessPath === undefined ? [environment.google] : readAccesses(accessPath)),
    ...(environment.e2eeKey === undefined ? {} : { e2eeKey: environment.e2eeKey }),
    ...(baseProfile === undefined ? {} : { baseProfile }),
    limits: environment.limits.call,
    tools,
    profiles,
    ...(environment.traces ? { traced: true } : {}),
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
export async function serveRoom(roomJob: RoomJob): Promise<void> {
  const { job, dispatchId, query, call, log } = roomJob;
  // A call that is taken over has a holder in the room: the agent that is replaced.
  const isOurs =
    call.restored !== undefined || (await claimRoom({ query, dispatchId, signal: job.signal, log }));
  if (!isOurs) {
    log.info({ room: job.room }, 'another agent of this name serves the room already');
    job.end('the room is served already');
    return;
  }
  let { token } = job;
  let { restored } = call;
  for (;;) {
    const end = await runOnce(roomJob, token, restored);
    if (!isReplaced(end.reason) || !(await awaitPlace({ query, signal: job.signal, log }))) {
      job.end(end.reason, end.failed);
      return;
    }
    restored = end.next;
    const { agentName, room } = query;
    token = await agentToken(query, { room, agentName, identity: agentIdentity(agentName) });
  }
}

interface Ending {
  readonly reason: string;
  readonly failed: boolean;
  /** With which the call would go on; undefined where it has not come far enough. */
  readonly next: CallState | undefined;
}

/** Runs the call until it is over, or has lost its place in the room. */
async function runOnce(
  { job: { room, url, metadata, signal }, query, call, log }: RoomJob,
  token: string,
  restored: CallState | undefined,
): Promise<Ending> {
  let state: Partial<CallState> = restored ?? {};
  let end = { reason: '', failed: false };
  const job: Job = {
    room,
    url,
    token,
    metadata,
    signal,
    end: (reason, failed = false) => {
      end = { reason, failed };
    },
  };
  const { restored: _, ...options } = call;
  await runCall(job, {
    ...options,
    ...(restored ? { restored } : {}),
    onState: (change) => {
      state = { ...state, ...change };
      call.onState?.(change);
    },
    roomService: roomService(query),
    log,
  });
  const isComplete = state.profile !== undefined && state.ledger !== undefined;
  const next = isComplete ? ({ ...state, epoch: (state.epoch ?? 1) + 1 } as CallState) : undefined;
  return { ...end, next };
}
