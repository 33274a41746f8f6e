// How long connections and sessions may last, as Google documents it.

export interface Limits {
  /** The life of one connection. */
  readonly connectionMs: number;
  /** How long before its end goAway is sent. */
  readonly goAwayMs: number;
  /** The life of a session with audio alone, over all its connections, unless its context is compressed. */
  readonly audioSessionMs: number;
  /** The same once it has seen video. */
  readonly videoSessionMs: number;
}

const MINUTE_MS = 60_000;

export const documentedLimits: Limits = {
  connectionMs: 10 * MINUTE_MS,
  goAwayMs: 50_000,
  audioSessionMs: 15 * MINUTE_MS,
  videoSessionMs: 2 * MINUTE_MS,
};
