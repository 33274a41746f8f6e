// Eight calls at a worker that is scraped each second (SOAK_MINUTES, 10): what a scrape costs, and whether the metrics say at the end what
// the test has counted. The cost is small against what the CPU of calls varies by, so that every other span has forty scrapes more a second.
import { readFileSync } from 'node:fs';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cpuMsOf, useOf } from '../../bench/src/measure/process-tree.js';
import { CountedCalls, figuresOf, startCountedAnswers } from '../support/counted-calls.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startWorker, type TestWorker } from '../support/worker.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const CALLS = 8;
const SPAN_MS = 15_000;
const SCRAPE_EVERY_MS = 1_000;
/** In the spans that measure: so many more in that time. */
const MORE_SCRAPES = 40;
/** What one scrape a second may take, of the CPU that the worker takes unscraped. */
const MAX_SHARE = 0.01;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startCountedAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** Shares of a core. */
interface Use {
  /** The process that answers scrapes. */
  readonly main: number;
  readonly all: number;
}

async function useDuring(worker: TestWorker, during: () => Promise<void>): Promise<Use> {
  const now = () => ({
    atMs: performance.now(),
    main: cpuMsOf(readFileSync(`/proc/${worker.pid}/stat`, 'utf8')),
    all: useOf(worker.pid).cpuMs,
  });
  const before = now();
  await during();
  const after = now();
  const share = (ms: number): number => ms / (after.atMs - before.atMs);
  return { main: share(after.main - before.main), all: share(after.all - before.all) };
}

async function scraped<T>(worker: TestWorker, everyMs: number, during: () => Promise<T>): Promise<T> {
  let scrapes: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    scrapes = scrapes.then(() => figuresOf(worker));
  }, everyMs);
  try {
    return await during();
  } finally {
    clearInterval(timer);
    await scrapes;
  }
}

/** Of two spans one after the other: what one scrape a second costs, of the CPU without any. */
function costOf(once: Use, more: Use): Use {
  const [main, all] = [(more.main - once.main) / MORE_SCRAPES, (more.all - once.all) / MORE_SCRAPES];
  return { main: main / (once.all - all), all: all / (once.all - all) };
}

/** A span in which the machine did something else does not count. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

test(`${MINUTES} minutes of ${CALLS} calls, scraped each second: CPU and counts`, async () => {
  const env = { AGENT_ISOLATION: 'shared', AGENT_MAX_ROOMS: String(CALLS) };
  await using worker = await startWorker({ livekit, liveApi, env });
  const calls = await CountedCalls.start({ livekit, liveApi, worker, calls: CALLS });
  const span = (): Promise<void> => calls.rounds(SPAN_MS);
  const more = (): Promise<void> => scraped(worker, SCRAPE_EVERY_MS / MORE_SCRAPES, span);
  const pairs: { readonly once: Use; readonly cost: Use }[] = [];
  await scraped(worker, SCRAPE_EVERY_MS, async () => {
    // Until what is called often is compiled.
    await more();
    const endsMs = performance.now() + MINUTES * 60_000;
    while (performance.now() < endsMs) {
      // In turns: what grows over time is not taken for a cost.
      const isMoreFirst = pairs.length % 2 === 1;
      const first = await useDuring(worker, isMoreFirst ? more : span);
      const second = await useDuring(worker, isMoreFirst ? span : more);
      await calls.lose();
      const once = isMoreFirst ? second : first;
      pairs.push({ once, cost: costOf(once, isMoreFirst ? first : second) });
    }
  });
  await calls.end();

  const [inMain, inAll] = [
    median(pairs.map(({ cost }) => cost.main)),
    median(pairs.map(({ cost }) => cost.all)),
  ];
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  console.log(
    `${calls.turns} turns, ${calls.losses} losses, tools ${JSON.stringify(calls.tools)}; CPU ${percent(median(pairs.map(({ once }) => once.all)))} ` +
      `of a core; a scrape each second takes ${percent(inAll)} of that in all processes, ${percent(inMain)} in the one that answers ` +
      `(pairs: ${pairs.map(({ cost }) => percent(cost.all)).join(', ')})`,
  );
  expect(inMain).toBeLessThanOrEqual(MAX_SHARE);
  expect(inAll).toBeLessThanOrEqual(MAX_SHARE);
});
