// Joins a recording to the live microphone that goes on from it: finds what both hold, so that no syllable is heard twice.
import { INPUT_RATE } from './pcm.js';

/** Correlated at 4 kHz: enough to tell speech from speech, and a sixteenth of the work. */
const DECIMATION = 4;
/** Half a millisecond: speech that is shifted by less is still alike. */
const STEP = 2;
/** Shorter overlaps are passed over: one period of a vowel looks like the next. */
const SHORTEST_MS = 80;
const LONGEST_MS = 1_500;
/** Of an overlap so much is compared: over a longer stretch the two drift apart by the jitter buffer's doing. */
const COMPARED_MS = 300;
/** Speech of one microphone, encoded twice, correlates with more than 0.8; with other speech by less than 0.5. */
const ALIKE = 0.7;
/** Mean square at 4 kHz, samples of 16 bits: below, there is no syllable that could be doubled. */
const AUDIBLE = 90 * 90;
const FADE = (INPUT_RATE * 5) / 1000;

/** How many samples at the end of `recorded` are the same sound as the beginning of `live`; both at 16 kHz. */
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

/** What of a recording comes before the live microphone; the first samples of `live` are blended in place. */
export function splice(recorded: Int16Array, live: Int16Array, overlap: number): Int16Array {
  const end = recorded.length - overlap;
  const before = recorded.slice(0, end);
  const fade = Math.min(FADE, live.length, before.length);
  for (let at = 0; at < fade; at += 1) {
    const share = at / fade;
    const next = live[at] ?? 0;
    // Where nothing overlaps, both go through zero: a step would be a click.
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
