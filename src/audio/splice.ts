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
/** The same speech encoded twice correlates with more than 0.8; so may two periods of one vowel, which differ in detail. */
const ALIKE = 0.7;
/** Of the differences between samples, where high frequencies count: the same speech has more, two periods of a vowel less. */
const ALIKE_IN_DETAIL = 0.6;
/** An overlap at 4 kHz is exact to this many samples at 16 kHz. */
const REFINED = 12;
/** Mean square of 16-bit samples at 4 kHz; below it there is no speech that could be sent twice. */
const AUDIBLE = 90 * 90;
/** The same of the differences between samples at 16 kHz. */
const AUDIBLE_IN_DETAIL = 5 * 5;
const FADE = (INPUT_RATE * 5) / 1000;

/** The number of samples at the end of `recorded` that match the beginning of `live`; both at 16 kHz. */
export function overlapOf(recorded: Int16Array, live: Int16Array): number {
  const tail = decimated(recorded.subarray(-samplesOf(LONGEST_MS)));
  const head = decimated(live.subarray(0, samplesOf(LONGEST_MS)));
  const most = Math.min(tail.length, head.length);
  const compared = samplesOf(COMPARED_MS) / DECIMATION;
  const alikeAt = (overlap: number): number =>
    correlation(tail, tail.length - overlap, head, Math.min(overlap, compared), AUDIBLE);
  let best = { overlap: 0, alike: ALIKE_IN_DETAIL };
  let before = 0;
  let rises = false;
  for (let overlap = samplesOf(SHORTEST_MS) / DECIMATION; overlap <= most + STEP; overlap += STEP) {
    const alike = overlap > most ? 0 : alikeAt(overlap);
    // A vowel has a peak at each period of its pitch: the detail tells which of them is the same speech, if any is.
    if (rises && alike < before && before > ALIKE) {
      const refined = inDetail(recorded, live, (overlap - STEP) * DECIMATION);
      if (refined.alike > best.alike) best = refined;
    }
    rises = alike >= before;
    before = alike;
  }
  return best.overlap;
}

interface Overlap {
  /** In samples at 16 kHz. */
  readonly overlap: number;
  readonly alike: number;
}

function inDetail(recorded: Int16Array, live: Int16Array, overlap: number): Overlap {
  const length = Math.min(overlap, samplesOf(COMPARED_MS));
  const from = recorded.length - overlap;
  const first = Math.max(0, from - REFINED);
  const tail = differences(recorded.subarray(first, from + length + REFINED));
  const head = differences(live.subarray(0, length));
  let best: Overlap = { overlap: 0, alike: 0 };
  for (let at = 0; at + length <= tail.length; at += 1) {
    const alike = correlation(tail, at, head, length, AUDIBLE_IN_DETAIL);
    if (alike > best.alike) best = { overlap: recorded.length - first - at, alike };
  }
  return best;
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

function correlation(
  a: Float32Array,
  from: number,
  b: Float32Array,
  length: number,
  audible: number,
): number {
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
  if (Math.min(powerA, powerB) < audible * length) return 0;
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

function differences(samples: Int16Array): Float32Array {
  const result = new Float32Array(samples.length);
  for (let at = 1; at < samples.length; at += 1) result[at] = (samples[at] ?? 0) - (samples[at - 1] ?? 0);
  return result;
}

function samplesOf(ms: number): number {
  return (INPUT_RATE * ms) / 1000;
}
