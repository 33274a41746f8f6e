// Detects the beginning and the end of utterances from one speech probability per window.
import { INPUT_RATE, type RecogniserOptions } from './port.js';

const SAMPLES_PER_MS = INPUT_RATE / 1000;

export type DetectorOptions = Pick<
  RecogniserOptions,
  'startThreshold' | 'endThreshold' | 'minSpeechMs' | 'silenceMs'
>;

/**
 * Hysteresis: a window above `startThreshold` opens, a pause begins with a window below `endThreshold`, and only
 * another one above `startThreshold` breaks it, so that noise between the two cannot hold an utterance open.
 */
export class Detector {
  readonly #options: DetectorOptions;
  readonly #windowSamples: number;
  #speaking = false;
  /** Begin of the speech that is, or may be going to be, an utterance; -1: none. */
  #onset = -1;
  /** Begin of the pause inside an utterance; -1: none, or nothing said yet. */
  #pause = -1;
  #heardSpeech = false;

  constructor(options: DetectorOptions, windowSamples: number) {
    this.#options = options;
    this.#windowSamples = windowSamples;
  }

  /** Whether an utterance is going on. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** The sample at which the utterance, or what may become one, began; -1 during silence. */
  get onset(): number {
    return this.#onset;
  }

  /** The sample at which the pause at the end of the speech began; -1 when there is none. */
  get pause(): number {
    return this.#pause;
  }

  /** Processes the window that begins at sample `offset`. Returns whether an utterance begins or ends with it. */
  step(probability: number, offset: number): 'started' | 'ended' | undefined {
    return this.#speaking ? this.#listen(probability, offset) : this.#wait(probability, offset);
  }

  /** Opens an utterance at `offset` independent of the audio. It is closed by close(), or by a pause after speech. */
  open(offset: number): void {
    this.#speaking = true;
    this.#onset = offset;
    this.#pause = -1;
    this.#heardSpeech = false;
  }

  /** Forgets the utterance that is going on. */
  reset(): void {
    this.#speaking = false;
    this.#onset = -1;
    this.#pause = -1;
  }

  #wait(probability: number, offset: number): 'started' | undefined {
    if (this.#onset < 0) {
      if (probability < this.#options.startThreshold) return undefined;
      this.#onset = offset;
    } else if (probability < this.#options.endThreshold) {
      this.#onset = -1;
      return undefined;
    }
    const lasted = offset + this.#windowSamples - this.#onset;
    if (lasted < this.#options.minSpeechMs * SAMPLES_PER_MS) return undefined;
    this.#speaking = true;
    this.#heardSpeech = true;
    this.#pause = -1;
    return 'started';
  }

  #listen(probability: number, offset: number): 'ended' | undefined {
    if (probability >= this.#options.startThreshold) {
      this.#heardSpeech = true;
      this.#pause = -1;
      return undefined;
    }
    if (!this.#heardSpeech || probability >= this.#options.endThreshold) return undefined;
    if (this.#pause < 0) this.#pause = offset;
    const lasted = offset + this.#windowSamples - this.#pause;
    return lasted < this.#options.silenceMs * SAMPLES_PER_MS ? undefined : 'ended';
  }
}
