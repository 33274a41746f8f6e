// Voice activity detection with its model: speech is distinguished from noise, in one thread for all calls of a process.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PcmChunk } from '../../src/audio/pcm.js';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import {
  SpeechState,
  type VoiceActivity,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from '../../src/audio/voice-activity.js';
import { builtFile } from '../support/built.js';
import { type Fixture, readFixture } from '../support/fixtures.js';

const FRAME_SAMPLES = 320;
/** A window's result is awaited so long at most. */
const RESULT_MS = 20_000;

const open = new Set<VoiceActivity>();
const failures: Error[] = [];

async function opened(options: { modelPath?: string } = {}): Promise<VoiceActivity> {
  await builtFile('src/audio/silero-thread-main.ts');
  const activity = openVoiceActivity({ ...options, onFailed: (error) => failures.push(error) });
  open.add(activity);
  return activity;
}

afterEach(() => {
  for (const activity of open) activity.close();
  open.clear();
  failures.length = 0;
});

function framesOf({ samples, rate }: PcmChunk): PcmChunk[] {
  const frames: PcmChunk[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    frames.push({ samples: samples.slice(at, at + FRAME_SAMPLES), rate });
  }
  return frames;
}

/** The probability of each window of a sound. */
async function probabilitiesOf(activity: VoiceActivity, sound: PcmChunk): Promise<number[]> {
  const probabilities: number[] = [];
  const detector = activity.detect((probability) => probabilities.push(probability));
  const frames = framesOf(sound);
  for (const frame of frames) detector.push(frame);
  const windows = Math.floor((frames.length * FRAME_SAMPLES) / WINDOW_SAMPLES);
  await vi.waitFor(() => expect(probabilities).toHaveLength(windows), { timeout: RESULT_MS, interval: 10 });
  detector.close();
  return probabilities;
}

/** Whole seconds, so that the thread is never more than 3 s behind. */
async function part(name: Fixture, fromS: number, seconds: number): Promise<PcmChunk> {
  const { samples, rate } = await readFixture(name);
  expect(rate).toBe(16_000);
  return { samples: samples.slice(fromS * rate, (fromS + seconds) * rate), rate };
}

describe('the model', () => {
  test.each(['goforward', 'jfk', 'card001'] as const)('finds the speech of %s', async (name) => {
    const activity = await opened();
    const state = new SpeechState();
    const probabilities = await probabilitiesOf(activity, await part(name, 0, 2));
    const changes = probabilities.map((probability) => state.step(probability));
    expect(changes).toContain('started');
    expect(failures).toEqual([]);
  });

  test.each(['noise-keyboard', 'noise-office'] as const)('finds none in %s', async (name) => {
    const activity = await opened();
    const state = new SpeechState();
    const probabilities = await probabilitiesOf(activity, await part(name, 0, 2));
    expect(probabilities.map((probability) => state.step(probability))).not.toContain('started');
    expect(probabilities.length * WINDOW_MS).toBeGreaterThan(1_900);
  });

  test('keeps microphones apart, and gives each the same results as alone', async () => {
    const activity = await opened();
    const [speech, noise] = [await part('jfk', 0, 2), await part('noise-office', 0, 2)];
    const alone = await probabilitiesOf(activity, speech);
    const [together, ofNoise] = await Promise.all([
      probabilitiesOf(activity, speech),
      probabilitiesOf(activity, noise),
      ...Array.from({ length: 20 }, () => probabilitiesOf(activity, noise)),
    ]);
    expect(Math.max(...ofNoise)).toBeLessThan(0.5);
    for (const [index, probability] of together.entries())
      expect(probability).toBeCloseTo(alone[index] ?? -1, 2);
  });

  test('goes on for another call when one ends, and is there again after the last', async () => {
    const [first, second] = [await opened(), await opened()];
    const speech = await part('goforward', 0, 1);
    first.close();
    first.close();
    await probabilitiesOf(second, speech);
    second.close();
    await probabilitiesOf(await opened(), speech);
    expect(failures).toEqual([]);
  });

  test('whose file is missing is reported once, and loudness decides', async () => {
    const activity = await opened({ modelPath: '/nowhere/silero_vad.onnx' });
    await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: RESULT_MS, interval: 10 });
    const probabilities = await probabilitiesOf(activity, await part('goforward', 0, 2));
    expect(probabilities).toContain(1);
    expect(failures).toHaveLength(1);
  });
});
