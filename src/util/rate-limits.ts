// A token bucket for each name. The number of buckets is bounded: participants choose names and could fill memory.

export interface RateLimitsOptions {
  /** Size of a bucket. */
  readonly burst: number;
  readonly perSecond: number;
  readonly nowMs?: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Beyond this number the least recently used bucket is dropped, which is most likely full again. */
const MAX_NAMES = 1_000;

export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitsOptions) {
    this.#options = options;
  }

  /** Takes a token, or so many; false when the bucket has fewer. */
  take(name: string, count = 1): boolean {
    const { burst, perSecond, nowMs = () => performance.now() } = this.#options;
    const now = nowMs();
    const before = this.#buckets.get(name) ?? { tokens: burst, atMs: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.atMs) / 1000) * perSecond);
    const taken = tokens >= count;
    // Deleted and set again, so that the map is in the order of use.
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: taken ? tokens - count : tokens, atMs: now });
    if (this.#buckets.size > MAX_NAMES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return taken;
  }
}
