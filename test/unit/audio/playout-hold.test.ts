// A voice that is held: silent at once, nothing is lost, and it goes on a little before where it stopped.
import { expect, test } from 'vitest';
import { Playout } from '../../../src/audio/playout.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { FakeSink } from '../../support/fake-sink.js';

const RATE = 24_000;
const MS = RATE / 1000;

/** A rising ramp in which each millisecond has a number of its own, with a pause from 400 to 420 ms. */
function numbered(durationMs: number): Int16Array {
  return Int16Array.from({ length: durationMs * MS }, (_, at) => {
    const ms = Math.floor(at / MS);
    return ms >= 400 && ms < 420 ? 0 : 1_000 + ms;
  });
}

function setUp() {
  const sink = new FakeSink();
  const heard: number[] = [];
  const playout = new Playout({
    sink,
    onProgress: (position) => heard.push(position),
    onError: (error) => {
      throw error;
    },
    onStall: () => {},
  });
  return { sink, playout, heard };
}

async function playFor(clock: FakeClock, ms: number): Promise<void> {
  await clock.advance(ms);
}

test('falls silent at once, and goes on at the pause before, with all that was not heard', async () => {
  using clock = fakeClock();
  const { sink, playout, heard } = setUp();
  playout.write(numbered(1_000));
  playout.flush();
  await playFor(clock, 500);
  expect(playout.hold()).toBe(true);
  const before = sink.played.length;
  expect(before).toBeLessThanOrEqual(520 * MS);
  await playFor(clock, 2_000);
  expect(sink.played.length).toBe(before);
  expect(playout.playing).toBeUndefined();
  // The echo of what was heard last is still to come; what was not heard has none.
  const tail = new Int16Array(60 * MS);
  playout.read(tail, 450 * MS);
  expect(tail[0]).toBe(1_450);
  expect(tail[30 * MS]).toBe(1_480);
  expect(tail.at(-1)).toBe(0);
  playout.resume();
  await playFor(clock, 1_500);
  const again = sink.played.subarray(before);
  // From the pause on: its silence, then the 420th millisecond.
  expect(again[0]).toBe(0);
  expect(again[30 * MS]).toBeGreaterThanOrEqual(1_420);
  // The last frame is filled up with silence.
  expect(again.findLast((sample) => sample !== 0)).toBe(1_999);
  expect(playout.heard).toBe(playout.written);
  expect([...heard]).toEqual([...heard].sort((a, b) => a - b));
  expect(sink.faults).toEqual([]);
  expect(playout.underruns).toBe(0);
  playout.close();
  expect(clock.timers).toBe(0);
});

test('what is written while it is held comes after the rest', async () => {
  using clock = fakeClock();
  const { sink, playout } = setUp();
  playout.write(numbered(300));
  await playFor(clock, 100);
  playout.hold();
  playout.write(Int16Array.from({ length: 200 * MS }, () => 7_777));
  playout.flush();
  await playFor(clock, 300);
  playout.resume();
  await playFor(clock, 1_000);
  const first = sink.played.indexOf(7_777);
  expect(sink.played[first - 1]).toBe(1_299);
  expect(sink.played.filter((sample) => sample === 7_777)).toHaveLength(200 * MS);
  expect(playout.heard).toBe(playout.written);
  playout.close();
});

test('an interruption inside a hold drops the rest, and the next answer is played', async () => {
  using clock = fakeClock();
  const { sink, playout } = setUp();
  playout.write(numbered(1_000));
  await playFor(clock, 300);
  playout.hold();
  playout.clear();
  playout.resume();
  await playFor(clock, 500);
  const before = sink.played.length;
  playout.write(Int16Array.from({ length: 100 * MS }, () => 5));
  playout.flush();
  await playFor(clock, 500);
  expect([...new Set(sink.played.subarray(before))]).toEqual([5]);
  expect(playout.heard).toBe(playout.written);
  playout.close();
});

test('silence cannot be held', async () => {
  using clock = fakeClock();
  const { playout } = setUp();
  expect(playout.hold()).toBe(false);
  playout.write(numbered(100));
  playout.flush();
  await playFor(clock, 1_000);
  expect(playout.hold()).toBe(false);
  playout.close();
});

test('what is being played can be read by its position', async () => {
  using clock = fakeClock();
  const { playout } = setUp();
  playout.write(numbered(1_000));
  await playFor(clock, 500);
  const position = playout.playing ?? 0;
  expect(Math.abs(position - 500 * MS)).toBeLessThanOrEqual(20 * MS);
  const read = new Int16Array(2);
  playout.read(read, 300 * MS);
  expect([...read]).toEqual([1_300, 1_300]);
  playout.read(read, 10_000 * MS);
  expect([...read]).toEqual([0, 0]);
  playout.read(read, -1);
  expect([...read]).toEqual([0, 1_000]);
  playout.close();
});
