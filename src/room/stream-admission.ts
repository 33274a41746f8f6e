// Which data streams of participants are read: by permission, so many at once, and not for longer than they need.
import {
  TOPIC_CHAT,
  TOPIC_IMAGES,
  TOPIC_PRE_CONNECT_AUDIO,
  TOPIC_SESSION,
  TOPIC_TOOL_RESPONSE,
} from '../protocol/topics.js';
import type { Logger } from '../util/log.js';
import { RateLimits } from '../util/rate-limits.js';

/** Topics that somebody reads; what comes on another one is for others in the room. */
const TOPICS: ReadonlySet<string> = new Set([
  TOPIC_CHAT,
  TOPIC_IMAGES,
  TOPIC_PRE_CONNECT_AUDIO,
  TOPIC_SESSION,
  TOPIC_TOOL_RESPONSE,
]);
export const MAX_STREAMS_OF_ONE = 8;
export const MAX_STREAMS = 64;
/** A stream that is not whole by then is given up. */
export const STREAM_DEADLINE_MS = 30_000;
const REPORT_RATE = { burst: 1, perSecond: 0.1 };
/** What is refused is logged with a count at most this often. */
const LOG_EVERY_MS = 10_000;

/** Whether a participant may send on a topic. */
export type MayStream = (identity: string, topic: string) => boolean;

export class StreamAdmission {
  readonly #log: Logger;
  readonly #onRefusal: (identity: string, topic: string) => void;
  readonly #reports = new RateLimits(REPORT_RATE);
  readonly #open = new Map<string, number>();
  #total = 0;
  #may: MayStream = () => true;
  #refused = 0;
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  /** @param onRefusal called for each participant at most once in ten seconds */
  constructor(log: Logger, onRefusal: (identity: string, topic: string) => void) {
    this.#log = log;
    this.#onRefusal = onRefusal;
  }

  allow(may: MayStream): void {
    this.#may = may;
  }

  /** Asked when a stream opens, before anything of it is read. */
  admits(identity: string, topic: string): boolean {
    if (!TOPICS.has(topic)) return false;
    const isAdmitted =
      this.#total < MAX_STREAMS &&
      (this.#open.get(identity) ?? 0) < MAX_STREAMS_OF_ONE &&
      this.#may(identity, topic);
    if (!isAdmitted) this.#onRefused(identity, topic);
    return isAdmitted;
  }

  /** Takes one of the places until the returned function is called. */
  begin(identity: string): () => void {
    this.#total += 1;
    this.#open.set(identity, (this.#open.get(identity) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#total -= 1;
      const left = (this.#open.get(identity) ?? 1) - 1;
      if (left > 0) this.#open.set(identity, left);
      else this.#open.delete(identity);
    };
  }

  #onRefused(identity: string, topic: string): void {
    this.#refused += 1;
    if (this.#reports.take(identity)) this.#onRefusal(identity, topic);
    const now = performance.now();
    if (now - this.#loggedAtMs < LOG_EVERY_MS) return;
    this.#loggedAtMs = now;
    this.#log.warn({ identity, topic, refused: this.#refused }, 'data streams are refused');
    this.#refused = 0;
  }
}
