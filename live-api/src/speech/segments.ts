// Chooses where a long utterance is cut for the recogniser: where it is least loud.
import { INPUT_RATE } from './port.js';

/** Recognition gets slower and worse beyond this (measured: 20 s take 1.2 s, 40 s take 4 s, and words go missing). */
export const MAX_SEGMENT_SAMPLES = 15 * INPUT_RATE;
/** A segment is never cut shorter than this, so that the recogniser has context. */
export const MIN_SEGMENT_SAMPLES = 8 * INPUT_RATE;

export interface SegmentBounds {
  readonly minSamples: number;
  readonly maxSamples: number;
}

const UTTERANCE: SegmentBounds = { minSamples: MIN_SEGMENT_SAMPLES, maxSamples: MAX_SEGMENT_SAMPLES };

/** Three windows together decide, so that a closed consonant is not taken for a pause between words. */
export class SegmentCutter {
  readonly #windowSamples: number;
  readonly #bounds: SegmentBounds;
  #start = 0;
  #before = Number.POSITIVE_INFINITY;
  #last = Number.POSITIVE_INFINITY;
  #quietest = Number.POSITIVE_INFINITY;
  #cut = 0;

  constructor(windowSamples: number, bounds = UTTERANCE) {
    this.#windowSamples = windowSamples;
    this.#bounds = bounds;
  }

  /** A segment begins at sample `start`. */
  begin(start: number): void {
    this.#start = start;
    this.#before = Number.POSITIVE_INFINITY;
    this.#last = Number.POSITIVE_INFINITY;
    this.#quietest = Number.POSITIVE_INFINITY;
    this.#cut = start + this.#bounds.maxSamples;
  }

  /** Takes the energy of the window at `offset`. Answers where to cut once the segment is as long as it may be. */
  step(energy: number, offset: number): number | undefined {
    const sum = this.#before + this.#last + energy;
    this.#before = this.#last;
    this.#last = energy;
    const middle = offset - this.#windowSamples / 2;
    if (middle >= this.#start + this.#bounds.minSamples && sum <= this.#quietest) {
      this.#quietest = sum;
      this.#cut = middle;
    }
    return offset + this.#windowSamples - this.#start >= this.#bounds.maxSamples ? this.#cut : undefined;
  }
}
