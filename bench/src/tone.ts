// Tones that can be distinguished from silence within a few milliseconds, and their base64.

/** Peak of the tones, of 32767. */
export const TONE_PEAK = 10_000;
/** RMS above which a stretch of a few milliseconds is the tone, and below which it is silence. */
export const LOUD_RMS = 2_000;

/** A sine tone without ramps: its onset is sharp, so that the moment at which it arrives is. */
export function tone(frequencyHz: number, durationMs: number, rate: number): Int16Array {
  const samples = new Int16Array(Math.round((durationMs * rate) / 1000));
  for (let index = 0; index < samples.length; index++) {
    samples[index] = Math.round(TONE_PEAK * Math.sin((2 * Math.PI * frequencyHz * index) / rate));
  }
  return samples;
}

export function rmsOf(samples: Int16Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let index = from; index < to; index++) {
    const sample = samples[index] as number;
    sum += sample * sample;
  }
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}

/** Whether any stretch of `windowMs` in the samples is loud. */
export function hasTone(samples: Int16Array, rate: number, windowMs: number): boolean {
  const window = Math.round((windowMs * rate) / 1000);
  for (let from = 0; from + window <= samples.length; from += window) {
    if (rmsOf(samples, from, from + window) > LOUD_RMS) return true;
  }
  return false;
}

export function base64Of(samples: Int16Array): string {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
}

export function samplesOf(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  Buffer.from(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}
