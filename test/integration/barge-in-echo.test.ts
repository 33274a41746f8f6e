// The agent's own voice that comes back through a loudspeaker holds no answer; a person who speaks over it does.
// `npm run soak -- barge-in` has ten minutes of each.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INPUT_RATE, joinSamples } from '../../src/audio/pcm.js';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import type { VoiceActivity } from '../../src/audio/voice-activity.js';
import { echoOf, mixInto, react, spoken } from '../support/echo-room.js';
import { type Fixture, readFixture } from '../support/fixtures.js';

let detection: VoiceActivity;

beforeAll(() => {
  detection = openVoiceActivity({
    onFailed: (error) => {
      throw error;
    },
  });
});

afterAll(() => detection.close());

const clip = async (name: Fixture): Promise<Int16Array> => {
  const { samples, rate } = await readFixture(name);
  expect(rate).toBe(INPUT_RATE);
  return samples;
};

test.each([
  [20, -6],
  [100, -12],
  [300, -6],
  [300, -20],
  // Through two jitter buffers of a bad network.
  [620, -6],
])('echo after %d ms at %d dB is not taken for speech', async (delayMs, gainDb) => {
  const voice = await clip('jfk');
  const { holds, ends } = await react(detection, voice, echoOf(voice, delayMs, gainDb));
  expect({ holds, ends }).toEqual({ holds: [], ends: [] });
});

test.each([100, 620])(
  'a person who speaks over an echo after %d ms holds the voice and ends the answer',
  async (delayMs) => {
    const [voice, person] = [await clip('jfk'), await clip('ss0870')];
    const microphone = echoOf(voice, delayMs, -12);
    const fromMs = 5_000;
    mixInto(microphone, person, fromMs);
    const { holds, ends } = await react(detection, voice, microphone);
    expect(holds[0]).toBeGreaterThan(fromMs - 64);
    expect(ends.length).toBeGreaterThan(0);
  },
);

test('a person who is softer than the echo ends the answer too', async () => {
  const clips = await Promise.all((['jfk', 'ss0880', 'goforward', 'card001'] as const).map(clip));
  const voice = spoken(clips, 56_000);
  const microphone = echoOf(voice, 600, -6);
  const fromMs = 52_000;
  mixInto(microphone, await clip('ss0870'), fromMs);
  const { ends } = await react(detection, voice, microphone);
  expect(ends[0]).toBeGreaterThan(fromMs);
  expect(ends[0]).toBeLessThan(fromMs + 2_000);
});

test('an echo that is covered by louder people for a while is known again soon after, and ends nothing', async () => {
  const clips = await Promise.all((['jfk', 'ss0880', 'goforward', 'card001'] as const).map(clip));
  const voice = spoken(clips, 45_000);
  const microphone = echoOf(voice, 600, -20);
  const person = await clip('ss0870');
  const [coversMs, againMs] = [29_700, 41_100];
  mixInto(microphone, person, coversMs);
  mixInto(microphone, person, againMs);
  const { holds, ends } = await react(detection, voice, microphone);
  const overMs = coversMs + (person.length * 1000) / INPUT_RATE + 300;
  expect(holds.filter((atMs) => atMs > overMs && atMs < againMs)).toEqual([]);
  expect(ends.find((atMs) => atMs > againMs)).toBeLessThan(againMs + 2_000);
});

test('an echo that comes later and later, as a jitter buffer grows, ends nothing, and a person over it does', async () => {
  const voice = joinSamples([await clip('jfk'), await clip('jfk')]);
  const laterMs = (atMs: number): number => (atMs < 8_000 ? 180 : atMs < 14_000 ? 300 : 240);
  expect((await react(detection, voice, echoOf(voice, laterMs, -6))).ends).toEqual([]);
  const microphone = echoOf(voice, laterMs, -6);
  mixInto(microphone, await clip('ss0870'), 18_000);
  const { ends } = await react(detection, voice, microphone);
  expect(ends[0]).toBeGreaterThan(18_000);
});

test.each(['noise-keyboard', 'noise-office'] as const)('%s holds nothing', async (noise) => {
  const voice = await clip('jfk');
  const { holds, ends } = await react(detection, voice, Float32Array.from(await clip(noise)));
  expect({ holds, ends }).toEqual({ holds: [], ends: [] });
});
