// Decides which of several jobs may join a room: only one agent of a name serves it.
import {
  delay,
  dispatchesOf,
  type HolderQuery,
  holderOf,
  type Logger,
  type RoomDispatch,
} from '../../src/index.js';

export interface Claim {
  readonly query: HolderQuery;
  readonly dispatchId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const POLL_MS = 150;
/** A dispatch that no worker has taken by then was lost. */
const UNTAKEN_MS = 4_000;
/** A worker that has taken an older dispatch is in the room by then, or its process is dead. */
const TAKEN_MS = 10_000;

/**
 * Joining would replace an agent in the middle of a conversation, so a job ends when another one serves the room.
 * When two dispatches at once both find an empty room, the older one joins, and the younger one waits until that
 * agent has joined or will not join.
 *
 * @returns false where another agent serves the room
 */
export async function claimRoom({ query, dispatchId, signal, log }: Claim): Promise<boolean> {
  const startedMs = performance.now();
  while (!signal.aborted) {
    try {
      const [holder, dispatches] = await Promise.all([holderOf(query), dispatchesOf(query)]);
      if (holder === 'live') return false;
      if (!hasOlder(dispatches, dispatchId, performance.now() - startedMs)) return true;
    } catch (error) {
      log.warn(
        { err: error, room: query.room },
        'could not ask who serves the room: joining it all the same',
      );
      return true;
    }
    await delay(POLL_MS, signal);
  }
  return true;
}

/** Whether a dispatch that was made before this one may still bring an agent. `waitedMs`: since this job began. */
function hasOlder(dispatches: readonly RoomDispatch[], dispatchId: string, waitedMs: number): boolean {
  const own = dispatches.find(({ id }) => id === dispatchId);
  // The dispatch was deleted meanwhile: the server ends the job.
  if (!own) return false;
  for (const { id, createdAtMs, jobs } of dispatches) {
    if (id === dispatchId) break;
    if (jobs === 'ended') continue;
    const ageMs = own.createdAtMs - createdAtMs + waitedMs;
    if (ageMs < (jobs === 'running' ? TAKEN_MS : UNTAKEN_MS)) return true;
  }
  return false;
}
