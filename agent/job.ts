// One job in any kind of process: claims the room and runs the call.
import {
  Accesses,
  agentIdentity,
  type CallOptions,
  type CarriedCall,
  type HolderQuery,
  type Job,
  type Logger,
  readEnvironment,
  runCall,
} from '../src/index.js';
import { checkBaseProfile } from './base-profile.js';
import { type RunningDeployment, toolDeployment } from './deployment.js';
import { type KnownDeployment, readDeploymentFiles } from './deployment-files.js';
import { agentToken } from './worker/agent-token.js';
import { forNextHolder, KeptCall } from './worker/kept-call.js';
import { awaitPlace, isReplaced, isStale } from './worker/lost-place.js';
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
 * @param known what another process of this worker has read
 * @throws AgentError
 */
export async function callDefaults(
  environment = readEnvironment(),
  known?: KnownDeployment,
): Promise<CallDefaults & { readonly known: KnownDeployment }> {
  const files = known?.files ?? readDeploymentFiles(environment);
  const { baseProfile, profiles, accesses } = files;
  const tools = await toolDeployment(environment, files, known?.tools);
  checkBaseProfile(baseProfile, tools);
  return {
    known: { tools: tools.knownTools, files },
    access: new Accesses(accesses ?? [environment.google]),
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
    call.carried !== undefined || (await claimRoom({ query, dispatchId, signal: job.signal, log }));
  if (!isOurs) {
    log.info({ room: job.room }, 'another agent of this name serves the room already');
    job.end('the room is served already');
    return;
  }
  let { token } = job;
  let { carried } = call;
  for (;;) {
    const end = await runOnce(roomJob, token, carried);
    const goesOn =
      isStale(end.reason) ||
      (isReplaced(end.reason) && (await awaitPlace({ query, signal: job.signal, log })));
    if (!goesOn) {
      job.end(end.reason, end.failed);
      return;
    }
    carried = end.next;
    const { agentName, room } = query;
    token = await agentToken(query, { room, agentName, identity: agentIdentity(agentName) });
  }
}

interface Ending {
  readonly reason: string;
  readonly failed: boolean;
  /** With which the call would go on; undefined where it has not come far enough. */
  readonly next: CarriedCall | undefined;
}

/** Runs the call until it is over, or has lost its place in the room. */
async function runOnce(
  { job: { room, url, metadata, signal }, query, call, log }: RoomJob,
  token: string,
  carried: CarriedCall | undefined,
): Promise<Ending> {
  const kept = new KeptCall(carried);
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
  await runCall(job, {
    ...call,
    carried,
    onState: (state) => {
      kept.add({ state });
      call.onState?.(state);
    },
    onInputs: (change) => {
      kept.add({ inputs: change });
      call.onInputs?.(change);
    },
    onFact: (fact) => {
      kept.add({ fact });
      call.onFact?.(fact);
    },
    roomService: roomService(query),
    log,
  });
  return { ...end, next: kept.carried && forNextHolder(kept.carried) };
}
