// The agent's own voice that comes back through a loudspeaker holds no answer; a person who speaks over it does.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { INPUT_RATE } from '../../src/audio/pcm.js';
import type { Played } from '../../src/audio/recent-audio.js';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import type { VoiceActivity } from '../../src/audio/voice-activity.js';
import { BargeIn } from '../../src/lanes/barge-in.js';
import { openEchoCanceller } from '../../src/room/native/echo-canceller.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { quietLog } from '../support/supervised.js';

const FRAME = INPUT_RATE / 50;
/** From the source to a loudspeaker, and from a microphone to us. */
const LOOP_MS = 120;

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

/** To 24 kHz, as the agent plays it. */
function upsampled(samples: Int16Array): Int16Array {
  const up = new Int16Array(Math.floor(samples.length * 1.5));
  for (let at = 0; at < up.length; at += 1) {
    const from = at / 1.5;
    const before = Math.floor(from);
    const [a = 0, b = 0] = [samples[before], samples[before + 1]];
    up[at] = a + (b - a) * (from - before);
  }
  return up;
}

/** As a loudspeaker and a room give it back: late, softer, with reflections that fade within 200 ms. */
function echoOf(voice: Int16Array, delayMs: number, gainDb: number): Float64Array {
  const echo = new Float64Array(voice.length + INPUT_RATE);
  const gain = 10 ** (gainDb / 20);
  const taps: [number, number][] = [[0, 1]];
  for (let tap = 1; tap <= 24; tap += 1) {
    const lateMs = tap * 7.3 + (tap % 3) * 2.1;
    taps.push([lateMs, (tap % 2 ? -0.6 : 0.6) * 10 ** ((-60 * lateMs) / 300 / 20)]);
  }
  for (const [lateMs, level] of taps) {
    const offset = Math.round(((LOOP_MS + delayMs + lateMs) * INPUT_RATE) / 1000);
    for (let at = 0; at < voice.length && at + offset < echo.length; at += 1)
      echo[at + offset]! += (voice[at] ?? 0) * gain * level;
  }
  return echo;
}

/** Plays a voice, hears a microphone, and returns when the voice would have been held, and whether the answer was ended. */
async function heard(
  voice: Int16Array,
  microphone: Float64Array,
): Promise<{ holds: number[]; ends: number[] }> {
  const up = upsampled(voice);
  let position = 0;
  const played: Played = {
    get playing() {
      return position < up.length ? position : undefined;
    },
    read: (into, from) => {
      for (let at = 0; at < into.length; at += 1) into[at] = up[from + at] ?? 0;
    },
  };
  const [holds, ends]: [number[], number[]] = [[], []];
  let windows = 0;
  const lane = new BargeIn({
    openDetection: () => ({
      detect: (onWindow) =>
        detection.detect((probability) => {
          windows += 1;
          onWindow(probability);
        }),
      close: () => {},
    }),
    openCanceller: () => openEchoCanceller(played, quietLog),
    hold: () => holds.push(windows * 32) > 0,
    resume: () => {},
    interrupt: () => void ends.push(windows * 32),
  });
  const track = { sid: 'TR_1', identity: 'ana', source: 'microphone', kind: 'audio', muted: false } as const;
  for (let at = 0; at + FRAME <= microphone.length; at += FRAME) {
    const samples = Int16Array.from(microphone.subarray(at, at + FRAME), (sample) =>
      Math.max(-32_768, Math.min(32_767, Math.round(sample))),
    );
    lane.frame(track, { samples, rate: INPUT_RATE });
    position += 480;
    // The thread judges in its own time: what is sent to it faster than it works would be dropped.
    if (at % (FRAME * 50) === 0)
      await vi.waitFor(() => expect(windows).toBeGreaterThanOrEqual(Math.floor(at / 512) - 2), 20_000);
  }
  await vi.waitFor(
    () => expect(windows).toBeGreaterThanOrEqual(Math.floor(microphone.length / 512) - 2),
    20_000,
  );
  lane.close();
  return { holds, ends };
}

test.each([
  [20, -6],
  [100, -12],
  [300, -6],
  [300, -20],
])('echo after %d ms at %d dB is not taken for speech', async (delayMs, gainDb) => {
  const voice = await clip('jfk');
  const { holds, ends } = await heard(voice, echoOf(voice, delayMs, gainDb));
  expect({ holds, ends }).toEqual({ holds: [], ends: [] });
});

test('a person who speaks over the echo holds the voice and ends the answer', async () => {
  const [voice, person] = [await clip('jfk'), await clip('ss0870')];
  const microphone = echoOf(voice, 100, -12);
  const fromMs = 5_000;
  person.forEach((sample, at) => {
    const place = (fromMs * INPUT_RATE) / 1000 + at;
    if (place < microphone.length) microphone[place]! += sample;
  });
  const { holds, ends } = await heard(voice, microphone);
  expect(holds[0]).toBeGreaterThan(fromMs - 64);
  expect(ends.length).toBeGreaterThan(0);
});

test.each(['noise-keyboard', 'noise-office'] as const)('%s holds nothing', async (noise) => {
  const voice = await clip('jfk');
  const { holds, ends } = await heard(voice, Float64Array.from(await clip(noise)));
  expect({ holds, ends }).toEqual({ holds: [], ends: [] });
});
