// The echo of a voice is found in a microphone by what was played, and no other sound is taken for it.
import { expect, test } from 'vitest';
import { EchoSearch, IS_ECHO } from '../../../src/audio/echo-search.js';
import { INPUT_RATE } from '../../../src/audio/pcm.js';
import { echoOf, upsampled } from '../../support/echo-room.js';
import { type Fixture, readFixture } from '../../support/fixtures.js';

const FRAME = INPUT_RATE / 50;

async function likenesses(voice: Fixture, microphoneOf: (voice: Int16Array) => ArrayLike<number>) {
  const { samples } = await readFixture(voice);
  const microphone = Int16Array.from(microphoneOf(samples));
  const up = upsampled(samples);
  const search = new EchoSearch();
  const found: number[] = [];
  for (let at = 0; at + FRAME <= Math.min(samples.length, microphone.length); at += FRAME) {
    const heard = microphone.slice(at, at + FRAME);
    search.push(up.slice(at * 1.5, (at + FRAME) * 1.5), heard, heard);
    if (at % (10 * FRAME) !== 0) continue;
    const { likeness } = search.ofHeard();
    // 0: there was nothing to compare.
    if (likeness > 0) found.push(likeness);
  }
  return found.sort((a, b) => a - b);
}

test.each([
  [0, -6],
  [150, -12],
  [300, -20],
  [700, -6],
])('an echo after %d ms at %d dB is found', async (delayMs, gainDb) => {
  const found = await likenesses('jfk', (voice) => echoOf(voice, delayMs, gainDb));
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((likeness) => likeness >= IS_ECHO).length / found.length).toBeGreaterThan(0.85);
});

test.each(['ss0870', 'goforward', 'noise-office', 'noise-keyboard'] as const)(
  '%s is not taken for it',
  async (other) => {
    const { samples } = await readFixture(other);
    const found = await likenesses('jfk', () => samples);
    expect(found.filter((likeness) => likeness >= IS_ECHO).length).toBeLessThanOrEqual(1);
  },
);

test('silence is no echo', async () => {
  expect(await likenesses('jfk', (voice) => new Int16Array(voice.length))).toEqual([]);
});
