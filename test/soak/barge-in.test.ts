// Local barge-in over ten minutes, faster than real time: `npm run soak -- barge-in`.
// Neither noise nor the agent's own voice stops it, a person does.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import type { VoiceActivity } from '../../src/audio/voice-activity.js';
import { echoOf, mixInto, react, spoken } from '../support/echo-room.js';
import { type Fixture, readFixture } from '../support/fixtures.js';

const TEN_MINUTES_MS = 600_000;
const DELAYS_MS = [20, 80, 160, 300, 600];
const GAINS_DB = [-6, -12, -20];
const ECHOES = DELAYS_MS.flatMap((delayMs) => GAINS_DB.map((gainDb) => [delayMs, gainDb] as const));

let detection: VoiceActivity;
let clips: Int16Array[];

beforeAll(async () => {
  detection = openVoiceActivity({
    onFailed: (error) => {
      throw error;
    },
  });
  clips = await Promise.all((['jfk', 'ss0880', 'goforward', 'card001'] as const).map(clip));
});

afterAll(() => detection.close());

const clip = async (name: Fixture): Promise<Int16Array> => (await readFixture(name)).samples;

test.each(ECHOES)('ten minutes: echo after %d ms at %d dB stops nothing', async (delayMs, gainDb) => {
  const voice = spoken(clips, TEN_MINUTES_MS / ECHOES.length);
  expect(await react(detection, voice, echoOf(voice, delayMs, gainDb))).toEqual({ holds: [], ends: [] });
});

test.each(['noise-keyboard', 'noise-office'] as const)('ten minutes of %s stop nothing', async (noise) => {
  const voice = spoken(clips, TEN_MINUTES_MS);
  const microphone = Float32Array.from(spoken([await clip(noise)], TEN_MINUTES_MS));
  expect(await react(detection, voice, microphone)).toEqual({ holds: [], ends: [] });
});

test.each(ECHOES)('a person who speaks over echo after %d ms at %d dB stops it', async (delayMs, gainDb) => {
  const voice = spoken(clips, 60_000);
  const microphone = echoOf(voice, delayMs, gainDb);
  const person = await clip('ss0870');
  const startsMs = [7_000, 18_300, 29_700, 41_100, 52_000];
  for (const atMs of startsMs) mixInto(microphone, person, atMs);
  const { holds, ends } = await react(detection, voice, microphone);
  const personMs = (person.length / 16_000) * 1000;
  const during = (times: readonly number[], atMs: number) =>
    times.filter((time) => time > atMs - 64 && time < atMs + personMs);
  const stopped = startsMs.map((atMs) => ({
    holdMs: Math.round((during(holds, atMs)[0] ?? Number.NaN) - atMs),
    endMs: Math.round((during(ends, atMs)[0] ?? Number.NaN) - atMs),
  }));
  console.log(`${delayMs} ms, ${gainDb} dB:`, JSON.stringify(stopped));
  for (const { endMs } of stopped) expect(endMs).toBeLessThan(2_000);
});
