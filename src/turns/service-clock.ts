// Maps offsets of the service, ms of audio that its session has received, to positions in the stream that was sent.

/** The service reports that speech began at most so long after it did. */
const MOST_LAG_MS = 1_500;
/** How long it usually takes. */
const USUAL_LAG_MS = 200;
/** An offset further back than this belongs to another clock. */
const MOST_BACK_MS = 60_000;

/**
 * The two agree until a connection is lost: a new session counts from 0, and what was in transit is not counted. The
 * beginning of speech, which is reported within a known time, sets the clock again.
 */
export class ServiceClock {
  #baseMs = 0;

  /** Speech was reported to have begun at this offset. */
  started(offsetMs: number, positionMs: number): void {
    const lagMs = positionMs - offsetMs - this.#baseMs;
    if (lagMs < 0 || lagMs > MOST_LAG_MS) this.#baseMs = positionMs - offsetMs - USUAL_LAG_MS;
  }

  /** Undefined for an offset that cannot be meant. `positionMs`: how much has been sent. */
  positionOf(offsetMs: number, positionMs: number): number | undefined {
    const atMs = offsetMs + this.#baseMs;
    return atMs > positionMs || atMs < positionMs - MOST_BACK_MS ? undefined : Math.max(0, atMs);
  }
}
