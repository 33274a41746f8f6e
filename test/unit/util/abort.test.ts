// Waiting that ends with its promise, its signal or its time, whichever comes first, and leaves nothing behind.
import { getEventListeners, setMaxListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { abortable, delay, forAtMost, within } from '../../../src/util/abort.js';
import { fakeClock } from '../../support/fake-clock.js';

const never = new Promise<string>(() => {});
const reason = new Error('the call is over');

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('abortable', () => {
  test('settles like the promise and leaves no listener', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve('yes'), signal)).resolves.toBe('yes');
    await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason);
    expect(listenersOf(signal)).toBe(0);
  });

  test('rejects with the reason as soon as the signal is aborted', async () => {
    const controller = new AbortController();
    const waiting = abortable(never, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('rejects at once when it was aborted before, and swallows what the promise says then', async () => {
    const failing = Promise.reject(new Error('nobody asks any more'));
    await expect(abortable(failing, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test('swallows a rejection that comes after the abort', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => {};
    const waiting = abortable(
      new Promise((_, reject) => {
        fail = reject;
      }),
      controller.signal,
    );
    controller.abort(reason);
    fail(new Error('too late'));
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('delay', () => {
  test('resolves after its time and not before', async () => {
    using clock = fakeClock();
    let isOver = false;
    const waiting = delay(250).then(() => {
      isOver = true;
    });
    await clock.advance(249);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(isOver).toBe(true);
  });

  test('resolves at once when the signal is aborted, then or before', async () => {
    using clock = fakeClock();
    const controller = new AbortController();
    const waiting = delay(60_000, controller.signal);
    controller.abort();
    await waiting;
    // biome-ignore lint/plugin: it is what is tested
    await delay(60_000, controller.signal);
    expect(clock.timers).toBe(0);
  });

  test('leaves no listener on a signal that outlives it', async () => {
    using clock = fakeClock();
    const { signal } = new AbortController();
    const waiting = delay(10, signal);
    expect(listenersOf(signal)).toBe(1);
    await clock.advance(10);
    await waiting;
    expect(listenersOf(signal)).toBe(0);
  });
});

describe('within', () => {
  test('settles like the promise and leaves no timer', async () => {
    using clock = fakeClock();
    await expect(within(Promise.resolve('yes'), 1_000)).resolves.toBe('yes');
    await expect(within(Promise.reject(reason), 1_000)).rejects.toBe(reason);
    expect(clock.timers).toBe(0);
  });

  test('resolves with nothing when the time is over', async () => {
    using clock = fakeClock();
    const waiting = within(never, 1_000);
    await clock.advance(1_000);
    await expect(waiting).resolves.toBeUndefined();
  });

  test('swallows a rejection that comes after the time', async () => {
    using clock = fakeClock();
    let fail: (error: Error) => void = () => {};
    const waiting = within(
      new Promise((_, reject) => {
        fail = reject;
      }),
      100,
    );
    await clock.advance(100);
    fail(new Error('too late'));
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('forAtMost', () => {
  const waitFor = (signal: AbortSignal): Promise<string> => abortable(new Promise(() => {}), signal);

  test('ends in time also when garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { signal } = new AbortController();
    setMaxListeners(50, signal);
    const waits = Array.from({ length: 50 }, () => forAtMost(50, signal, waitFor));
    const outcomes = Promise.allSettled(waits);
    collect();
    expect((await outcomes).map(({ status }) => status)).toEqual(waits.map(() => 'rejected'));
    expect(listenersOf(signal)).toBe(0);
  });

  test('ends with the reason of the signal, also of one that was aborted before', async () => {
    const controller = new AbortController();
    const waiting = forAtMost(60_000, controller.signal, waitFor);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(forAtMost(60_000, controller.signal, waitFor)).rejects.toBe(reason);
  });

  test('settles like what is run, and leaves no listener', async () => {
    const { signal } = new AbortController();
    await expect(forAtMost(60_000, signal, async () => 'yes')).resolves.toBe('yes');
    expect(listenersOf(signal)).toBe(0);
  });
});
