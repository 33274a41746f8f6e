// Measures a received tone frame by frame: its beginning, its end, and its gaps.
import { LOUD_RMS } from '../tone.js';

/** Length of a heard frame. */
export const HEARD_FRAME_MS = 10;

interface HeardFrame {
  readonly atMs: number;
  readonly loud: boolean;
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

export class Hearing {
  readonly #nowMs: () => number;
  #frames: HeardFrame[] = [];
  #waiters: Waiter[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Records a frame that has just been received. */
  note(rms: number): void {
    this.#frames.push({ atMs: this.#nowMs(), loud: rms > LOUD_RMS });
    const met = this.#waiters.filter(({ isMet }) => isMet());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }

  /** Forgets what was heard up to now. */
  forget(): void {
    this.#frames = [];
  }

  get frameCount(): number {
    return this.#frames.length;
  }

  firstLoudAfter(atMs: number): number | undefined {
    return this.#frames.find((frame) => frame.loud && frame.atMs >= atMs)?.atMs;
  }

  get lastLoudMs(): number | undefined {
    return this.#frames.findLast(({ loud }) => loud)?.atMs;
  }

  /** Silence between the first and the last loud frame, by the frames themselves and not by when they came. */
  get silenceInsideMs(): number {
    const first = this.#frames.findIndex(({ loud }) => loud);
    const last = this.#frames.findLastIndex(({ loud }) => loud);
    if (first < 0) return 0;
    return this.#frames.slice(first, last).filter(({ loud }) => !loud).length * HEARD_FRAME_MS;
  }

  /** Resolves when so many frames were heard. @throws when that takes longer than `timeoutMs` */
  async frames(count: number, timeoutMs: number): Promise<void> {
    if (!(await this.#until(() => this.#frames.length >= count, timeoutMs))) {
      throw new Error(`heard ${this.#frames.length} of ${count} frames within ${timeoutMs} ms`);
    }
  }

  /** When the tone began, of what is heard from `fromMs` on; undefined when it did not. */
  async onset(fromMs: number, timeoutMs: number): Promise<number | undefined> {
    await this.#until(() => this.firstLoudAfter(fromMs) !== undefined, timeoutMs);
    return this.firstLoudAfter(fromMs);
  }

  /** When the last loud frame was heard, known once `quietMs` of silence have followed; undefined when they did not. */
  async end(quietMs: number, timeoutMs: number): Promise<number | undefined> {
    const quiet = quietMs / HEARD_FRAME_MS;
    const isOver = (): boolean =>
      this.#frames.length >= quiet && this.#frames.slice(-quiet).every(({ loud }) => !loud);
    return (await this.#until(isOver, timeoutMs)) ? this.lastLoudMs : undefined;
  }

  #until(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        isMet,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(false);
      }, timeoutMs);
      this.#waiters.push(waiter);
    });
  }
}
