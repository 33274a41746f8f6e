// Finds in a microphone what was played shortly before: tells the echo of the voice from other sounds within one window.
import { INPUT_RATE, OUTPUT_RATE } from './pcm.js';

/** 4 kHz distinguishes speech as well as 16 kHz, with a sixteenth of the work. */
const RATE = 4_000;
const HEARD = (RATE * 250) / 1000;
/** The longest way of the voice to a loudspeaker and back: through two jitter buffers of a bad network. */
export const LATEST_MS = 1_000;
const LATEST = (RATE * LATEST_MS) / 1000;
const PLAYED = HEARD + LATEST;
/** Vowels of different people correlate by their low tones; without them only the same speech does. */
const PRE_EMPHASIS = 0.9;
/** Root mean square of the emphasised samples below which there is nothing to compare. */
const AUDIBLE = 4;

/** Of echo in a room with reverberation 19 of 20 windows have more than 0.6, of other speech less than 0.35. */
export const IS_ECHO = 0.5;

/** How much of a sound is what was played, 0 to 1, and how long before. */
export interface Likeness {
  readonly likeness: number;
  readonly lateMs: number;
}

/** Samples at 4 kHz, without the low tones; the oldest are dropped. */
export class EmphasizedAudio {
  readonly samples: Float32Array;
  readonly #factor: number;
  #last = 0;

  constructor(length: number, rate: number) {
    this.samples = new Float32Array(length);
    this.#factor = rate / RATE;
  }

  push(samples: Int16Array): void {
    const factor = this.#factor;
    const count = Math.floor(samples.length / factor);
    this.samples.copyWithin(0, count);
    for (let at = 0; at < count; at += 1) {
      let sum = 0;
      for (let step = 0; step < factor; step += 1) sum += samples[at * factor + step] ?? 0;
      const sample = sum / factor;
      this.samples[this.samples.length - count + at] = sample - PRE_EMPHASIS * this.#last;
      this.#last = sample;
    }
  }
}

export class EchoSearch {
  readonly #played = new EmphasizedAudio(PLAYED, OUTPUT_RATE);
  readonly #heard = new EmphasizedAudio(HEARD, INPUT_RATE);
  readonly #left = new EmphasizedAudio(HEARD, INPUT_RATE);

  /** What was played (24 kHz) and heard (16 kHz) in the same 20 ms, and what the echo canceller has left of that. */
  push(played: Int16Array, heard: Int16Array, left: Int16Array): void {
    this.#played.push(played);
    this.#heard.push(heard);
    this.#left.push(left);
  }

  /** Of what was heard in the last 250 ms. */
  ofHeard(): Likeness {
    return this.#find(this.#heard.samples);
  }

  /** Of what was left of that. */
  ofLeft(): Likeness {
    return this.#find(this.#left.samples);
  }

  /** How loud what was left is beside what was heard: 1 where nothing was removed. */
  leftOver(): number {
    return Math.sqrt(
      power(this.#left.samples, 0, HEARD, 1) / Math.max(1, power(this.#heard.samples, 0, HEARD, 1)),
    );
  }

  #find(heard: Float32Array): Likeness {
    let best = 0;
    let at = 0;
    const halfPower = power(heard, 0, HEARD, 2);
    let halfPlayed = power(this.#played.samples, 0, HEARD, 2);
    // From the earliest on, so that each power follows from the one before.
    for (let from = 0; from <= LATEST; from += 2) {
      const likeness = this.#at(heard, from, 2, halfPower, halfPlayed);
      if (likeness > best) {
        best = likeness;
        at = from;
      }
      const [oldest = 0, newest = 0] = [this.#played.samples[from], this.#played.samples[from + HEARD]];
      halfPlayed += newest * newest - oldest * oldest;
    }
    const heardPower = power(heard, 0, HEARD, 1);
    for (const from of [at - 1, at, at + 1]) {
      if (from < 0 || from > LATEST) continue;
      const played = power(this.#played.samples, from, HEARD, 1);
      best = Math.max(best, this.#at(heard, from, 1, heardPower, played));
    }
    return { likeness: best, lateMs: ((LATEST - at) * 1000) / RATE };
  }

  #at(heard: Float32Array, from: number, step: number, powerHeard: number, powerPlayed: number): number {
    const least = (AUDIBLE * AUDIBLE * HEARD) / step;
    if (Math.min(powerHeard, powerPlayed) < least) return 0;
    const played = this.#played.samples;
    let product = 0;
    for (let at = 0; at < HEARD; at += step) product += (heard[at] ?? 0) * (played[from + at] ?? 0);
    return Math.abs(product) / Math.sqrt(powerHeard * powerPlayed);
  }
}

function power(samples: Float32Array, from: number, length: number, step: number): number {
  let sum = 0;
  for (let at = from; at < from + length; at += step) sum += (samples[at] ?? 0) ** 2;
  return sum;
}
