// A participant may ask for several things at once, and then for so many a second; another one is not held up by it.
import { expect, test } from 'vitest';
import { RateLimits } from '../../../src/util/rate-limits.js';

test('so many at once, then so many a second, for each key by itself', () => {
  let nowMs = 0;
  const limit = new RateLimits({ burst: 3, perSecond: 2, nowMs: () => nowMs });
  const take = (key: string, atMs: number) => {
    nowMs = atMs;
    return limit.take(key);
  };
  expect([take('ana', 0), take('ana', 0), take('ana', 0), take('ana', 0)]).toEqual([true, true, true, false]);
  expect(take('ben', 0)).toBe(true);
  expect([take('ana', 400), take('ana', 500), take('ana', 900), take('ana', 1_000)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  // A longer pause does not raise the burst.
  expect([take('ana', 60_000), take('ana', 60_000), take('ana', 60_000), take('ana', 60_000)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
