// Does at once what somebody's change asks for, and later what a client asks for in a loop: at last everything is done.
import { RateLimits, type RateLimitsOptions } from './rate-limits.js';

export interface PacedOptions extends RateLimitsOptions {
  /** Beyond the rate it is done once for all changes of so long. */
  readonly laterMs: number;
  readonly act: () => void;
}

export class Paced {
  readonly #options: PacedOptions;
  readonly #rate: RateLimits;
  #later: NodeJS.Timeout | undefined;

  constructor(options: PacedOptions) {
    this.#options = options;
    this.#rate = new RateLimits(options);
  }

  /** @param name whose change it is: one who is too fast delays nobody else */
  ask(name: string): void {
    const { laterMs, act } = this.#options;
    if (this.#rate.take(name)) {
      act();
      return;
    }
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      act();
    }, laterMs);
  }

  close(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }
}
