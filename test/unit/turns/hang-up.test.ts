import { expect, test, vi } from 'vitest';
import { Farewell } from '../../../src/turns/hang-up.js';
import { fakeClock } from '../../support/fake-clock.js';

function setUp() {
  const hangUp = vi.fn();
  return { hangUp, farewell: new Farewell(hangUp) };
}

test('a goodbye that is being heard is heard to its end', async () => {
  using clock = fakeClock();
  const { hangUp, farewell } = setUp();
  farewell.speaking(true);
  expect(farewell.begin()).toBe(true);
  await clock.advance(5_000);
  expect(hangUp).not.toHaveBeenCalled();
  farewell.speaking(false);
  await clock.advance(499);
  expect(hangUp).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(hangUp).toHaveBeenCalledTimes(1);
});

test('a goodbye that is still to come is waited for, and heard', async () => {
  using clock = fakeClock();
  const { hangUp, farewell } = setUp();
  expect(farewell.begin()).toBe(false);
  await clock.advance(2_000);
  farewell.speaking(true);
  await clock.advance(10_000);
  expect(hangUp).not.toHaveBeenCalled();
  farewell.speaking(false);
  await clock.advance(500);
  expect(hangUp).toHaveBeenCalledTimes(1);
});

test('a model that says nothing more is not waited for long, and one that never stops neither', async () => {
  using clock = fakeClock();
  const silent = setUp();
  silent.farewell.begin();
  await clock.advance(4_000);
  expect(silent.hangUp).toHaveBeenCalledTimes(1);
  silent.farewell.close();
  const endless = setUp();
  endless.farewell.speaking(true);
  endless.farewell.begin();
  await clock.advance(30_000);
  expect(endless.hangUp).toHaveBeenCalledTimes(1);
});

test('somebody who speaks over the goodbye keeps the call, until the model ends it again', async () => {
  using clock = fakeClock();
  const { hangUp, farewell } = setUp();
  farewell.speaking(true);
  farewell.begin();
  farewell.interrupted();
  farewell.speaking(false);
  await clock.advance(60_000);
  expect(hangUp).not.toHaveBeenCalled();
  farewell.begin();
  await clock.advance(4_000);
  expect(hangUp).toHaveBeenCalledTimes(1);
});

test('close() leaves no timer', () => {
  using clock = fakeClock();
  const { farewell } = setUp();
  farewell.begin();
  farewell.close();
  expect(clock.timers).toBe(0);
});
