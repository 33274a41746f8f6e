// 30 short calls at the worker, for the gate; thousands of them are among the long runs (test/soak/short-calls.test.ts).
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { shortCalls } from '../support/short-calls.js';
import { startWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** Of the 18 calls after the second batch: one thread or file that each of them leaves is more. */
const NOISE = 12;

test('thirty short calls, six at once, are all answered and leave no thread and no file open', async () => {
  await using worker = await startWorker({
    livekit,
    liveApi,
    env: { AGENT_ISOLATION: 'shared', AGENT_MAX_ROOMS: '6' },
  });
  const held = await shortCalls({ livekit, worker, calls: 30, atOnce: 6 });
  // By the second batch each host has had calls.
  const [, warm] = held;
  const last = held.at(-1);
  console.log(`held after each batch: ${held.map(({ threads, files }) => `${threads}/${files}`).join(' ')}`);
  expect(last?.processes).toBe(warm?.processes);
  expect(Number(last?.threads) - Number(warm?.threads)).toBeLessThan(NOISE);
  expect(Number(last?.files) - Number(warm?.files)).toBeLessThan(NOISE);
  expect(worker.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
}, 120_000);
