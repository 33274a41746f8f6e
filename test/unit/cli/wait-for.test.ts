// Waits look again when something happens, and end by success, time, abort or close; never twice.
import { expect, test, vi } from 'vitest';
import { WaitError, Watch } from '../../../cli/wait-for.js';

const options = { timeoutMs: 60_000, describe: () => 'state of things' };

test('a condition that is true already needs no notice', async () => {
  expect(await new Watch().until(() => 7, options)).toBe(7);
});

test('a condition is looked at again at each notice', async () => {
  const watch = new Watch();
  let value = 0;
  const probe = vi.fn(() => value >= 2 && `at ${value}`);
  const waiting = watch.until(probe, options);
  for (value = 1; value < 4; value++) watch.notify();
  expect(await waiting).toBe('at 2');
  expect(probe).toHaveBeenCalledTimes(3);
});

test('a wait in vain says how things stand', async () => {
  const waiting = new Watch().until(() => false, { ...options, timeoutMs: 5 });
  await expect(waiting).rejects.toThrow(new WaitError('waited 5 ms in vain: state of things'));
});

test('an abort ends a wait with its reason, also one that was before', async () => {
  const watch = new Watch();
  const stop = new AbortController();
  const waiting = watch.until(() => false, { ...options, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(watch.until(() => false, { ...options, signal: stop.signal })).rejects.toThrow('enough');
});

test('closing ends all waits, and later ones that are not true at once', async () => {
  const watch = new Watch();
  const waiting = watch.until(() => false, options);
  watch.close('over');
  watch.close('again');
  await expect(waiting).rejects.toThrow(new WaitError('over: state of things'));
  await expect(watch.until(() => false, options)).rejects.toThrow('over');
  expect(await watch.until(() => true, options)).toBe(true);
});

test('a probe that throws fails its own wait only', async () => {
  const watch = new Watch();
  let broken = false;
  const failing = watch.until(() => {
    if (broken) throw new Error('broken probe');
    return false;
  }, options);
  const other = watch.until(() => broken, options);
  broken = true;
  watch.notify();
  await expect(failing).rejects.toThrow('broken probe');
  expect(await other).toBe(true);
});
