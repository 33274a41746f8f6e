// What a scrape costs: at one a second it must stay below 1 % of a core, with the calls of a full worker behind it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkerMetrics } from '../../../agent/observe/worker-metrics.js';
import { HealthServer } from '../../../agent/worker/health.js';

const CALLS = 16;
const SCRAPES = 200;
/** 1 % of the second until the next one. */
const MAX_CPU_MS = 10;

let health: HealthServer;

beforeAll(async () => {
  const figures = { rooms: CALLS, slots: CALLS, hosts: 2, eventLoopLagMs: 3 };
  const metrics = new WorkerMetrics(() => figures);
  for (let call = 0; call < CALLS; call += 1) {
    const usage = { prompt: 9, response: 9, thoughts: 0, total: 18 };
    const byModality = { prompt: { AUDIO: 9 }, response: { AUDIO: 9 } };
    const numbers = { ...usage, byModality };
    const begun = { type: 'begun', at: 0, room: 'r', agent: 'a', present: [], tools: {} } as const;
    metrics.fact(`call-${call}`, { ...begun, model: `model-${call % 4}` });
    metrics.fact(`call-${call}`, {
      type: 'event',
      at: 0,
      event: { type: 'usage', turn: 1, ...numbers, session: numbers },
    });
  }
  health = await HealthServer.listen('127.0.0.1', 0);
  const status = { agentName: 'gemini', registered: true, full: true, draining: false };
  health.serve(() => ({ ...status, ...figures }), metrics);
});

afterAll(() => health.close());

async function scrape(times: number): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < times; index += 1) {
    const response = await fetch(`http://127.0.0.1:${health.port}/metrics`);
    bytes = (await response.text()).length;
  }
  return bytes;
}

test(`a scrape takes at most ${MAX_CPU_MS} ms of CPU, the one who asks included`, async () => {
  await scrape(20);
  const before = process.cpuUsage();
  const bytes = await scrape(SCRAPES);
  const { user, system } = process.cpuUsage(before);
  expect(bytes).toBeGreaterThan(5_000);
  expect((user + system) / 1_000 / SCRAPES).toBeLessThan(MAX_CPU_MS);
});
