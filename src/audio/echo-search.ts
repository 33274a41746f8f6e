// Finds in a microphone what was played shortly before: tells the echo of the voice from other sounds within one window.
import { INPUT_RATE, OUTPUT_RATE } from './pcm.js';

/** 4 kHz distinguishes speech as well as 16 kHz, with a sixteenth of the work. */
const RATE = 4_000;
const HEARD = (RATE * 250) / 1000;
/** The longest way of the voice to a loudspeaker and back. */
const LATEST = (RATE * 700) / 1000;
const PLAYED = HEARD + LATEST;
/** Vowels of different people correlate by their low tones; without them only the same speech does. */
const PRE_EMPHASIS = 0.9;
/** Root mean square of the emphasised samples below which there is nothing to compare. */
const AUDIBLE = 4;

/** Of echo in a room with reverberation 19 of 20 windows have more than 0.6, of other speech less than 0.35. */
export const IS_ECHO = 0.5;

export class EchoSearch {
  readonly #played = new Float32Array(PLAYED);
  readonly #heard = new Float32Array(HEARD);
  #lastPlayed = 0;
  #lastHeard = 0;

  /** What was played (24 kHz) and what was heard (16 kHz) in the same 20 ms. */
  push(played: Int16Array, heard: Int16Array): void {
    this.#lastPlayed = append(this.#played, played, OUTPUT_RATE / RATE, this.#lastPlayed);
    this.#lastHeard = append(this.#heard, heard, INPUT_RATE / RATE, this.#lastHeard);
  }

  /** How much of what was heard in the last 250 ms is what was played at most 700 ms before: 0 to 1. */
  likeness(): number {
    let best = 0;
    let at = 0;
    for (let late = 0; late <= LATEST; late += 2) {
      const likeness = this.#at(late, 2);
      if (likeness <= best) continue;
      best = likeness;
      at = late;
    }
    for (const late of [at - 1, at, at + 1]) best = Math.max(best, this.#at(late, 1));
    return best;
  }

  #at(late: number, step: number): number {
    const from = LATEST - late;
    let product = 0;
    let powerPlayed = 0;
    let powerHeard = 0;
    for (let at = 0; at < HEARD; at += step) {
      const heard = this.#heard[at] ?? 0;
      const played = this.#played[from + at] ?? 0;
      product += heard * played;
      powerHeard += heard * heard;
      powerPlayed += played * played;
    }
    const least = (AUDIBLE * AUDIBLE * HEARD) / step;
    if (Math.min(powerHeard, powerPlayed) < least) return 0;
    return Math.abs(product) / Math.sqrt(powerHeard * powerPlayed);
  }
}

/** Appends samples at 4 kHz and drops the oldest. Returns the last one, which the next depends on. */
function append(ring: Float32Array, samples: Int16Array, factor: number, last: number): number {
  const count = Math.floor(samples.length / factor);
  ring.copyWithin(0, count);
  let before = last;
  for (let at = 0; at < count; at += 1) {
    let sum = 0;
    for (let step = 0; step < factor; step += 1) sum += samples[at * factor + step] ?? 0;
    const sample = sum / factor;
    ring[ring.length - count + at] = sample - PRE_EMPHASIS * before;
    before = sample;
  }
  return before;
}
