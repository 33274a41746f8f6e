// Whether a process knows that it was held up, also before its own timer has run again.
import { expect, test } from 'vitest';
import { HeldUp } from '../../../agent/worker/held-up.js';

test('a process was held up when its timer has not run for so long, until it runs again', () => {
  let nowMs = 1_000;
  const heldUp = new HeldUp(2_000, () => nowMs);
  nowMs += 1_999;
  expect(heldUp.isNow).toBe(false);
  nowMs += 1;
  expect(heldUp.isNow).toBe(true);
  heldUp.turned();
  expect(heldUp.isNow).toBe(false);
});
