import { describe, expect, it } from 'vitest';
import { resample16To24 } from '../../../src/speech/resample.js';

function sine(hz: number, rate: number, seconds: number, amplitude = 10_000): Int16Array {
  return Int16Array.from(
    { length: rate * seconds },
    (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / rate),
  );
}

/** Amplitude of one frequency in the middle of a sound. */
function amplitudeAt(hz: number, samples: Int16Array, rate: number): number {
  const from = Math.floor(samples.length / 4);
  const count = Math.floor(samples.length / 2);
  let real = 0;
  let imaginary = 0;
  for (let index = 0; index < count; index++) {
    const phase = (2 * Math.PI * hz * index) / rate;
    real += (samples[from + index] as number) * Math.cos(phase);
    imaginary += (samples[from + index] as number) * Math.sin(phase);
  }
  return (2 * Math.hypot(real, imaginary)) / count;
}

describe('resample16To24', () => {
  it('makes three samples of two', () => {
    expect(resample16To24(new Int16Array(16_000)).length).toBe(24_000);
    expect(resample16To24(new Int16Array(3)).length).toBe(4);
    expect(resample16To24(new Int16Array(0)).length).toBe(0);
  });

  it.each([100, 440, 1000, 3000, 5000, 6500])('keeps a tone of %i Hz as it is', (hz) => {
    const output = resample16To24(sine(hz, 16_000, 1));
    const expected = sine(hz, 24_000, 1);
    for (let index = 2000; index < 22_000; index++) {
      expect(Math.abs((output[index] as number) - (expected[index] as number))).toBeLessThan(40);
    }
  });

  it('adds no mirror image above the old band', () => {
    const output = resample16To24(sine(5000, 16_000, 1));
    expect(amplitudeAt(11_000, output, 24_000)).toBeLessThan(10);
  });

  it('leaves a constant constant', () => {
    const output = resample16To24(new Int16Array(1000).fill(1234));
    expect(new Set(output.slice(100, 1400))).toEqual(new Set([1234]));
  });

  it('clips what the gain makes too loud instead of letting it wrap around', () => {
    const output = resample16To24(sine(300, 16_000, 0.1, 20_000), 2);
    expect(Math.max(...output)).toBe(32_767);
    expect(Math.min(...output)).toBe(-32_768);
    for (let index = 1; index < output.length; index++) {
      expect(Math.abs((output[index] as number) - (output[index - 1] as number))).toBeLessThan(6000);
    }
  });
});
