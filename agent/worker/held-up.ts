// Notices that this process was held up: stopped, frozen with its machine, or blocked.

/** A host whose event loop has not turned for so long is ended, and its calls are taken up. */
export const HUNG_AFTER_MS = 2_500;

export class HeldUp {
  readonly #atLeastMs: number;
  readonly #nowMs: () => number;
  #turnedMs: number;

  constructor(atLeastMs: number, nowMs: () => number = () => performance.now()) {
    this.#atLeastMs = atLeastMs;
    this.#nowMs = nowMs;
    this.#turnedMs = nowMs();
  }

  /** To be called by a timer, more often than what is to be noticed. */
  turned(): void {
    this.#turnedMs = this.#nowMs();
  }

  /** Whether the timer has not run for so long; also before it has run again. */
  get isNow(): boolean {
    return this.#nowMs() - this.#turnedMs >= this.#atLeastMs;
  }
}
