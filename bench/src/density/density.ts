// How many calls a worker holds and what they cost, with the agent's shared worker and with LiveKit's own, one after the other.
import { setTimeout as delay } from 'node:timers/promises';
import { type Round, round } from '../measure/round.js';
import { median } from '../measure/statistics.js';
import { type CallsOptions, type DispatchedCall, LostDispatch, openCall } from './calls.js';
import { Hub } from './hub.js';
import { letTalk, measureTalk, type SpanFigures } from './talking.js';
import { BenchWorker, type WorkerName } from './worker.js';

export interface Latencies {
  readonly calls: number;
  readonly rounds: readonly Round[];
}

export interface WorkerFigures {
  readonly worker: WorkerName;
  readonly readyMs: number;
  readonly idlePssBytes: number;
  readonly idleProcesses: number;
  /** Of each call that was opened. */
  readonly dispatchMs: readonly number[];
  /** Dispatches that no agent came for; each was made again, in another room. */
  readonly lostDispatches: number;
  readonly spans: readonly SpanFigures[];
  /** Rounds of a few calls while the others talk. */
  readonly latencies: readonly Latencies[];
}

export interface DensityOptions {
  readonly livekitUrl: string;
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly spanMs: number;
  readonly say: (line: string) => void;
}

const STARTS = 3;
/** Until what a worker loads in the background is loaded. */
const IDLE_AFTER_MS = 10_000;
/** Between two dispatches, so that one is not measured in the start of another. */
const APART_MS = 1_000;
const SETTLE_MS = 3_000;
/** Until there are so many calls more: with as many a worker takes none at all. */
const MOST_LOST = 5;
/**
 * Calls that take rounds, all of them young. The medians of single calls differ by up to 10 ms, also on a machine that
 * does nothing else, because each has its own distance between the clocks of its two ends: of few calls, their chance
 * would be what is compared.
 */
const MEASURED_CALLS = 12;
/** Of them, where there are as many at once. */
const MEASURED_AT_ONCE = 3;
/** The jitter buffers of all calls grow while others begin beside them, and take some seconds to shrink again. */
const SHRUNK_MS = 4_000;

export async function measureWorker(name: WorkerName, options: DensityOptions): Promise<WorkerFigures> {
  const { livekitUrl, sizes, spanMs, say } = options;
  await using hub = await Hub.start();
  const readyMs: number[] = [];
  for (let start = 1; start < STARTS; start += 1) {
    await using started = await BenchWorker.start(name, livekitUrl, hub.baseUrl);
    readyMs.push(started.readyMs);
  }
  await using worker = await BenchWorker.start(name, livekitUrl, hub.baseUrl);
  readyMs.push(worker.readyMs);
  await delay(IDLE_AFTER_MS);
  const idle = worker.use();
  const calls: DispatchedCall[] = [];
  const spans: SpanFigures[] = [];
  const dispatchMs: number[] = [];
  let lostDispatches = 0;
  let latencies: readonly Latencies[] = [];
  const about = { worker: name, hub, livekitUrl };
  try {
    for (const size of sizes) {
      say(`${name}: ${size} ${size === 1 ? 'call' : 'calls'}`);
      lostDispatches += await openUpTo(size, calls, about);
      spans.push(await measureTalk(worker, calls, spanMs));
    }
    dispatchMs.push(...calls.map((call) => call.dispatchMs));
    await endNewest(calls.length, calls);
    // Afterwards: the calls that end meanwhile leave memory behind.
    if (name === 'ours') latencies = await measureLatencies(options, about);
  } catch (error) {
    throw new Error(`the worker ${name} could not be measured; its last words:\n${worker.words}`, {
      cause: error,
    });
  } finally {
    await endNewest(calls.length, calls);
  }
  return {
    worker: name,
    readyMs: median(readyMs),
    idlePssBytes: idle.pssBytes,
    idleProcesses: idle.pids.length,
    dispatchMs,
    lostDispatches,
    spans,
    latencies,
  };
}

/** Opens calls one after the other until there are so many. @returns how many dispatches were lost meanwhile */
export async function openUpTo(
  size: number,
  calls: DispatchedCall[],
  options: CallsOptions,
): Promise<number> {
  let lost = 0;
  while (calls.length < size) {
    try {
      calls.push(await openCall(options));
    } catch (error) {
      lost += 1;
      if (!(error instanceof LostDispatch) || lost > MOST_LOST) throw error;
    }
    await delay(APART_MS);
  }
  await delay(SETTLE_MS);
  return lost;
}

/** Ends so many calls, the newest of all. */
async function endNewest(count: number, calls: DispatchedCall[]): Promise<void> {
  if (count > 0) await Promise.all(calls.splice(-count).map((call) => call[Symbol.asyncDispose]()));
}

/** Rounds of a few calls at a time while the others talk, with calls of its own. */
async function measureLatencies(
  { sizes, rounds, say }: DensityOptions,
  about: CallsOptions,
): Promise<Latencies[]> {
  const calls: DispatchedCall[] = [];
  const latencies: Latencies[] = [];
  try {
    for (const size of sizes) {
      say(`latencies at ${size}`);
      const atOnce = Math.min(MEASURED_AT_ONCE, size);
      const each = Math.ceil(rounds / MEASURED_CALLS);
      await openUpTo(size - atOnce, calls, about);
      const others = letTalk([...calls]);
      const taken: Round[] = [];
      for (let measured = 0; measured < MEASURED_CALLS; measured += atOnce) {
        await openUpTo(size, calls, about);
        await delay(SHRUNK_MS);
        await Promise.all(
          calls.slice(-atOnce).map(async (call) => {
            for (let count = 0; count < each; count += 1) taken.push(await round(call));
          }),
        );
        await endNewest(atOnce, calls);
      }
      await others.stop();
      latencies.push({ calls: size, rounds: taken });
    }
    return latencies;
  } finally {
    await endNewest(calls.length, calls);
  }
}
