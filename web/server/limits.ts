// Limits requests per address, so that one client cannot use up the deployment's rooms and API key.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type Limited = 'tokens' | 'checks';

export class RateLimits {
  readonly #limiters: Readonly<Record<Limited, RateLimiterMemory>>;

  /** Requests that one address has in a minute. */
  constructor(perMinute: Readonly<Record<Limited, number>>) {
    this.#limiters = {
      tokens: new RateLimiterMemory({ points: perMinute.tokens, duration: 60 }),
      checks: new RateLimiterMemory({ points: perMinute.checks, duration: 60 }),
    };
  }

  /** 0 where the request may go on, else how long to wait. */
  async take(what: Limited, address: string): Promise<number> {
    try {
      await this.#limiters[what].consume(address);
      return 0;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
      throw refused;
    }
  }
}
