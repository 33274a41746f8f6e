// How many calls a worker holds and what they cost, with the agent's shared worker and with LiveKit's own, one after the other.
import { setTimeout as delay } from 'node:timers/promises';
import { type Round, round } from '../measure/round.js';
import { median } from '../measure/statistics.js';
import { type CallsOptions, type DispatchedCall, openCall } from './calls.js';
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
/**
 * Calls that take rounds, at the same time where there are as many. The medians of single calls differ by up to 10 ms,
 * also on a machine that does nothing else: with the rounds of one call alone, its chance is what others are compared to.
 */
const MEASURED_CALLS = 3;

export async function measureWorker(name: WorkerName, options: DensityOptions): Promise<WorkerFigures> {
  const { livekitUrl, sizes, rounds, spanMs, say } = options;
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
  const latencies: Latencies[] = [];
  const about = { worker: name, hub, livekitUrl };
  const reopen = async (): Promise<void> => {
    await calls.pop()?.[Symbol.asyncDispose]();
    await openUpTo(calls.length + 1, calls, about);
  };
  try {
    for (const size of sizes) {
      say(`${name}: ${size} ${size === 1 ? 'call' : 'calls'}`);
      await openUpTo(size, calls, about);
      spans.push(await measureTalk(worker, calls, spanMs));
      if (name === 'ours') latencies.push(await measureLatencies(calls, rounds, reopen));
    }
  } catch (error) {
    throw new Error(`the worker ${name} could not be measured; its last words:\n${worker.words}`, {
      cause: error,
    });
  } finally {
    await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
  }
  return {
    worker: name,
    readyMs: median(readyMs),
    idlePssBytes: idle.pssBytes,
    idleProcesses: idle.pids.length,
    dispatchMs: calls.map(({ dispatchMs }) => dispatchMs),
    spans,
    latencies,
  };
}

/** Opens calls one after the other until there are so many. */
export async function openUpTo(size: number, calls: DispatchedCall[], options: CallsOptions): Promise<void> {
  while (calls.length < size) {
    calls.push(await openCall(options));
    await delay(APART_MS);
  }
  await delay(SETTLE_MS);
}

/** @param reopen ends the newest call and opens another in its place */
async function measureLatencies(
  calls: readonly DispatchedCall[],
  rounds: number,
  reopen: () => Promise<void>,
): Promise<Latencies> {
  const atOnce = calls.length < MEASURED_CALLS ? 1 : MEASURED_CALLS;
  const each = Math.ceil(rounds / MEASURED_CALLS);
  const others = letTalk(calls.slice(0, -atOnce));
  const taken: Round[] = [];
  for (let measured = 0; measured < MEASURED_CALLS; measured += atOnce) {
    if (measured > 0) await reopen();
    await Promise.all(
      calls.slice(-atOnce).map(async (call) => {
        for (let count = 0; count < each; count += 1) taken.push(await round(call));
      }),
    );
  }
  await others.stop();
  return { calls: calls.length, rounds: taken };
}
