// Eight calls at a worker that is scraped each second, and the same calls unscraped in turn (SOAK_MINUTES, 10): what a scrape costs, and
// whether the metrics say at the end what the test has counted.
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
/** Of the CPU that the worker takes unscraped. */
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

async function scraped(worker: TestWorker, during: () => Promise<void>): Promise<void> {
  let scrapes: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    scrapes = scrapes.then(() => figuresOf(worker));
  }, SCRAPE_EVERY_MS);
  try {
    await during();
  } finally {
    clearInterval(timer);
    await scrapes;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test(`${MINUTES} minutes of ${CALLS} calls, scraped each second: CPU and counts`, async () => {
  const env = { AGENT_ISOLATION: 'shared', AGENT_MAX_ROOMS: String(CALLS) };
  await using worker = await startWorker({ livekit, liveApi, env });
  const calls = await CountedCalls.start({ livekit, liveApi, worker, calls: CALLS, name: 'scraped' });
  // Until what is called often is compiled.
  await scraped(worker, () => calls.rounds(SPAN_MS));
  const pairs: { readonly without: Use; readonly with: Use }[] = [];
  const endsMs = performance.now() + MINUTES * 60_000;
  while (performance.now() < endsMs) {
    const without = await useDuring(worker, () => calls.rounds(SPAN_MS));
    await calls.lose();
    pairs.push({
      without,
      with: await useDuring(worker, () => scraped(worker, () => calls.rounds(SPAN_MS))),
    });
    await calls.lose();
  }
  await calls.end();

  const all = mean(pairs.map(({ without }) => without.all));
  const inMain = mean(pairs.map((pair) => pair.with.main - pair.without.main)) / all;
  const differences = pairs.map((pair) => (pair.with.all - pair.without.all) / all);
  const more = mean(differences);
  const spread = mean(differences.map((difference) => (difference - more) ** 2));
  const error = Math.sqrt(spread / Math.max(1, pairs.length - 1));
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  console.log(
    `${calls.turns} turns, ${calls.losses} losses, tools ${JSON.stringify(calls.tools)}; CPU unscraped ${percent(all)} of a core, ` +
      `scraped ${percent(more)} ± ${percent(error)} more in all processes, ${percent(inMain)} more in the one that answers`,
  );
  expect(inMain).toBeLessThanOrEqual(MAX_SHARE);
  // All processes together vary by more than a scrape costs: what the measurement cannot tell from chance does not count.
  expect(more - 2 * error).toBeLessThanOrEqual(MAX_SHARE);
});
