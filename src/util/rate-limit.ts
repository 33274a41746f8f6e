// So many at once, and then so many a second: what one participant may ask for.

export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** Whether one more is allowed, which then counts. */
  take(key: string, nowMs = performance.now()): boolean {
    const { left, atMs } = this.#buckets.get(key) ?? { left: this.#burst, atMs: nowMs };
    const available = Math.min(this.#burst, left + ((nowMs - atMs) / 1000) * this.#perSecond);
    this.#buckets.set(key, { left: available < 1 ? available : available - 1, atMs: nowMs });
    return available >= 1;
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }
}
