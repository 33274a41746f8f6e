// The shared clock: order, cancelling, and calls that fail.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedClock } from '../../src/clock/clock.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const open = (errors: unknown[] = []) => new SharedClock((error) => errors.push(error));

it('runs calls in the order of their times, those of one time in the order they were planned', () => {
  const clock = open();
  const ran: string[] = [];
  for (const [name, ms] of [
    ['d', 30],
    ['a', 10],
    ['b', 20],
    ['c', 20],
    ['now', 0],
  ] as const) {
    clock.after(ms, () => ran.push(name));
  }
  vi.advanceTimersByTime(100);
  expect(ran).toEqual(['now', 'a', 'b', 'c', 'd']);
  expect(clock.pending).toBe(0);
});

it('keeps a single timer for thousands of calls', () => {
  const clock = open();
  for (let n = 0; n < 5000; n++) clock.after((n * 7919) % 1000, () => undefined);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1001);
  expect(clock.pending).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it('does not run what was cancelled, and forgets it', () => {
  const clock = open();
  let ran = 0;
  const cancels = Array.from({ length: 1000 }, () => clock.after(50, () => ran++));
  clock.after(60, () => ran++);
  for (const cancel of cancels) cancel();
  for (const cancel of cancels) cancel();
  expect(clock.pending).toBe(1);
  vi.advanceTimersByTime(100);
  expect(ran).toBe(1);
});

it('goes on after a call that throws', () => {
  const errors: unknown[] = [];
  const clock = open(errors);
  let ran = false;
  clock.after(5, () => {
    throw new Error('broken');
  });
  clock.after(5, () => {
    ran = true;
  });
  vi.advanceTimersByTime(5);
  expect(ran).toBe(true);
  expect(errors).toEqual([new Error('broken')]);
});

it('waits longer than setTimeout can', () => {
  const clock = open();
  let ran = false;
  clock.after(30 * 24 * 3_600_000, () => {
    ran = true;
  });
  vi.advanceTimersByTime(29 * 24 * 3_600_000);
  expect(ran).toBe(false);
  vi.advanceTimersByTime(2 * 24 * 3_600_000);
  expect(ran).toBe(true);
});

it('runs nothing after close', () => {
  const clock = open();
  let ran = false;
  clock.after(5, () => {
    ran = true;
  });
  clock.close();
  vi.advanceTimersByTime(10);
  expect(ran).toBe(false);
});
