// Counts the worker's slots: rooms that run, and jobs that were accepted and have not started yet.

import { delay } from '../../src/index.js';

/** A job that was accepted but not assigned within this time has gone to another worker, or to none. */
const PROMISE_MS = 10_000;
/** The server assigns an accepted job within milliseconds. */
const SETTLED_WITHIN_MS = 2_000;
const POLL_MS = 20;

/**
 * The load of a worker that refuses each call because the limits of this hour are reached. Not 1: without other workers
 * the call still comes here, and an event reports to its room why it does not begin.
 */
export const SPENT_LOAD = 0.99;

export class Slots {
  readonly max: number;
  readonly #nowMs: () => number;
  readonly #promised = new Map<string, number>();
  #running: ReadonlySet<string> = new Set();

  constructor(max: number, nowMs: () => number = () => performance.now()) {
    this.max = max;
    this.#nowMs = nowMs;
  }

  /** Takes a slot for a job that is about to be accepted, given the jobs that run now; false when there is none. */
  reserve(jobId: string, running: Iterable<string> = this.#running): boolean {
    this.#running = new Set(running);
    const taken = this.#taken();
    // The server may offer a job again that it got no answer for: it has its slot already.
    if (taken >= this.max && !this.#promised.has(jobId)) return false;
    this.#promised.set(jobId, this.#nowMs());
    return true;
  }

  /** Gives back the slot of a job that is not accepted after all. */
  release(jobId: string): void {
    this.#promised.delete(jobId);
  }

  /**
   * Resolves when no accepted job is to be expected any more, given the jobs that run then: one that was accepted a
   * moment before the worker stops is assigned to it and to no other.
   */
  async settled(running: () => Iterable<string>, withinMs = SETTLED_WITHIN_MS): Promise<void> {
    const endsMs = this.#nowMs() + withinMs;
    for (;;) {
      this.#running = new Set(running());
      if (this.#taken() === this.#running.size || this.#nowMs() >= endsMs) return;
      await delay(POLL_MS);
    }
  }

  /** Share of the slots that are taken, 0 to 1, given the jobs that run now. */
  load(running: Iterable<string>): number {
    this.#running = new Set(running);
    return Math.min(this.#taken() / this.max, 1);
  }

  #taken(): number {
    const now = this.#nowMs();
    for (const [jobId, sinceMs] of this.#promised) {
      if (this.#running.has(jobId) || now - sinceMs > PROMISE_MS) this.#promised.delete(jobId);
    }
    return this.#running.size + this.#promised.size;
  }
}
