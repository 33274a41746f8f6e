// Two small parts with a clock: what waited goes out no faster than the service can follow, and a session's known end.
import { expect, test } from 'vitest';
import { SessionAge } from '../../../src/session/age.js';
import { Backlog } from '../../../src/session/backlog.js';
import type { Input } from '../../../src/session/wire.js';
import { fakeClock } from '../../support/fake-clock.js';
import { frame, marks } from '../../support/supervised.js';

const audio = (mark: number): Input => ({ type: 'audio', chunk: frame(mark), voiced: true });

test('a backlog goes out at four frames a tick, in order with what is added, and gives back what is left', async () => {
  using clock = fakeClock();
  const sent: Input[] = [];
  const backlog = new Backlog((input) => sent.push(input));
  backlog.start(Array.from({ length: 10 }, (_, index) => audio(index + 1)));
  expect(marks(sent)).toEqual([1, 2, 3, 4]);
  backlog.add(audio(11));
  await clock.advance(20);
  expect(marks(sent)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(marks(backlog.stop())).toEqual([9, 10, 11]);
  expect(backlog.isEmpty).toBe(true);
  await clock.advance(1_000);
  expect(sent).toHaveLength(8);
  expect(clock.timers).toBe(0);
});

test('the end of a session is reported 45 s ahead, sooner once it has seen pictures, and not after it was stopped', async () => {
  using clock = fakeClock();
  const near: number[] = [];
  const age = new SessionAge({
    limits: { sessionAudioMs: 900_000, sessionVideoMs: 120_000 },
    onNear: (leftMs) => near.push(leftMs),
  });
  age.begin();
  await clock.advance(60_000);
  age.sawVideo();
  await clock.advance(14_000);
  expect(near).toEqual([]);
  await clock.advance(1_001);
  expect(near).toEqual([45_000]);
  age.begin();
  await clock.advance(120_000);
  expect(near).toEqual([45_000]);
  age.stop();
  expect(clock.timers).toBe(0);
});
