// Lets the speech of one microphone through, from its first syllable, and keeps its noise away from everybody else's.
import { levelOf, type PcmChunk } from './pcm.js';

/** Mean amplitude that opens it: a quiet voice, and at least so many times the noise. */
const OPEN_LEVEL = 150;
const OPEN_OVER_NOISE = 3;
/** Once open it takes less, so that the end of a word is not cut off. */
const STAY_LEVEL = 90;
const STAY_OVER_NOISE = 2;
/** One loud frame is a click. */
const FRAMES_TO_OPEN = 2;
/** 220 ms before the first loud frame: a word begins softly. */
const PRE_ROLL_FRAMES = 12;
/** 500 ms: the pauses between words belong to what is said. */
const HANGOVER_FRAMES = 25;
/** Noise is the quietest of the last one to two seconds: nobody speaks for so long without a breath. */
const NOISE_FRAMES = 50;
/** What is louder for so long is a voice that holds a note. */
const MOST_NOISE = 600;
/** Nothing at all is no noise but a gap in the sound. */
const SOUND_LEVEL = 1;

/** Takes frames of 20 ms. */
export class Gate {
  #isOpen: boolean;
  /** The quietest of the second before this one, and of this one. */
  #before = OPEN_LEVEL / OPEN_OVER_NOISE;
  #quietest = Number.POSITIVE_INFINITY;
  #frames = 0;
  #loud = 0;
  #hangover: number;
  #preRoll: PcmChunk[] = [];

  /** One that begins open is that of somebody who may be in the middle of a word. */
  constructor(isOpen = false) {
    this.#isOpen = isOpen;
    this.#hangover = isOpen ? HANGOVER_FRAMES : 0;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Appends to `passed` what goes through: nothing, the frame, or at the onset what came before it as well. */
  pass(chunk: PcmChunk, passed: PcmChunk[]): void {
    const level = levelOf(chunk);
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

  /** The level of the noise, as it is known with this frame. */
  #learn(level: number): number {
    if (level >= SOUND_LEVEL) this.#quietest = Math.min(this.#quietest, level);
    this.#frames += 1;
    if (this.#frames === NOISE_FRAMES) {
      if (this.#quietest < Number.POSITIVE_INFINITY) this.#before = this.#quietest;
      this.#quietest = Number.POSITIVE_INFINITY;
      this.#frames = 0;
    }
    return Math.min(this.#before, this.#quietest, MOST_NOISE);
  }
}
