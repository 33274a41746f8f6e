// Real speech through the real SDK: the server hears the words, answers in speech and can be understood.
import { Modality } from '@google/genai';
import { expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { modelDir, readClip } from '../support/clips.js';
import { openMicrophone } from '../support/microphone.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

it('transcribes a spoken command, ends the activity and answers aloud', async () => {
  await using server = await startLiveApi({ modelDir });
  await using client = await connectSdk(server.url, {
    config: {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    },
  });
  const microphone = openMicrophone(client.session, 16_000, 100);
  await microphone.say(await readClip('goforward.wav'));
  const spokenMs = client.nowMs();
  await client.waitFor(isTurnComplete);
  microphone.stop();

  const heard = client.received.findIndex(({ message }) => message.serverContent?.inputTranscription);
  expect(client.messages[heard]?.serverContent?.inputTranscription?.text).toMatch(
    /go forward (ten|10) meters/i,
  );
  const ended = client.received[heard + 1];
  expect(ended?.message.voiceActivity).toMatchObject({ type: 'ACTIVITY_END' });
  expect((ended?.atMs ?? 0) - spokenMs).toBeLessThan(2000);

  const audio = client.messages.flatMap((message) =>
    message.data ? [Buffer.from(message.data, 'base64')] : [],
  );
  const samples = Buffer.concat(audio);
  let loudest = 0;
  for (let at = 0; at < samples.length; at += 2)
    loudest = Math.max(loudest, Math.abs(samples.readInt16LE(at)));
  expect(loudest).toBeGreaterThan(3000);
  expect(client.messages.some((message) => message.serverContent?.outputTranscription?.text)).toBe(true);
});
