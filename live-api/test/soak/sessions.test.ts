// Five hundred conversations at once with tones, whose clients are another process: paced, and nothing remains of them.
import { expect, it } from 'vitest';
import { underClients } from '../support/load.js';
import { underLoad } from '../support/slowness.js';

const SESSIONS = Number(process.env.SOAK_SESSIONS ?? 500);

it(`${SESSIONS} sessions get their answers at the service's pace, and give their memory back`, async () => {
  const { result, slowness } = await underLoad(() =>
    underClients({ sessions: SESSIONS, seconds: 40, turnMs: 10_000 }),
  );
  console.log(JSON.stringify(result), `on a machine ${slowness.toFixed(1)} times as slow as it could be`);
  expect(result.turns).toBeGreaterThanOrEqual(SESSIONS * 2);
  expect(result.completed).toBe(result.turns);
  expect(result.abnormal).toBe(0);
  expect(result.chunkLateMs.p99).toBeLessThan(50 * slowness);
  expect(result.turnLateMs.p99).toBeLessThan(50 * slowness);
  expect(result.answeredMs.p99 - result.answeredMs.p50).toBeLessThan(200 * slowness);
  expect(result.leftMb).toBeLessThan(20);
});
