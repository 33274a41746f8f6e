// How much slower this machine is just now than it could be, because others use it: bounds on times grow by that much.

const SPINS = 100;
const ROUNDS = 40_000;
const EVERY_MS = 250;

/** A third of a millisecond of work. */
function spinMs(): number {
  const startMs = performance.now();
  let sum = 0;
  for (let n = 0; n < ROUNDS; n++) sum += Math.sqrt(n) % 7;
  return sum > 0 ? performance.now() - startMs : 0;
}

/** What a spin takes when nothing comes between: found once, and again whenever one is faster. */
let fastestMs = Number.POSITIVE_INFINITY;

function sample(spins: number): number {
  const all = Array.from({ length: spins }, spinMs);
  fastestMs = Math.min(fastestMs, ...all);
  return all.reduce((a, b) => a + b, 0) / spins / fastestMs;
}

/** Does it, and tells how slow the machine was meanwhile: 1 when nothing else ran, at most 8. */
export async function underLoad<T>(run: () => Promise<T>): Promise<{ result: T; slowness: number }> {
  sample(SPINS); // compiled by now
  const before = sample(SPINS);
  const during: number[] = [];
  const timer = setInterval(() => during.push(sample(5)), EVERY_MS);
  try {
    const result = await run();
    const mean = during.reduce((a, b) => a + b, 0) / Math.max(1, during.length);
    return { result, slowness: Math.min(8, Math.max(1, before, mean, sample(SPINS))) };
  } finally {
    clearInterval(timer);
  }
}

/**
 * Does it again, up to three times, as long as it does not fit: a machine that is busy with other things makes
 * everything late, too. `fits` gets the slowness by which bounds may grow.
 */
export async function fitting<T>(
  run: () => Promise<T>,
  fits: (result: T, slowness: number) => boolean,
): Promise<{ result: T; slowness: number; fits: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const { result, slowness } = await underLoad(run);
    const good = fits(result, slowness);
    if (good || attempt === 3) return { result, slowness, fits: good };
  }
}

export interface Slowness {
  /** On average: for what is measured many times. */
  readonly mean: number;
  /** Of the slowest two seconds: for the latest of all that is measured. */
  readonly peak: number;
}

const PEAK_SAMPLES = 2_000 / EVERY_MS;

/** The slowness until it is asked for, without the long looks of underLoad: for a process that measures latencies itself. */
export function watchSlowness(): () => Slowness {
  sample(SPINS);
  const all: number[] = [];
  const timer = setInterval(() => all.push(sample(5)), EVERY_MS);
  return () => {
    clearInterval(timer);
    const mean = meanOf(all);
    let peak = mean;
    for (let from = 0; from + PEAK_SAMPLES <= all.length; from += 1)
      peak = Math.max(peak, meanOf(all.slice(from, from + PEAK_SAMPLES)));
    return { mean: bounded(mean), peak: bounded(peak) };
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}

function bounded(slowness: number): number {
  return Math.min(8, Math.max(1, slowness));
}
