// Brings a stream of PCM16 from any rate to another: a polyphase low-pass filter that keeps its state between chunks.

/** Taps on each side of the middle, at the lower of the two rates. */
const HALF_TAPS = 12;
/** Odd ratios would need thousands of phases; the nearest of these is out by less than PCM16 can show. */
const MAX_PHASES = 320;

export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #phaseCount: number;
  /** For each phase its taps, oldest sample first. */
  readonly #phases: Float32Array;
  #history: Float32Array;
  /** Position of the next output, in input samples times `up`, from the start of the history. */
  #position = 0;

  constructor(fromRate: number, toRate: number) {
    const divisor = greatestCommonDivisor(fromRate, toRate);
    this.#up = toRate / divisor;
    this.#down = fromRate / divisor;
    const stretch = Math.max(1, fromRate / toRate);
    const half = Math.ceil(HALF_TAPS * stretch);
    this.#taps = half * 2;
    this.#phaseCount = Math.min(this.#up, MAX_PHASES);
    this.#phases = design(this.#phaseCount, half, 1 / stretch);
    this.#history = new Float32Array(half); // silence before the first sample
  }

  process(input: Int16Array): Int16Array {
    const taps = this.#taps;
    const samples = new Float32Array(this.#history.length + input.length);
    samples.set(this.#history);
    for (let i = 0, at = this.#history.length; i < input.length; i++, at++) samples[at] = input[i] as number;
    const count = Math.max(
      0,
      Math.ceil(((samples.length - taps + 1) * this.#up - this.#position) / this.#down),
    );
    const output = new Int16Array(count);
    for (let n = 0; n < count; n++) {
      const start = Math.floor(this.#position / this.#up);
      const phase = Math.floor(((this.#position % this.#up) * this.#phaseCount) / this.#up) * taps;
      let sum = 0;
      for (let k = 0; k < taps; k++)
        sum += (samples[start + k] as number) * (this.#phases[phase + k] as number);
      output[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
      this.#position += this.#down;
    }
    const consumed = Math.min(Math.floor(this.#position / this.#up), samples.length);
    this.#history = samples.slice(consumed);
    this.#position -= consumed * this.#up;
    return output;
  }
}

/** A windowed sinc, cut into phases; each phase sums to one so that a constant stays what it is. */
function design(count: number, half: number, cutoff: number): Float32Array {
  const taps = half * 2;
  const phases = new Float32Array(count * taps);
  for (let phase = 0; phase < count; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const x = k - half + 1 - phase / count;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / half);
      const value = Math.abs(x) >= half ? 0 : sinc(x * cutoff * 0.95) * window;
      phases[phase * taps + k] = value;
      sum += value;
    }
    for (let k = 0; k < taps; k++) phases[phase * taps + k] = (phases[phase * taps + k] as number) / sum;
  }
  return phases;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
