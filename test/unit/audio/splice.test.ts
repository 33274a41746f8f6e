// A recording and the microphone that goes on from it: joined without a syllable twice, whatever they share.
import { expect, test } from 'vitest';
import { overlapOf, splice } from '../../../src/audio/splice.js';
import { readFixture } from '../../support/fixtures.js';
import { silence, sine } from '../../support/tone.js';

const RATE = 16_000;
const ms = (value: number): number => (value * RATE) / 1000;

/** As another encoder would give it: quieter, with a little noise, some samples late. */
function again(samples: Int16Array): Int16Array {
  let seed = 1;
  return samples.map((sample) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return sample * 0.8 + (seed % 100) - 50;
  });
}

test.each([100, 150, 300, 700, 1_200])(
  'an overlap of %d ms of speech is found to the millisecond',
  async (shared) => {
    const { samples } = await readFixture('jfk');
    // Several places in the sentence, in words and between them.
    for (const atMs of [1_000, 3_800, 4_300, 5_900, 8_600, 9_400]) {
      const recorded = samples.slice(ms(atMs - 1_000), ms(atMs + shared));
      const live = again(samples.slice(ms(atMs), ms(atMs + 1_500)));
      const overlap = overlapOf(recorded, live);
      expect(Math.abs(overlap - ms(shared)), `at ${atMs} ms`).toBeLessThan(ms(2));
    }
  },
);

test('speech that merely follows is not taken for the same', async () => {
  const { samples } = await readFixture('jfk');
  let cutMs = 0;
  for (let atMs = 1_000; atMs < 9_000; atMs += 100) {
    const recorded = samples.slice(ms(atMs - 1_000), ms(atMs));
    cutMs += (overlapOf(recorded, again(samples.slice(ms(atMs + 50), ms(atMs + 1_500)))) / RATE) * 1000;
  }
  // One period of a vowel may pass for another now and then, which costs a part of a syllable.
  expect(cutMs / 80).toBeLessThan(8);
});

test('silence overlaps with nothing, so that nothing is cut', () => {
  expect(overlapOf(silence(1_000, RATE), silence(1_000, RATE))).toBe(0);
  expect(overlapOf(new Int16Array(0), sine(440, 500, RATE))).toBe(0);
  expect(overlapOf(sine(440, 500, RATE), new Int16Array(0))).toBe(0);
});

test('what is joined has neither step nor gap', () => {
  const tone = sine(440, 2_000, RATE);
  const largest = Math.max(...tone.subarray(1).map((sample, at) => Math.abs(sample - (tone[at] ?? 0))));
  const live = tone.slice(ms(800));
  const before = splice(tone.slice(0, ms(1_000)), live, ms(200));
  const joined = [...before, ...live];
  expect(joined).toHaveLength(tone.length);
  for (let at = 1; at < joined.length; at += 1) {
    expect(Math.abs((joined[at] ?? 0) - (joined[at - 1] ?? 0))).toBeLessThanOrEqual(largest + 2);
  }
});

test('where nothing is shared both go through zero', () => {
  const live = new Int16Array(ms(100)).fill(-8_000);
  const before = splice(new Int16Array(ms(100)).fill(8_000), live, 0);
  expect(before).toHaveLength(ms(100));
  expect(Math.abs(before.at(-1) ?? 1)).toBeLessThan(150);
  expect(Math.abs(live[0] ?? 1)).toBeLessThan(150);
});
