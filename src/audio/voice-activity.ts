// The interface of voice activity detection: tells speech from noise, which an energy gate cannot.
import type { PcmChunk } from './pcm.js';

/** Detection judges windows of 32 ms: 512 samples at 16 kHz. */
export const WINDOW_SAMPLES = 512;
export const WINDOW_MS = 32;

/** The detection of one microphone. */
export interface SpeechDetector {
  /** Audio at 16 kHz, of any length. It is copied. */
  push(chunk: PcmChunk): void;
  /** No window is reported after it. */
  close(): void;
}

export interface VoiceActivity {
  /** Follows one microphone. `onWindow` gets each window's probability of speech (0 to 1), a few ms after its last sample. */
  detect(onWindow: (probability: number) => void): SpeechDetector;
  /** Idempotent. Detectors that are still open report nothing more. */
  close(): void;
}

/** Limits of SpeechState. */
export interface SpeechLimits {
  /** A window from this probability on may begin speech. */
  readonly startAt: number;
  /** Windows below it are silence. Between the two, speech neither begins nor ends. */
  readonly endAt: number;
  /** How much speech begins it: shorter sounds are clicks. */
  readonly startMs: number;
  /** How much silence ends it: pauses between words are shorter. */
  readonly endMs: number;
}

const DEFAULT_LIMITS: SpeechLimits = { startAt: 0.5, endAt: 0.35, startMs: 2 * WINDOW_MS, endMs: 500 };

/** When speech begins and ends, from one probability a window. */
export class SpeechState {
  readonly #limits: SpeechLimits;
  #speaking = false;
  #speechMs = 0;
  #speakingMs = 0;
  #silenceMs = 0;

  constructor(limits: Partial<SpeechLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Silence since the last window with speech, in ms. */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  /** Whether speech has begun at most so long ago, and has not paused. */
  isOnset(withinMs: number): boolean {
    return this.#speaking && this.#silenceMs === 0 && this.#speakingMs < withinMs;
  }

  /** The next window; returns whether speech begins or ends with it. */
  step(probability: number): 'started' | 'ended' | undefined {
    const { startAt, endAt, startMs, endMs } = this.#limits;
    if (probability >= startAt) {
      this.#speechMs += WINDOW_MS;
      this.#silenceMs = 0;
    } else {
      this.#silenceMs += WINDOW_MS;
      if (probability < endAt) this.#speechMs = 0;
    }
    this.#speakingMs += WINDOW_MS;
    if (!this.#speaking && this.#speechMs >= startMs) {
      this.#speaking = true;
      this.#speakingMs = 0;
      return 'started';
    }
    if (this.#speaking && this.#silenceMs >= endMs) {
      this.#speaking = false;
      this.#speechMs = 0;
      return 'ended';
    }
    return undefined;
  }
}
