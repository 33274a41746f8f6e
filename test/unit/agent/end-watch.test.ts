// A call that does not end: noticed once it was asked to, and never before.
import { expect, test, vi } from 'vitest';
import { END_WITHIN_MS, watchEnd } from '../../../agent/worker/end-watch.js';
import { fakeClock } from '../../support/fake-clock.js';

function watched() {
  const stop = new AbortController();
  const onLate = vi.fn();
  let end = (): void => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  watchEnd(stop.signal, over, onLate);
  return { stop, onLate, end };
}

test('a call that hangs after it was asked for its end is reported once', async () => {
  using clock = fakeClock();
  const { stop, onLate } = watched();
  await clock.advance(10 * END_WITHIN_MS);
  expect(onLate).not.toHaveBeenCalled();
  stop.abort(new Error('the worker ends'));
  await clock.advance(END_WITHIN_MS - 1);
  expect(onLate).not.toHaveBeenCalled();
  await clock.advance(10 * END_WITHIN_MS);
  expect(onLate).toHaveBeenCalledOnce();
});

test('a call that ends in time, or by itself, is not', async () => {
  using clock = fakeClock();
  const asked = watched();
  asked.stop.abort(new Error('the worker ends'));
  await clock.advance(END_WITHIN_MS / 2);
  asked.end();
  const alone = watched();
  alone.end();
  await clock.advance(10);
  alone.stop.abort(new Error('the worker ends'));
  await clock.advance(10 * END_WITHIN_MS);
  expect(asked.onLate).not.toHaveBeenCalled();
  expect(alone.onLate).not.toHaveBeenCalled();
  expect(clock.timers).toBe(0);
});
