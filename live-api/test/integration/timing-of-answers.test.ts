// From the end of what is said to the first sound of the answer, with real recognition and real speech.
import { Modality } from '@google/genai';
import { expect, it } from 'vitest';
import { type LiveApiServer, startLiveApi } from '../../src/index.js';
import { modelDir, readClip } from '../support/clips.js';
import { openMicrophone } from '../support/microphone.js';
import { connectSdk } from '../support/sdk-client.js';
import { fitting } from '../support/slowness.js';

const CLIPS = ['goforward', 'card001', 'ss0880', 'ss0870'];
const SILENCE_MS = 500;
const MOST_MS = 1_000;
const LOUD = 600;

/** Each clip in a session of its own, one after the other: ms from its last loud sample to the first audio. */
async function answerTimes(server: LiveApiServer): Promise<readonly { clip: string; ms: number }[]> {
  const times: { clip: string; ms: number }[] = [];
  for (const clip of CLIPS) {
    await using client = await connectSdk(server.url, {
      config: {
        responseModalities: [Modality.AUDIO],
        realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: SILENCE_MS } },
      },
    });
    const whole = await readClip(`${clip}.wav`);
    const speech = whole.subarray(0, 1 + whole.findLastIndex((sample) => Math.abs(sample) > LOUD));
    const microphone = openMicrophone(client.session);
    await microphone.say(speech);
    const endMs = client.nowMs();
    const first = await client.waitFor((message) => message.data !== undefined);
    microphone.stop();
    const { atMs = Number.NaN } = client.received.find(({ message }) => message === first) ?? {};
    times.push({ clip, ms: Math.round(atMs - endMs) });
  }
  return times;
}

it(`begins to answer at most ${MOST_MS} ms after the end of speech where ${SILENCE_MS} ms of silence end a turn`, async () => {
  await using server = await startLiveApi({ modelDir });
  const { result, slowness } = await fitting(
    () => answerTimes(server),
    (times, slow) => times.every(({ ms }) => ms <= MOST_MS * slow),
  );
  console.table(result);
  console.log(`on a machine ${slowness.toFixed(1)} times as slow as it could be`);
  for (const { clip, ms } of result) {
    expect(ms, clip).toBeGreaterThan(SILENCE_MS);
    expect(ms, clip).toBeLessThanOrEqual(MOST_MS * slowness);
  }
}, 180_000);
