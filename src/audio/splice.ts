// Joins a recording to the live microphone: finds the part that both contain, so that no syllable is sent twice.
import { INPUT_RATE } from './pcm.js';

/** Correlation at 4 kHz distinguishes speech as well as at 16 kHz, with a sixteenth of the work. */
const DECIMATION = 4;
/** Half a millisecond: speech still correlates when it is shifted by less. */
const STEP = 2;
/** Shorter overlaps are ignored: periods of one vowel correlate with each other. */
const SHORTEST_MS = 80;
const LONGEST_MS = 1_500;
/** How much of an overlap is compared: over more, the jitter buffer shifts one side against the other. */
const COMPARED_MS = 300;
/** The same speech encoded twice correlates with more than 0.8, different speech with less than 0.5. */
const ALIKE = 0.7;
/** Mean square of 16-bit samples at 4 kHz; below it there is no speech that could be sent twice. */
const AUDIBLE = 90 * 90;
const FADE = (INPUT_RATE * 5) / 1000;

/** The number of samples at the end of `recorded` that match the beginning of `live`; both at 16 kHz. */
export function overlapOf(recorded: Int16Array, live: Int16Array): number {
  const tail = decimated(recorded.subarray(-samplesOf(LONGEST_MS)));
  const head = decimated(live.subarray(0, samplesOf(LONGEST_MS)));
  const most = Math.min(tail.length, head.length);
  const compared = samplesOf(COMPARED_MS) / DECIMATION;
  let best = 0;
  let likeness = ALIKE;
  const look = (overlap: number): void => {
    const alike = correlation(tail, tail.length - overlap, head, Math.min(overlap, compared));
    if (alike <= likeness) return;
    likeness = alike;
    best = overlap;
  };
  for (let overlap = samplesOf(SHORTEST_MS) / DECIMATION; overlap <= most; overlap += STEP) look(overlap);
  if (best === 0) return 0;
  const coarse = best;
  for (let overlap = coarse - STEP + 1; overlap < Math.min(coarse + STEP, most + 1); overlap += 1)
    look(overlap);
  return best * DECIMATION;
}

/** The part of the recording before the live audio. Cross-fades the first samples of `live` in place. */
export function splice(recorded: Int16Array, live: Int16Array, overlap: number): Int16Array {
  const end = recorded.length - overlap;
  const before = recorded.slice(0, end);
  const fade = Math.min(FADE, live.length, before.length);
  for (let at = 0; at < fade; at += 1) {
    const share = at / fade;
    const next = live[at] ?? 0;
    // Without an overlap both sides are faded through zero: a step would be audible as a click.
    if (overlap >= fade) live[at] = next * share + (recorded[end + at] ?? 0) * (1 - share);
    else {
      live[at] = next * share;
      const last = before.length - 1 - at;
      before[last] = (before[last] ?? 0) * share;
    }
  }
  return before;
}

function correlation(a: Float32Array, from: number, b: Float32Array, length: number): number {
  let product = 0;
  let powerA = 0;
  let powerB = 0;
  for (let at = 0; at < length; at += 1) {
    const x = a[from + at] ?? 0;
    const y = b[at] ?? 0;
    product += x * y;
    powerA += x * x;
    powerB += y * y;
  }
  if (Math.min(powerA, powerB) < AUDIBLE * length) return 0;
  return product / Math.sqrt(powerA * powerB);
}

function decimated(samples: Int16Array): Float32Array {
  const result = new Float32Array(Math.floor(samples.length / DECIMATION));
  for (let at = 0; at < result.length; at += 1) {
    let sum = 0;
    for (let step = 0; step < DECIMATION; step += 1) sum += samples[at * DECIMATION + step] ?? 0;
    result[at] = sum / DECIMATION;
  }
  return result;
}

function samplesOf(ms: number): number {
  return (INPUT_RATE * ms) / 1000;
}
