// What becomes of a call whose place was taken: somebody has joined the room under the agent's identity.
import {
  delay,
  type HolderQuery,
  type Logger,
  type Place,
  placeOf,
  STALE_CONNECTION,
} from '../../src/index.js';

export interface LostPlace {
  readonly query: HolderQuery;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Asks the server; for tests. */
  readonly ask?: (query: HolderQuery) => Promise<Place>;
}

const POLL_MS = 500;
/** In a cluster the server may list the other holder a moment later than it has put this one out. */
const FREE_TWICE = 2;
const ERRORS_AT_MOST = 20;

/** Whether an end of a call says that its connection to the room was open and carried nothing. */
export function isStale(reason: string): boolean {
  return reason.includes(STALE_CONNECTION);
}

/** The end of a call that another worker has taken up while this one was held up. */
export const TAKEN_UP = 'another worker has taken the call up (DUPLICATE_IDENTITY)';

/** Whether an end of a call says that another participant of its identity has joined. */
export function isReplaced(reason: string): boolean {
  return reason.includes('DUPLICATE_IDENTITY');
}

/**
 * Waits until a participant who is no agent has given the place back. Joining before that would put them out in turn,
 * again and again.
 *
 * @returns false where another agent has taken the call over, or nobody is left to go on for
 */
export async function awaitPlace({ query, signal, log, ask = placeOf }: LostPlace): Promise<boolean> {
  let free = 0;
  let errors = 0;
  let isReported = false;
  while (!signal.aborted && errors < ERRORS_AT_MOST) {
    try {
      const place = await ask(query);
      if (place === 'agent' || place === 'no-room') return false;
      free = place === 'free' ? free + 1 : 0;
      if (free >= FREE_TWICE) return true;
      errors = 0;
      if (place === 'other' && !isReported) {
        log.warn(
          { room: query.room },
          "a participant has taken the agent's identity: it waits for its place",
        );
        isReported = true;
      }
    } catch (error) {
      errors += 1;
      log.warn({ err: error, room: query.room }, "could not ask who has the agent's place");
    }
    await delay(POLL_MS, signal);
  }
  return false;
}
