// Energy gate of one microphone: passes speech from its first syllable on, and blocks noise.
import { INPUT_RATE, levelOf, type PcmChunk } from './pcm.js';

/** Mean amplitude that opens the gate: a soft voice, and at least so many times the noise. */
const OPEN_LEVEL = 150;
const OPEN_OVER_NOISE = 3;
/** An open gate stays open at a lower level, so that the end of a word is not cut off. */
const STAY_LEVEL = 90;
const STAY_OVER_NOISE = 2;
/** One loud frame is a click. */
const FRAMES_TO_OPEN = 2;
/** 220 ms before the first loud frame, which hold the soft beginning of a word. */
const PRE_ROLL_FRAMES = 12;
/** 500 ms: pauses between words do not close the gate. */
const HANGOVER_FRAMES = 25;
/** The noise level is the lowest frame of the last one to two seconds: speech always has a pause within that time. */
const NOISE_FRAMES = 50;
/** A level above this is never taken for noise: a sustained voice would close its own gate. */
const MOST_NOISE = 600;
/** A frame below this is a gap in the stream and does not count for the noise level. */
const SOUND_LEVEL = 1;

/** A telephone carries nothing below 300 Hz: what is left of a voice has about half its mean amplitude. */
const TELEPHONE_GAIN = 2.2;
/** Of a one-pole high pass at 300 Hz, which is passed twice. */
const HIGH_PASS = Math.exp((-2 * Math.PI * 300) / INPUT_RATE);
/** 4 ms, in which the filter settles at the beginning of a frame. */
const SETTLED = 64;

/** Takes frames of 20 ms at 16 kHz. */
export class Gate {
  #isOpen: boolean;
  /** The lowest level of the previous second, and of the current one. */
  #before = OPEN_LEVEL / OPEN_OVER_NOISE;
  #lowest = Number.POSITIVE_INFINITY;
  #frames = 0;
  #loud = 0;
  #hangover: number;
  #preRoll: PcmChunk[] = [];

  /** @param isOpen for a microphone whose speaker may be in the middle of a word */
  constructor(isOpen = false) {
    this.#isOpen = isOpen;
    this.#hangover = isOpen ? HANGOVER_FRAMES : 0;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Frames without speech at the end of what has passed an open gate. */
  get pauseFrames(): number {
    return this.#isOpen ? HANGOVER_FRAMES - this.#hangover : 0;
  }

  /** Appends to `passed` what goes through: nothing, the frame, or at the onset the pre-roll and the frame. */
  pass(chunk: PcmChunk, passed: PcmChunk[]): void {
    const level = Math.max(levelOf(chunk), TELEPHONE_GAIN * telephoneLevel(chunk));
    const noise = this.#learn(level);
    if (this.#isOpen) {
      const stays = level > Math.max(STAY_LEVEL, STAY_OVER_NOISE * noise);
      this.#hangover = stays ? HANGOVER_FRAMES : this.#hangover - 1;
      this.#isOpen = this.#hangover > 0;
      passed.push(chunk);
      return;
    }
    this.#preRoll.push(chunk);
    this.#loud = level > Math.max(OPEN_LEVEL, OPEN_OVER_NOISE * noise) ? this.#loud + 1 : 0;
    if (this.#loud < FRAMES_TO_OPEN) {
      if (this.#preRoll.length > PRE_ROLL_FRAMES) this.#preRoll.shift();
      return;
    }
    this.#isOpen = true;
    this.#loud = 0;
    this.#hangover = HANGOVER_FRAMES;
    passed.push(...this.#preRoll);
    this.#preRoll = [];
  }

  /** Updates the noise level with this frame and returns it. */
  #learn(level: number): number {
    if (level >= SOUND_LEVEL) this.#lowest = Math.min(this.#lowest, level);
    this.#frames += 1;
    if (this.#frames === NOISE_FRAMES) {
      if (this.#lowest < Number.POSITIVE_INFINITY) this.#before = this.#lowest;
      this.#lowest = Number.POSITIVE_INFINITY;
      this.#frames = 0;
    }
    return Math.min(this.#before, this.#lowest, MOST_NOISE);
  }
}

/** The mean amplitude above 300 Hz. */
function telephoneLevel({ samples }: PcmChunk): number {
  let [input, once, twice, sum] = [samples[0] ?? 0, 0, 0, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    const passed = HIGH_PASS * (once + sample - input);
    twice = HIGH_PASS * (twice + passed - once);
    input = sample;
    once = passed;
    if (at >= SETTLED) sum += Math.abs(twice);
  }
  return samples.length > SETTLED ? sum / (samples.length - SETTLED) : 0;
}
