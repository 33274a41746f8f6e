// Thousands of short calls at one worker: `npm run soak -- short-calls`. SOAK_SHORT_CALLS (2000) makes it shorter.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { shortCalls } from '../support/short-calls.js';
import { leastSquares } from '../support/slope.js';
import { startWorker } from '../support/worker.js';

const CALLS = Number(process.env.SOAK_SHORT_CALLS ?? 2_000);
const AT_ONCE = 10;
/** Batches until everything that is loaded or compiled once has been. */
const WARM_UP = 3;
/** Above it a host is replaced, whatever it has served. */
const HOST_MB = 700;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer({ config: { logging: { level: 'error' } } }),
    startShortAnswers(),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`${CALLS} short calls leave no thread and no file open, and the retiring of hosts bounds their memory`, async () => {
  await using worker = await startWorker({
    livekit,
    liveApi,
    env: { AGENT_ISOLATION: 'shared', AGENT_MAX_ROOMS: String(AT_ONCE) },
  });
  const held = (await shortCalls({ livekit, worker, calls: CALLS, atOnce: AT_ONCE })).slice(WARM_UP);
  const lineOf = (key: 'threads' | 'files' | 'rssBytes') => leastSquares(held.map((one) => one[key]));
  for (const key of ['threads', 'files', 'rssBytes'] as const) {
    const { slope, error, mean } = lineOf(key);
    console.log(
      `${key}: ${mean.toFixed(0)} in the mean, ${(slope / AT_ONCE).toFixed(3)} ± ${(error / AT_ONCE).toFixed(3)} a call`,
    );
  }
  const most = Math.max(...held.map(({ mostRssBytes }) => mostRssBytes));
  console.log(`the largest process had ${Math.round(most / 1024 ** 2)} MB`);
  const retired = worker.logs.filter(({ msg }) => msg === 'a room host is being replaced').length;
  console.log(`${retired} hosts retired`);
  // A leak grows; fewer files after the first batches are connections that were kept for a while.
  expect(lineOf('threads').slope / AT_ONCE).toBeLessThan(0.02);
  expect(lineOf('files').slope / AT_ONCE).toBeLessThan(0.02);
  expect(most).toBeLessThan(HOST_MB * 1024 ** 2);
  expect(retired).toBeGreaterThanOrEqual(Math.floor(CALLS / 2 / 300));
  expect(worker.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
