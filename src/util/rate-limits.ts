// A token bucket for each name: how often each participant may do something. Bounded, so that names cost no memory.

export interface RateLimitsOptions {
  /** How many at once. */
  readonly burst: number;
  readonly perSecond: number;
  readonly nowMs?: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Beyond this the bucket that was used least recently is dropped: full again by then, or soon. */
const MAX_NAMES = 1_000;

export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitsOptions) {
    this.#options = options;
  }

  /** Takes one for this name; false when there is none left. */
  take(name: string): boolean {
    const { burst, perSecond, nowMs = () => performance.now() } = this.#options;
    const now = nowMs();
    const before = this.#buckets.get(name) ?? { tokens: burst, atMs: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.atMs) / 1000) * perSecond);
    const taken = tokens >= 1;
    // Set anew, so that the map is in the order of use.
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: taken ? tokens - 1 : tokens, atMs: now });
    if (this.#buckets.size > MAX_NAMES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return taken;
  }

  /** Of somebody who has left: they begin anew when they come back. */
  forget(name: string): void {
    this.#buckets.delete(name);
  }
}
