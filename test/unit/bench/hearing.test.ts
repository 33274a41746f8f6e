// What a listener is said to have heard, frame by frame on a clock of its own.
import { describe, expect, test } from 'vitest';
import { Hearing } from '../../../bench/src/room/hearing.js';

const LOUD = 7_000;
const QUIET = 12;

/** A hearing whose frames come every 10 ms from 1000 ms on. */
function hear(...levels: readonly number[]) {
  let nowMs = 1_000;
  const hearing = new Hearing(() => nowMs);
  const note = (level: number): void => {
    hearing.note(level);
    nowMs += 10;
  };
  for (const level of levels) note(level);
  return { hearing, note };
}

describe('onset', () => {
  test('is the first loud frame from the given moment on', async () => {
    const { hearing } = hear(LOUD, QUIET, QUIET, LOUD, LOUD);
    expect(await hearing.onset(1_005, 1_000)).toBe(1_030);
  });

  test('is waited for', async () => {
    const { hearing, note } = hear(QUIET);
    const onset = hearing.onset(1_000, 1_000);
    note(QUIET);
    note(LOUD);
    expect(await onset).toBe(1_020);
  });

  test('is not known when nothing loud comes', async () => {
    const { hearing } = hear(QUIET, QUIET);
    expect(await hearing.onset(1_000, 20)).toBeUndefined();
  });
});

describe('end', () => {
  test('is the last loud frame before enough silence', async () => {
    const { hearing, note } = hear(LOUD, QUIET, LOUD, QUIET, QUIET);
    const end = hearing.end(30, 1_000);
    note(QUIET);
    expect(await end).toBe(1_020);
  });

  test('a silence that is too short is not the end', async () => {
    const { hearing, note } = hear(LOUD, QUIET, QUIET);
    const end = hearing.end(30, 1_000);
    note(LOUD);
    for (let frame = 0; frame < 3; frame += 1) note(QUIET);
    expect(await end).toBe(1_030);
  });

  test('is not known while it goes on', async () => {
    const { hearing } = hear(QUIET, LOUD, QUIET, LOUD);
    expect(await hearing.end(30, 20)).toBeUndefined();
  });
});

test('silence inside counts the quiet frames between the first and the last loud one', () => {
  expect(hear(QUIET, LOUD, QUIET, QUIET, LOUD, QUIET, LOUD, QUIET).hearing.silenceInsideMs).toBe(30);
  expect(hear(QUIET, QUIET).hearing.silenceInsideMs).toBe(0);
});

test('what is forgotten counts no more', () => {
  const { hearing, note } = hear(LOUD, QUIET, LOUD);
  hearing.forget();
  note(LOUD);
  note(QUIET);
  expect(hearing.silenceInsideMs).toBe(0);
  expect(hearing.firstLoudAfter(0)).toBe(1_030);
});

test('frames that do not come are reported', async () => {
  const { hearing } = hear(QUIET);
  await expect(hearing.frames(2, 20)).rejects.toThrow('heard 1 of 2 frames');
});
