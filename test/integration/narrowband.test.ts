// Voices on the telephone (300 to 3400 Hz, mu-law) open the gate, get the floor and hold the voice as well as others.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Gate } from '../../src/audio/gate.js';
import { INPUT_RATE, type PcmChunk } from '../../src/audio/pcm.js';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import {
  SpeechState,
  type VoiceActivity,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from '../../src/audio/voice-activity.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { overTelephone } from '../support/telephone.js';

const CLIPS: readonly Fixture[] = ['jfk', 'goforward', 'ss0870', 'ss0880', 'card001'];
const FRAME = INPUT_RATE / 50;

let detection: VoiceActivity;

beforeAll(() => {
  detection = openVoiceActivity({
    onFailed: (error) => {
      throw error;
    },
  });
});

afterAll(() => detection.close());

/** With a second of silence before, as on a line where nobody speaks yet. */
async function heard(clip: Fixture, gainDb: number): Promise<{ wide: Int16Array; narrow: Int16Array }> {
  const { samples } = await readFixture(clip);
  const wide = new Int16Array(INPUT_RATE + samples.length);
  wide.set(
    samples.map((sample) => sample * 10 ** (gainDb / 20)),
    INPUT_RATE,
  );
  return { wide, narrow: overTelephone(wide) };
}

/** When it opens, in ms, and how much passes. */
function throughGate(samples: Int16Array): { openMs: number; passedMs: number } {
  const gate = new Gate();
  const passed: PcmChunk[] = [];
  let openMs = Number.NaN;
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    gate.pass({ samples: samples.slice(at, at + FRAME), rate: INPUT_RATE }, passed);
    if (Number.isNaN(openMs) && gate.isOpen) openMs = (at / INPUT_RATE) * 1000;
  }
  return { openMs, passedMs: passed.length * 20 };
}

async function detected(samples: Int16Array): Promise<{ startMs: number; speechMs: number }> {
  const state = new SpeechState();
  const count = Math.floor(samples.length / WINDOW_SAMPLES);
  let windows = 0;
  let speechMs = 0;
  let startMs = Number.NaN;
  await new Promise<void>((resolve) => {
    const detector = detection.detect((probability) => {
      const change = state.step(probability);
      if (change === 'started' && Number.isNaN(startMs)) startMs = windows * WINDOW_MS;
      if (state.speaking) speechMs += WINDOW_MS;
      windows += 1;
      if (windows === Math.min(count, 90)) resolve();
    });
    // What waits for more than 3 s would be dropped.
    detector.push({ samples: samples.slice(0, 90 * WINDOW_SAMPLES), rate: INPUT_RATE });
  });
  return { startMs, speechMs };
}

test.each(CLIPS.flatMap((clip) => [0, -12, -20].map((gainDb) => [clip, gainDb] as const)))(
  '%s at %d dB',
  async (clip, gainDb) => {
    const { wide, narrow } = await heard(clip, gainDb);
    const [wideGate, narrowGate] = [throughGate(wide), throughGate(narrow)];
    const [wideVoice, narrowVoice] = [await detected(wide), await detected(narrow)];
    // The gate opens at what is audible before a clip's first word as well, which is softer on a telephone. At -20 dB
    // the softest voices are at its limit; without the gain for telephones one of them would not open it at all.
    const isFaint = gainDb === -20;
    expect(narrowGate.openMs).toBeLessThan(wideVoice.startMs + (isFaint ? 400 : 150));
    expect(narrowGate.passedMs).toBeGreaterThan((isFaint ? 0.65 : 0.8) * wideGate.passedMs);
    expect(Math.abs(narrowVoice.startMs - wideVoice.startMs)).toBeLessThanOrEqual(
      (isFaint ? 8 : 3) * WINDOW_MS,
    );
    expect(narrowVoice.speechMs).toBeGreaterThan(0.8 * wideVoice.speechMs);
  },
);
