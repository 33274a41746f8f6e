// Tones that tell themselves apart after a codec, and what a recording holds of them.

import { envelopeOf, SOUND_RMS, type Stretch, stretchesOf, WINDOW_MS } from '../../cli/level.js';
import { joinSamples } from '../../src/audio/pcm.js';

export { envelopeOf, rmsOf, type Stretch, soundMs, stretchesOf } from '../../cli/level.js';

/** A sine tone with ramps of 5 ms, which keep it free of clicks. */
export function sine(frequencyHz: number, durationMs: number, rate: number, amplitude = 10_000): Int16Array {
  const samples = new Int16Array(Math.round((durationMs * rate) / 1000));
  const ramp = Math.max(1, Math.round(rate * 0.005));
  for (let index = 0; index < samples.length; index++) {
    const gain = Math.min(1, (index + 1) / ramp, (samples.length - index) / ramp);
    samples[index] = Math.round(amplitude * gain * Math.sin((2 * Math.PI * frequencyHz * index) / rate));
  }
  return samples;
}

export function silence(durationMs: number, rate: number): Int16Array {
  return new Int16Array(Math.round((durationMs * rate) / 1000));
}

export function concat(...parts: readonly Int16Array[]): Int16Array {
  return joinSamples(parts);
}

const AMPLITUDE_WINDOW_MS = 50;

/**
 * The amplitude of one frequency in samples, on the scale of `sine`. It is the mean over windows of 50 ms: a jitter
 * buffer that stretches or shortens a tone moves its phase, and over the whole of it the parts would cancel out.
 */
export function amplitudeAt(samples: Int16Array, rate: number, frequencyHz: number): number {
  const size = Math.round((rate * AMPLITUDE_WINDOW_MS) / 1000);
  let sum = 0;
  for (let from = 0; from < samples.length; from += size) {
    const window = samples.subarray(from, from + size);
    sum += amplitudeInWindow(window, rate, frequencyHz) * window.length;
  }
  return sum / Math.max(1, samples.length);
}

/** Goertzel's algorithm. */
function amplitudeInWindow(samples: Int16Array, rate: number, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rate);
  let last = 0;
  let before = 0;
  for (const sample of samples) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
  }
  const power = last * last + before * before - coefficient * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

export interface GapOptions {
  readonly threshold?: number;
  /** Shorter silences are no gaps. */
  readonly minMs?: number;
}

/** The silences inside a recording: after its first sound and before its last. */
export function gaps(samples: Int16Array, rate: number, options: GapOptions = {}): Stretch[] {
  const { threshold = SOUND_RMS, minMs = 30 } = options;
  const sounds = stretchesOf(envelopeOf(samples, rate), threshold, Math.max(WINDOW_MS, minMs));
  return sounds.slice(1).map(({ fromMs }, index) => {
    const before = sounds[index] as Stretch;
    return { fromMs: before.toMs, toMs: fromMs, rms: 0 };
  });
}
