// How many calls a worker takes: running ones and promised ones share the same slots.
import { describe, expect, test } from 'vitest';
import { Slots } from '../../../agent/worker/slots.js';

/** Longer than any promise is kept. */
const LONG_MS = 60_000;

function slots(max: number): { slots: Slots; wait: (ms: number) => void } {
  let nowMs = 1_000;
  return {
    slots: new Slots(max, () => nowMs),
    wait: (ms) => {
      nowMs += ms;
    },
  };
}

describe('slots', () => {
  test('are promised until there is none left', () => {
    const { slots: two } = slots(2);
    expect(two.reserve('a')).toBe(true);
    expect(two.reserve('b')).toBe(true);
    expect(two.reserve('c')).toBe(false);
  });

  test('count a promised job and its run once', () => {
    const { slots: two } = slots(2);
    two.reserve('a');
    expect(two.load(['a'])).toBe(0.5);
    expect(two.reserve('b')).toBe(true);
    expect(two.reserve('c')).toBe(false);
    expect(two.load(['a', 'b'])).toBe(1);
  });

  test('are free again when a job has ended', () => {
    const { slots: one } = slots(1);
    one.reserve('a');
    one.load(['a']);
    expect(one.reserve('b')).toBe(false);
    expect(one.load([])).toBe(0);
    expect(one.reserve('b')).toBe(true);
  });

  test('are free again when a promised job never came', () => {
    const { slots: one, wait } = slots(1);
    one.reserve('went elsewhere');
    wait(5_000);
    expect(one.reserve('b')).toBe(false);
    wait(LONG_MS);
    expect(one.reserve('b')).toBe(true);
  });

  test('of a job that runs are kept however long it runs', () => {
    const { slots: one, wait } = slots(1);
    one.reserve('a');
    one.load(['a']);
    wait(LONG_MS);
    expect(one.load(['a'])).toBe(1);
    expect(one.reserve('b')).toBe(false);
  });

  test('that were promised twice to one job are one', () => {
    const { slots: two } = slots(2);
    two.reserve('a');
    two.reserve('a');
    expect(two.load([])).toBe(0.5);
  });

  test('promised to the job that asks again are still its own when all are taken', () => {
    const { slots: one } = slots(1);
    expect(one.reserve('a')).toBe(true);
    expect(one.reserve('a')).toBe(true);
    expect(one.reserve('b')).toBe(false);
  });

  test('make a load between 0 and 1, also with more jobs than slots', () => {
    const { slots: four } = slots(4);
    expect(four.load([])).toBe(0);
    expect(four.load(['a'])).toBe(0.25);
    expect(four.load(['a', 'b', 'c', 'd', 'e', 'f'])).toBe(1);
    expect(four.reserve('g')).toBe(false);
  });

  test('are free again when a job is not accepted after all', () => {
    const { slots: one } = slots(1);
    expect(one.reserve('a')).toBe(true);
    one.release('a');
    expect(one.reserve('b')).toBe(true);
  });

  test('that were promised are waited for until their jobs run, or nobody asks for them any more', async () => {
    const { slots: two } = slots(2);
    const running = new Set(['a']);
    await two.settled(() => running);
    two.reserve('b', running);
    let isSettled = false;
    const settled = two
      .settled(() => running, 10_000)
      .then(() => {
        isSettled = true;
      });
    await Promise.resolve();
    expect(isSettled).toBe(false);
    running.add('b');
    await settled;
    two.reserve('c', running);
    await two.settled(() => running, 0);
  });
});
