// What people say over a protected greeting: kept from the model, and sent once the greeting was heard.
import { expect, test } from 'vitest';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import { GreetingGuard } from '../../../src/lanes/greeting-guard.js';
import type { RemoteTrack } from '../../../src/room/port.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';

const TRACK: RemoteTrack = {
  sid: 'TR_1',
  identity: 'ana',
  source: 'microphone',
  kind: 'audio',
  muted: false,
};
const frame = (level: number): PcmChunk => ({ samples: new Int16Array(320).fill(level), rate: 16_000 });

function setUp(options: { isNeeded?: boolean; isManual?: boolean } = {}) {
  const sent: (number | string)[] = [];
  const unheard: number[] = [];
  const guard = new GreetingGuard({
    isNeeded: options.isNeeded ?? true,
    isManual: () => options.isManual ?? false,
    input: {
      sendAudio: ({ samples }, track) => void sent.push(track === TRACK ? (samples[0] ?? 0) : 'nobody'),
      endAudio: () => void sent.push('stream-end'),
      startActivity: () => void sent.push('start'),
      endActivity: () => void sent.push('end'),
    },
    onUnheard: (ms) => void unheard.push(ms),
  });
  const says = async (clock: FakeClock, levels: readonly number[]) => {
    for (const level of levels) {
      guard.sendAudio(frame(level), TRACK);
      await clock.advance(20);
    }
  };
  return { guard, sent, unheard, says };
}

const levels = (count: number, from: number): number[] => Array.from({ length: count }, (_, at) => from + at);

test('nothing is sent before the greeting was heard, then all speech in order, and what comes meanwhile after it', async () => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp();
  guard.sent();
  guard.voice(true);
  const speech = levels(30, 5_000);
  await says(clock, [...levels(10, 0), ...speech]);
  expect(sent).toEqual([]);
  guard.voice(false);
  expect(guard.isActive).toBe(false);
  await says(clock, levels(20, 6_000));
  const voiced = sent.filter((level) => Number(level) >= 1_000);
  expect(voiced).toEqual([...speech, ...levels(20, 6_000)]);
  await says(clock, [7_000]);
  expect(sent.at(-1)).toBe(7_000);
  guard.close();
  expect(clock.timers).toBe(0);
});

test('of silence only the last moment is sent, which holds the beginning of a word', async () => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp();
  guard.sent();
  guard.voice(true);
  await says(clock, Array(200).fill(3));
  guard.voice(false);
  await clock.advance(100);
  expect(sent).toHaveLength(12);
});

test('an answer before the greeting was sent does not count for it', async () => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp();
  guard.voice(true);
  guard.voice(false);
  await says(clock, levels(20, 5_000));
  expect(sent).toEqual([]);
  expect(guard.isActive).toBe(true);
  guard.close();
});

test.each([
  ['that does not begin', () => {}, 15_000],
  [
    'without an end',
    (guard: GreetingGuard) => {
      guard.sent();
      guard.voice(true);
    },
    60_000,
  ],
])('a greeting %s keeps nothing back in the long run', async (_, begin, ms) => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp();
  begin(guard);
  await says(clock, levels(10, 5_000));
  await clock.advance(ms - 1_000);
  expect(sent).toEqual([]);
  await clock.advance(1_000);
  expect(sent).toEqual(levels(10, 5_000));
});

test('of more than ten seconds the oldest is dropped, and reported', async () => {
  using clock = fakeClock();
  const { guard, sent, unheard, says } = setUp();
  guard.sent();
  guard.voice(true);
  await says(clock, levels(600, 5_000));
  guard.voice(false);
  expect(unheard).toEqual([2_000]);
  await clock.advance(5_000);
  expect(sent).toEqual(levels(500, 5_100));
});

test('turns by command are kept whole, with their begin and end, and one that is cancelled is not sent', async () => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp({ isManual: true });
  guard.sent();
  guard.voice(true);
  guard.startActivity();
  await says(clock, [1]);
  guard.endActivity();
  guard.discard();
  guard.startActivity();
  await says(clock, [2]);
  guard.endActivity();
  guard.voice(false);
  expect(sent).toEqual(['start', 2, 'end']);
});

test('without a greeting everything passes at once', async () => {
  using clock = fakeClock();
  const { guard, sent, says } = setUp({ isNeeded: false });
  await says(clock, [1]);
  guard.endAudio();
  expect(sent).toEqual([1, 'stream-end']);
  expect(clock.timers).toBe(0);
});
