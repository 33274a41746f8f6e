// Writes the agent's audio to a WAV file in real time, from its first sound to its last.
import { rm } from 'node:fs/promises';
import { rmsOf, SOUND_RMS } from './level.js';
import { RECORDING_RATE } from './recording.js';
import { WavWriter } from './wav-writer.js';

/** Audio that is kept before the first sound, so that its onset is complete, and after the last one. */
const MARGIN_MS = 100;
/** Shorter silences do not separate two stretches of sound. */
const BRIDGE_MS = 500;
const SAMPLES_PER_MS = RECORDING_RATE / 1000;

export interface HeardStretch {
  readonly ms: number;
  /** Of 32768. */
  readonly rms: number;
}

export class AnswerFile {
  readonly #path: string;
  readonly #writer: WavWriter;
  readonly #onHeard: (stretch: HeardStretch) => void;
  #before: Int16Array[] = [];
  #beforeSamples = 0;
  #started = false;
  /** Samples of the file up to the end of the last sound. */
  #soundEnd = 0;
  #stretchSamples = 0;
  #stretchEnergy = 0;
  #quietSamples = 0;

  private constructor(path: string, writer: WavWriter, onHeard: (stretch: HeardStretch) => void) {
    this.#path = path;
    this.#writer = writer;
    this.#onHeard = onHeard;
  }

  /** @throws the file system's error when the file cannot be written */
  static async create(path: string, onHeard: (stretch: HeardStretch) => void): Promise<AnswerFile> {
    return new AnswerFile(path, await WavWriter.create(path, RECORDING_RATE), onHeard);
  }

  /** Appends samples. Returns whether they contain sound. */
  take(samples: Int16Array): boolean {
    const level = rmsOf(samples);
    const sound = level > SOUND_RMS;
    if (!this.#started && !sound) {
      this.#keepBefore(samples);
      return false;
    }
    if (!this.#started) this.#start();
    this.#writer.write(samples);
    if (sound) this.#soundEnd = this.#writer.samples;
    this.#follow(samples.length, level, sound);
    return sound;
  }

  /**
   * Completes the file; removes it where there was no sound.
   *
   * @returns the path of the file that is there now
   * @throws the file system's error when the file could not be written whole
   */
  async close(): Promise<string | undefined> {
    this.#endStretch();
    await this.#writer.close(this.#soundEnd + MARGIN_MS * SAMPLES_PER_MS);
    if (this.#started) return this.#path;
    await rm(this.#path, { force: true });
    return undefined;
  }

  #keepBefore(samples: Int16Array): void {
    this.#before.push(samples);
    this.#beforeSamples += samples.length;
    for (let first = this.#before[0]; first; first = this.#before[0]) {
      if (this.#beforeSamples - first.length < MARGIN_MS * SAMPLES_PER_MS) break;
      this.#before.shift();
      this.#beforeSamples -= first.length;
    }
  }

  #start(): void {
    this.#started = true;
    for (const samples of this.#before) {
      // Silence between two tracks is one long piece; only its end belongs here.
      this.#writer.write(samples.subarray(Math.max(0, samples.length - MARGIN_MS * SAMPLES_PER_MS)));
    }
    this.#before = [];
  }

  #follow(length: number, level: number, sound: boolean): void {
    if (sound) {
      this.#stretchSamples += length + this.#quietSamples;
      this.#stretchEnergy += level * level * length;
      this.#quietSamples = 0;
    } else if (this.#stretchSamples > 0) {
      this.#quietSamples += length;
      if (this.#quietSamples >= BRIDGE_MS * SAMPLES_PER_MS) this.#endStretch();
    }
  }

  #endStretch(): void {
    if (this.#stretchSamples > 0) {
      const ms = Math.round(this.#stretchSamples / SAMPLES_PER_MS);
      this.#onHeard({ ms, rms: Math.round(Math.sqrt(this.#stretchEnergy / this.#stretchSamples)) });
    }
    this.#stretchSamples = 0;
    this.#stretchEnergy = 0;
    this.#quietSamples = 0;
  }
}
