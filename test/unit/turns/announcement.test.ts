// Words before an action: they are heard to their end, waited for, or interrupted.
import { expect, test } from 'vitest';
import { Announcement } from '../../../src/turns/announcement.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';

const NEVER = new AbortController().signal;

function watch(announcement: Announcement, awaitWords: boolean, signal = NEVER) {
  const seen: { end?: string } = {};
  announcement.heard(awaitWords, signal).then(
    (end) => {
      seen.end = end;
    },
    () => {
      seen.end = 'aborted';
    },
  );
  return seen;
}

test.each<[string, boolean, (clock: FakeClock, announcement: Announcement) => Promise<void>, number]>([
  ['silence, and no words are expected', false, async () => {}, 0],
  [
    'words that come in time',
    true,
    async (clock, words) => {
      await clock.advance(3_000);
      words.speaking(true);
      await clock.advance(5_000);
      words.speaking(false);
    },
    0,
  ],
  ['words that never come', true, async () => {}, 4_000],
  ['words without an end', false, async (_, words) => words.speaking(true), 0],
])('%s', async (_, awaitWords, happens, laterMs) => {
  using clock = fakeClock();
  const announcement = new Announcement();
  const seen = watch(announcement, awaitWords);
  await happens(clock, announcement);
  if (laterMs > 0) {
    await clock.advance(laterMs - 1);
    expect(seen.end).toBeUndefined();
    await clock.advance(1);
  }
  await clock.settle();
  expect(seen.end).toBe('heard');
  expect(clock.timers).toBe(0);
});

test('words that are being heard are heard to their end, at most 20 s', async () => {
  using clock = fakeClock();
  const announcement = new Announcement();
  announcement.speaking(true);
  const seen = watch(announcement, false);
  await clock.advance(19_999);
  expect(seen.end).toBeUndefined();
  await clock.advance(1);
  expect(seen.end).toBe('heard');
});

test('an interruption and the end of the call end the wait', async () => {
  using clock = fakeClock();
  const announcement = new Announcement();
  announcement.speaking(true);
  const stop = new AbortController();
  const [interrupted, aborted] = [watch(announcement, false), watch(new Announcement(), true, stop.signal)];
  announcement.interrupted();
  stop.abort(new Error('over'));
  await clock.settle();
  expect([interrupted.end, aborted.end]).toEqual(['interrupted', 'aborted']);
  expect(clock.timers).toBe(0);
});
