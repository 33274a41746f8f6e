// Speech as a telephone carries it: 300 to 3400 Hz, 8 kHz, 8 bits by the mu-law; and back at the rate of the input.
import { INPUT_RATE } from '../../src/audio/pcm.js';

const TAPS = 129;
const MU = 255;

/** A band pass as the difference of two windowed low passes. */
function bandPass(fromHz: number, toHz: number): Float64Array {
  const taps = new Float64Array(TAPS);
  const middle = (TAPS - 1) / 2;
  const lowPass = (hz: number, at: number): number => {
    const cutoff = (2 * hz) / INPUT_RATE;
    const x = at - middle;
    return x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
  };
  for (let at = 0; at < TAPS; at += 1) {
    const window = 0.54 - 0.46 * Math.cos((2 * Math.PI * at) / (TAPS - 1));
    taps[at] = (lowPass(toHz, at) - lowPass(fromHz, at)) * window;
  }
  return taps;
}

function filtered(samples: ArrayLike<number>, taps: Float64Array, gain = 1): Float64Array {
  const middle = (TAPS - 1) / 2;
  return Float64Array.from({ length: samples.length }, (_, at) => {
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap += 1) sum += (taps[tap] ?? 0) * (samples[at + middle - tap] ?? 0);
    return sum * gain;
  });
}

function muLaw(sample: number): number {
  const value = Math.max(-1, Math.min(1, sample / 32_768));
  const coded = (Math.sign(value) * Math.log1p(MU * Math.abs(value))) / Math.log1p(MU);
  const eight = Math.round(coded * 127) / 127;
  return ((Math.sign(eight) * Math.expm1(Math.abs(eight) * Math.log1p(MU))) / MU) * 32_768;
}

/** @param samples at 16 kHz */
export function overTelephone(samples: Int16Array): Int16Array {
  const band = filtered(samples, bandPass(300, 3_400));
  // 8 kHz: every second sample is left out, and found again by a low pass.
  const coded = Float64Array.from(band, (sample, at) => (at % 2 === 0 ? muLaw(sample) : 0));
  return Int16Array.from(filtered(coded, bandPass(0, 3_700), 2), (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample))),
  );
}
