// Decides when a partial recognition is due during an utterance, and of which part of the audio.

import { INPUT_RATE } from './port.js';
import { SegmentCutter } from './segments.js';

/**
 * Partial recognitions use stretches no longer than this: a run of the encoder cannot be stopped, and takes 30 ms for
 * 5 s of audio, by which it may delay the recognition of a whole utterance.
 */
const MAX_STRETCH_SAMPLES = 5 * INPUT_RATE;
const MIN_STRETCH_SAMPLES = 2.5 * INPUT_RATE;

export interface Stretch {
  readonly start: number;
  readonly end: number;
  /** The stretch is over: the next one begins at its end. */
  readonly settled: boolean;
}

export class Interim {
  readonly #everySamples: number;
  readonly #cutter: SegmentCutter;
  #start = 0;
  #dueAt = 0;

  constructor(everyMs: number, windowSamples: number) {
    this.#everySamples = Math.max(windowSamples, Math.round((everyMs * INPUT_RATE) / 1000));
    this.#cutter = new SegmentCutter(windowSamples, {
      minSamples: MIN_STRETCH_SAMPLES,
      maxSamples: MAX_STRETCH_SAMPLES,
    });
  }

  /** The beginning of the open stretch, whose audio will be requested. */
  get start(): number {
    return this.#start;
  }

  /** An utterance begins, with its first sound at `start` and the speech at `onset`. */
  begin(start: number, onset: number): void {
    this.#start = start;
    this.#dueAt = onset + this.#everySamples;
    this.#cutter.begin(start);
  }

  /** Processes the energy of the window that ends at `end`. Returns the stretch to recognise now, if any. */
  step(energy: number, end: number, windowSamples: number): Stretch | undefined {
    const start = this.#start;
    const cut = this.#cutter.step(energy, end - windowSamples);
    if (cut !== undefined) {
      this.#start = cut;
      this.#cutter.begin(cut);
      this.#dueAt = end + this.#everySamples;
      return { start, end: cut, settled: true };
    }
    if (end < this.#dueAt) return undefined;
    this.#dueAt = end + this.#everySamples;
    return { start, end, settled: false };
  }
}
