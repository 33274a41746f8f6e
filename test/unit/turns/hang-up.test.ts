import { expect, test, vi } from 'vitest';
import { HangUp } from '../../../src/turns/hang-up.js';
import { fakeClock } from '../../support/fake-clock.js';

function setUp() {
  const end = vi.fn();
  return { end, hangUp: new HangUp(end) };
}

test('a goodbye that is being heard is heard to its end', async () => {
  using clock = fakeClock();
  const { end, hangUp } = setUp();
  hangUp.speaking(true);
  expect(hangUp.begin()).toBe(true);
  await clock.advance(5_000);
  expect(end).not.toHaveBeenCalled();
  hangUp.speaking(false);
  await clock.advance(499);
  expect(end).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(end).toHaveBeenCalledTimes(1);
});

test('a goodbye that is still to come is waited for, and heard', async () => {
  using clock = fakeClock();
  const { end, hangUp } = setUp();
  expect(hangUp.begin()).toBe(false);
  await clock.advance(2_000);
  hangUp.speaking(true);
  await clock.advance(10_000);
  expect(end).not.toHaveBeenCalled();
  hangUp.speaking(false);
  await clock.advance(500);
  expect(end).toHaveBeenCalledTimes(1);
});

test('a model that says nothing more is not waited for long, and one that never stops neither', async () => {
  using clock = fakeClock();
  const silent = setUp();
  silent.hangUp.begin();
  await clock.advance(4_000);
  expect(silent.end).toHaveBeenCalledTimes(1);
  silent.hangUp.close();
  const endless = setUp();
  endless.hangUp.speaking(true);
  endless.hangUp.begin();
  await clock.advance(30_000);
  expect(endless.end).toHaveBeenCalledTimes(1);
});

test('somebody who speaks over the goodbye keeps the call, until the model ends it again', async () => {
  using clock = fakeClock();
  const { end, hangUp } = setUp();
  hangUp.speaking(true);
  hangUp.begin();
  hangUp.interrupted();
  hangUp.speaking(false);
  await clock.advance(60_000);
  expect(end).not.toHaveBeenCalled();
  hangUp.begin();
  await clock.advance(4_000);
  expect(end).toHaveBeenCalledTimes(1);
});

test('close() leaves no timer', () => {
  using clock = fakeClock();
  const { hangUp } = setUp();
  hangUp.begin();
  hangUp.close();
  expect(clock.timers).toBe(0);
});
