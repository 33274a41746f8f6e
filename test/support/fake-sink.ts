// A voice's sink that queues and drains like rtc-node's AudioSource, and records what a listener would hear.
import type { PlayoutSink } from '../../src/audio/playout.js';
import { passed } from './fake-clock.js';

export const FRAME_SAMPLES = 480;
const RATE = 24_000;
const QUEUE_MS = 400;
const FRAME_MS = 20;
/** The native source works in steps of 10 ms: what waits for it waits for its next step at least. */
const STEP_MS = 10;

export interface CapturedFrame {
  readonly atMs: number;
  /** When its first sample leaves the queue. */
  readonly fromMs: number;
  readonly samples: Int16Array;
}

/**
 * Takes a frame into its queue at once and resolves when no more than 400 ms wait there. A second call
 * before that is refused, as the native source refuses it; each breach of the contract is kept in `faults`.
 * Time is performance.now() and setTimeout, so that a fake clock drives it.
 */
export class FakeSink implements PlayoutSink {
  /** What a caller did that the real source would punish; empty in a sound test. */
  readonly faults: string[] = [];
  /** Frames that were neither refused nor cleared, as far as they were played. */
  readonly frames: CapturedFrame[] = [];
  captures = 0;
  clears = 0;
  /** Times that a frame came when the queue had run empty. */
  gaps = 0;
  #emptyAtMs = 0;
  #inFlight = false;
  #refuse: ((capture: number) => Error | undefined) | undefined;

  /** Refuses the frames for which an error is returned; captures are numbered from 1. */
  refuse(when: (capture: number) => Error | undefined): void {
    this.#refuse = when;
  }

  get queuedMs(): number {
    return Math.max(0, this.#emptyAtMs - performance.now());
  }

  async capture(samples: Int16Array): Promise<void> {
    this.captures += 1;
    if (this.#inFlight) {
      this.faults.push(`capture ${this.captures} came while another was in flight`);
      throw new Error('the source is busy: this frame is lost');
    }
    if (samples.length !== FRAME_SAMPLES) this.faults.push(`a frame of ${samples.length} samples`);
    if (samples.byteOffset !== 0 || samples.buffer.byteLength !== samples.byteLength) {
      this.faults.push('a frame that shares its buffer');
    }
    const refusal = this.#refuse?.(this.captures);
    if (refusal) {
      await Promise.resolve();
      throw refusal;
    }
    const nowMs = performance.now();
    if (this.frames.length > 0 && this.#emptyAtMs <= nowMs) this.gaps += 1;
    const fromMs = Math.max(nowMs, this.#emptyAtMs);
    this.frames.push({ atMs: nowMs, fromMs, samples: samples.slice() });
    this.#emptyAtMs = fromMs + FRAME_MS;
    this.#inFlight = true;
    const waitMs = Math.max(0, this.queuedMs - QUEUE_MS);
    await passed(Math.ceil(waitMs / STEP_MS) * STEP_MS);
    this.#inFlight = false;
  }

  clear(): void {
    this.clears += 1;
    const nowMs = performance.now();
    this.#emptyAtMs = Math.min(this.#emptyAtMs, nowMs);
    for (
      let frame = this.frames.at(-1);
      frame && frame.fromMs + FRAME_MS > nowMs;
      frame = this.frames.at(-1)
    ) {
      this.frames.pop();
      const played = Math.round(((nowMs - frame.fromMs) * RATE) / 1000);
      if (played <= 0) continue;
      this.frames.push({ ...frame, samples: frame.samples.slice(0, played) });
      return;
    }
  }

  /** The samples that have left, or will leave, the queue, one after the other. */
  get played(): Int16Array {
    const whole = new Int16Array(this.frames.reduce((length, { samples }) => length + samples.length, 0));
    let at = 0;
    for (const { samples } of this.frames) {
      whole.set(samples, at);
      at += samples.length;
    }
    return whole;
  }
}
