// Twenty sentences beside a keyboard, with the floor and without: recognition finds the same first word in each.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FloorMixer } from '../../src/audio/floor-mixer.js';
import { joinSamples, type PcmChunk } from '../../src/audio/pcm.js';
import { openVoiceActivity } from '../../src/audio/silero-thread.js';
import { Floor } from '../../src/turns/floor.js';
import { builtFile } from '../support/built.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { startSameAnswer } from '../support/short-answers.js';
import { concat, silence } from '../support/tone.js';
import { transcribeUtterances } from '../support/transcribe.js';
import { wordsOf } from '../support/words.js';

const RATE = 16_000;
const FRAME = 320;
const CLIPS: readonly Fixture[] = ['goforward', 'card001', 'ss0880', 'ss0870'];
const TIMES = 5;
/** Longer than the pause that ends a sentence. */
const PAUSE_MS = 2_500;
/** Faster than real time by so much. */
const PACE = 4;

let liveApi: LiveApiServer;

beforeAll(async () => {
  await builtFile('src/audio/silero-thread-main.ts');
  liveApi = await startSameAnswer('Yes.', { record: false });
});

afterAll(async () => {
  await liveApi?.close();
});

test('no first word of 20 is lost to the floor', async () => {
  const clips = await Promise.all(CLIPS.map((name) => readFixture(name)));
  const sentences = Array.from({ length: TIMES }, () => clips).flat();
  const spoken = concat(...sentences.flatMap(({ samples }) => [samples, silence(PAUSE_MS, RATE)]));
  const keyboard = await readFixture('noise-keyboard');
  const through = await throughFloor(spoken, keyboard.samples);
  const without = await transcribeUtterances(spoken, RATE, liveApi.url);
  const withFloor = await transcribeUtterances(through, RATE, liveApi.url);
  console.log(without.map((text, index) => `${text} | ${withFloor[index]}`).join('\n'));
  expect(withFloor.map(firstWord)).toEqual(without.map(firstWord));
  expect(without.length).toBeGreaterThanOrEqual(sentences.length);
});

function firstWord(text: string): string {
  return wordsOf(text)[0] ?? '';
}

/** What the model is sent of one who speaks, and of another who types. */
async function throughFloor(spoken: Int16Array, noise: Int16Array): Promise<Int16Array> {
  const sent: Int16Array[] = [];
  const floor = new Floor({ onChange: () => {} });
  const voiceActivity = openVoiceActivity({
    onFailed: (error) => {
      throw error;
    },
  });
  const unheard: string[] = [];
  const mixer = new FloorMixer({
    floor,
    voiceActivity,
    send: ({ samples }) => sent.push(samples),
    onSpeaker: () => {},
    onUnheard: (identity) => unheard.push(identity),
  });
  mixer.add('TR_ana', 'ana');
  mixer.add('TR_ben', 'ben');
  for (let at = 0; at + FRAME <= spoken.length; at += FRAME) {
    mixer.push('TR_ana', frameOf(spoken, at));
    mixer.push('TR_ben', frameOf(noise, at % (noise.length - FRAME)));
    // biome-ignore lint/plugin: the detection is as far behind as in a call, where frames come one by one
    await new Promise((resolve) => setTimeout(resolve, 20 / PACE));
  }
  mixer.close();
  floor.close();
  voiceActivity.close();
  expect(unheard).toEqual([]);
  return joinSamples(sent);
}

function frameOf(samples: Int16Array, at: number): PcmChunk {
  return { samples: samples.slice(at, at + FRAME), rate: RATE };
}
