// Hands a call over to another worker: a dispatch with its state, whose agent replaces this one in the room.
import { dispatchClient, type Logger, within } from '../../src/index.js';
import type { Used } from '../observe/budget.js';
import type { HostedJob } from './hosted-job.js';
import { bounded } from './kept-call.js';
import type { LiveKitAccess } from './livekit-connection.js';
import { isBegun, type SealedCall, seal } from './sealed-state.js';

export interface HandOverOptions {
  readonly livekit: LiveKitAccess;
  readonly agentName: string;
  readonly stateKey: Uint8Array;
  /** What the calls in a room have used. */
  readonly used: (room: string) => Used | undefined;
  readonly log: Logger;
}

/** A worker that has taken the dispatch is in the room by then. */
const TAKEN_WITHIN_MS = 6_000;
const TRIES = 2;
const REQUEST_WITHIN_S = 5;

/** LiveKit takes 512 KB. */
const MAX_METADATA_CHARS = 450_000;
/** The most of a call that is tried first: about two thousand turns, which are sealed in a quarter of that, and an utterance. */
const BOUNDS = [
  { recordChars: 1_000_000, speechMs: 6_000 },
  { recordChars: 300_000, speechMs: 6_000 },
  { recordChars: 50_000, speechMs: 4_000 },
  { recordChars: 0, speechMs: 0 },
];

/** How long a call may wait for a quiet moment. */
export const QUIET_WITHIN_MS = 20_000;
/** How long the calls of a worker that ends may take, one and all. */
const ALL_WITHIN_MS = 40_000;

/** Hands each call over in its next pause; calls that no worker accepts continue here. */
export async function handOverAll(jobs: readonly HostedJob[], options: HandOverOptions): Promise<void> {
  const hand = async (job: HostedJob): Promise<void> => {
    await job.quiet(QUIET_WITHIN_MS);
    if (job.isOver || !(await handOver(job, options))) return;
    options.log.info({ room: job.assigned.room }, 'the call was handed over');
  };
  await within(Promise.all(jobs.map(hand)), ALL_WITHIN_MS);
}

/**
 * To be called at a quiet moment. The call goes on here until its successor takes its place.
 *
 * @returns whether another worker has taken it
 */
async function handOver(job: HostedJob, options: HandOverOptions): Promise<boolean> {
  const { agentName, log } = options;
  const { room } = job.assigned;
  const dispatches = await dispatchClient(options.livekit, REQUEST_WITHIN_S);
  for (let attempt = 1; attempt <= TRIES && !job.isOver; attempt++) {
    const metadata = sealedCall(job, options);
    if (metadata === undefined) return false;
    try {
      job.isOffered = true;
      const { id } = await dispatches.createDispatch(room, agentName, { metadata });
      await within(job.over, TAKEN_WITHIN_MS);
      if (job.isOver) break;
      await dispatches.deleteDispatch(id, room);
      log.warn({ room, attempt }, 'no worker has taken the call over');
      job.isOffered = job.isOver;
    } catch (error) {
      log.warn({ err: error, room, attempt }, 'the call could not be handed over');
    }
  }
  return job.isOver;
}

/** The call as it is now, with its record; undefined: it has not come far enough to be taken over. */
function sealedCall(job: HostedJob, { stateKey, used }: HandOverOptions): string | undefined {
  const { room, dispatchId, metadata } = job.assigned;
  const { carried } = job.kept;
  if (!carried) return undefined;
  const call = { ...carried, dispatchId, metadata, used: used(room), sealedAtMs: Date.now() };
  return sealForDispatch(call, room, stateKey);
}

/** LiveKit refuses a dispatch whose metadata is too large: of a record that does not fit, the oldest turns are left out. */
export function sealForDispatch(call: SealedCall, room: string, key: Uint8Array): string {
  if (!isBegun(call)) return seal(call, room, key);
  let sealed = '';
  for (const { recordChars, speechMs } of BOUNDS) {
    sealed = seal({ ...call, ...bounded(call, recordChars, speechMs) }, room, key);
    if (sealed.length <= MAX_METADATA_CHARS) break;
  }
  return sealed;
}
