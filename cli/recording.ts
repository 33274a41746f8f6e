// The audio received from one participant: PCM16 mono, its level each 10 ms, and the time of each sample.
import { SOUND_RMS, type Stretch, soundMs, stretchesOf, WINDOW_MS } from './level.js';

/** Samples a second of every recording. */
export const RECORDING_RATE = 24_000;

const SAMPLES_PER_MS = RECORDING_RATE / 1000;
const WINDOW_SAMPLES = SAMPLES_PER_MS * WINDOW_MS;

export interface RecordingOptions {
  /** Keep the samples, not only their level; 2.9 MB a minute. */
  readonly keepSamples?: boolean;
}

/**
 * A recording in real time: gaps, for example between two tracks, are filled with silence, so that a sample's
 * position is the time at which it was received.
 */
export class Recording {
  readonly #keepSamples: boolean;
  #samples = new Int16Array(0);
  #length = 0;
  #levels = new Float32Array(1024);
  #windows = 0;
  #windowSum = 0;
  #windowLength = 0;
  #startedAtMs: number | undefined;

  constructor({ keepSamples = true }: RecordingOptions = {}) {
    this.#keepSamples = keepSamples;
  }

  /** When the first sample was heard (epoch ms); undefined while nothing was. */
  get startedAtMs(): number | undefined {
    return this.#startedAtMs;
  }

  get durationMs(): number {
    return this.#length / SAMPLES_PER_MS;
  }

  /** A track begins at this moment. Returns how many samples are missing since the last one: append that much silence. */
  begin(atMs: number): number {
    this.#startedAtMs ??= atMs;
    return Math.max(0, Math.round((atMs - this.#startedAtMs) * SAMPLES_PER_MS) - this.#length);
  }

  append(samples: Int16Array): void {
    if (this.#startedAtMs === undefined) throw new Error('begin() comes before append()');
    if (this.#keepSamples) {
      this.#samples = grown(this.#samples, this.#length + samples.length);
      this.#samples.set(samples, this.#length);
    }
    this.#length += samples.length;
    this.#measure(samples);
  }

  /** A copy of what was heard in [fromMs, toMs), in ms from its start. */
  samples(fromMs = 0, toMs = this.durationMs): Int16Array {
    if (!this.#keepSamples) throw new Error('this recording keeps no samples: ask for keepSamples');
    const from = Math.round(fromMs * SAMPLES_PER_MS);
    return this.#samples.slice(from, Math.min(this.#length, Math.round(toMs * SAMPLES_PER_MS)));
  }

  /** The RMS of each 10 ms so far, of 32768. A view: it does not grow. */
  envelope(): Float32Array {
    return this.#levels.subarray(0, this.#windows);
  }

  /** How many ms were sound. */
  soundMs(threshold = SOUND_RMS): number {
    return soundMs(this.envelope(), threshold);
  }

  /** How many ms were sound at or after `sinceMs` (epoch ms). */
  soundMsSince(sinceMs: number, threshold = SOUND_RMS): number {
    return soundMs(this.envelope().subarray(this.#windowAt(sinceMs)), threshold);
  }

  /** The stretches of sound, in ms from the start. */
  stretches(threshold = SOUND_RMS, bridgeMs = 300): Stretch[] {
    return stretchesOf(this.envelope(), threshold, bridgeMs);
  }

  /** When something first sounded (epoch ms) at or after `sinceMs`. */
  firstSoundAtMs(sinceMs = 0, threshold = SOUND_RMS): number | undefined {
    const start = this.#startedAtMs ?? 0;
    for (let window = this.#windowAt(sinceMs); window < this.#windows; window++) {
      if ((this.#levels[window] as number) > threshold) return start + window * WINDOW_MS;
    }
    return undefined;
  }

  /** When the last sound ended (epoch ms). */
  lastSoundAtMs(threshold = SOUND_RMS): number | undefined {
    for (let window = this.#windows - 1; window >= 0; window--) {
      if ((this.#levels[window] as number) > threshold) {
        return (this.#startedAtMs ?? 0) + (window + 1) * WINDOW_MS;
      }
    }
    return undefined;
  }

  #windowAt(atMs: number): number {
    return Math.max(0, Math.ceil((atMs - (this.#startedAtMs ?? 0)) / WINDOW_MS));
  }

  #measure(samples: Int16Array): void {
    for (const sample of samples) {
      this.#windowSum += sample * sample;
      if (++this.#windowLength < WINDOW_SAMPLES) continue;
      if (this.#windows === this.#levels.length) {
        const levels = new Float32Array(this.#levels.length * 2);
        levels.set(this.#levels);
        this.#levels = levels;
      }
      this.#levels[this.#windows++] = Math.sqrt(this.#windowSum / WINDOW_SAMPLES);
      this.#windowSum = 0;
      this.#windowLength = 0;
    }
  }
}

/** The array itself where it is long enough, else one at least twice as long with the same content. */
function grown(array: Int16Array<ArrayBuffer>, length: number): Int16Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const larger = new Int16Array(Math.max(length, array.length * 2, RECORDING_RATE * 4));
  larger.set(array);
  return larger;
}
