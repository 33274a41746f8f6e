// 16 kHz to 24 kHz, exactly three samples for two, by a polyphase low-pass filter.

/** Input samples on each side that an output sample is made of: flat to 7 kHz, images 60 dB down beyond 9 kHz. */
const REACH = 24;
const TAPS = 2 * REACH;
const MAX = 32_767;
const MIN = -32_768;

/** One filter for each place of an output sample between two input samples: on the first, 2/3 and 1/3 behind it. */
const FILTERS = [filter(0), filter(2 / 3), filter(1 / 3)] as const;

/** Multiplies by `gain` on the way, and clips what gets too loud. */
export function resample16To24(input: Int16Array, gain = 1): Int16Array<ArrayBuffer> {
  const output = new Int16Array(Math.floor((input.length * 3) / 2));
  // Silence on both sides spares the inner loop the question whether a sample exists.
  const padded = new Float32Array(input.length + TAPS);
  for (let index = 0; index < input.length; index++) padded[REACH + index] = (input[index] as number) * gain;
  for (let index = 0; index < output.length; index++) {
    const taps = FILTERS[index % 3] as Float32Array;
    const first = Math.floor((index * 2) / 3) + 1;
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap++) sum += (padded[first + tap] as number) * (taps[tap] as number);
    output[index] = sum > MAX ? MAX : sum < MIN ? MIN : Math.round(sum);
  }
  return output;
}

/** A sinc under a Blackman window, `fraction` of a sample late, that leaves a constant as it is. */
function filter(fraction: number): Float32Array {
  const taps = new Float64Array(TAPS);
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const distance = tap - REACH + 1 - fraction;
    const phase = (Math.PI * distance) / REACH;
    const window = 0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase);
    const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
    taps[tap] = sinc * window;
    sum += taps[tap] as number;
  }
  return Float32Array.from(taps, (value) => value / sum);
}
