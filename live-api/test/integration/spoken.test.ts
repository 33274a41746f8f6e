// Real speech through the real SDK: the server hears the words, acts on them, answers in speech and can be understood.
import { Modality } from '@google/genai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveApiServer, startLiveApi } from '../../src/index.js';
import { modelDir, readClip } from '../support/clips.js';
import { openMicrophone } from '../support/microphone.js';
import { connectSdk, isTurnComplete, type SdkClient, spoken } from '../support/sdk-client.js';

/** It ends what is said with audioStreamEnd, so that no test has to wait for a pause. */
const OLDER = 'gemini-2.5-flash-native-audio-preview-12-2025';
const FORWARD = /go forward (ten|10) meters/i;

let server: LiveApiServer;
beforeAll(async () => {
  server = await startLiveApi({ modelDir });
});
afterAll(() => server?.close());

/** Sends all of a clip at once, and says that the microphone was switched off. */
async function sayAtOnce({ session }: SdkClient, clip: string): Promise<void> {
  const data = Buffer.from((await readClip(clip)).buffer).toString('base64');
  session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
  session.sendRealtimeInput({ audioStreamEnd: true });
}

const transcripts = ({ messages }: SdkClient) =>
  messages.flatMap(({ serverContent }) => serverContent?.inputTranscription?.text ?? []);
const interims = ({ messages }: SdkClient) =>
  messages.flatMap(({ serverContent }) => serverContent?.interimInputTranscription?.text ?? []);

describe('a spoken command', () => {
  it('is transcribed while it is said where that is asked for, whole when it is over, and answered aloud', async () => {
    const config = {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    };
    const interim = { realtimeInputConfig: { interimTranscriptTimestampEnabled: true } };
    await using plain = await connectSdk(server.url, { config });
    await using asking = await connectSdk(server.url, { config: { ...config, ...interim } });
    await using writing = await connectSdk(server.url, {
      model: 'gemini-3.5-transcribe-live',
      config: { responseModalities: [Modality.TEXT], inputAudioTranscription: {} },
    });
    const clients = [plain, asking, writing];
    const clip = await readClip('goforward.wav');
    const microphones = clients.map(({ session }) => openMicrophone(session, 16_000, 100));
    await Promise.all(microphones.map((microphone) => microphone.say(clip)));
    const spokenMs = plain.nowMs();
    await Promise.all(clients.map((client) => client.waitFor(isTurnComplete)));
    for (const microphone of microphones) microphone.stop();

    for (const client of clients) expect(transcripts(client)).toEqual([expect.stringMatching(FORWARD)]);
    expect(interims(plain)).toEqual([]);
    for (const client of [asking, writing]) {
      expect(interims(client).at(-1)).toMatch(/go forward/i);
      const kinds = client.messages.flatMap(({ serverContent }) => Object.keys(serverContent ?? {}));
      expect(kinds.lastIndexOf('interimInputTranscription')).toBeLessThan(
        kinds.indexOf('inputTranscription'),
      );
    }

    const heard = plain.received.findIndex(({ message }) => message.serverContent?.inputTranscription);
    const ended = plain.received[heard + 1];
    expect(ended?.message.voiceActivity).toMatchObject({ type: 'ACTIVITY_END' });
    expect((ended?.atMs ?? 0) - spokenMs).toBeLessThan(2500);

    const samples = Buffer.concat(
      plain.messages.flatMap(({ data }) => (data ? [Buffer.from(data, 'base64')] : [])),
    );
    let loudest = 0;
    for (let at = 0; at < samples.length; at += 2)
      loudest = Math.max(loudest, Math.abs(samples.readInt16LE(at)));
    expect(loudest).toBeGreaterThan(3000);
    expect(spoken(plain.messages)).toMatch(/\w+ \w+/);
    expect(writing.messages.some(({ data }) => data)).toBe(false);
  });

  it('that comes at once is understood, though its end comes before its beginning was reported', async () => {
    await using client = await connectSdk(server.url, {
      model: OLDER,
      config: { inputAudioTranscription: {} },
    });
    const startedMs = client.nowMs();
    await sayAtOnce(client, 'goforward.wav');
    await client.waitFor(({ serverContent }) => serverContent?.inputTranscription !== undefined);
    expect(transcripts(client)).toEqual([expect.stringMatching(FORWARD)]);
    // The clip alone lasts 2.8 s, and quiet would have to follow it.
    expect(client.nowMs() - startedMs).toBeLessThan(2000);
  });

  it('calls the function that it means, with arguments from what was said, and speaks of the result', async () => {
    await using client = await connectSdk(server.url, {
      model: OLDER,
      config: {
        outputAudioTranscription: {},
        tools: [
          {
            functionDeclarations: [
              {
                name: 'set_alarm',
                description: 'Sets an alarm clock',
                parametersJsonSchema: { type: 'object', properties: { time: { type: 'string' } } },
              },
              {
                name: 'go_forward',
                description: 'Drives the robot forward',
                parametersJsonSchema: {
                  type: 'object',
                  properties: { meters: { type: 'number', description: 'How far' } },
                  required: ['meters'],
                },
              },
            ],
          },
        ],
      },
    });
    await sayAtOnce(client, 'goforward.wav');
    const { toolCall } = await client.waitFor((message) => message.toolCall !== undefined);
    expect(toolCall?.functionCalls).toEqual([
      { id: expect.stringMatching(/^function-call-\d+$/), name: 'go_forward', args: { meters: 10 } },
    ]);
    const id = toolCall?.functionCalls?.[0]?.id ?? '';
    client.session.sendToolResponse({
      functionResponses: [{ id, name: 'go_forward', response: { status: 'arrived at the window' } }],
    });
    await client.waitFor(isTurnComplete);
    expect(spoken(client.messages)).toMatch(/arrived at the window/i);
  });

  it.each([
    ['long', 'jfk', 'ss0870'],
    ['short', 'card001', 'card003'],
  ] as const)(
    'of several people at once, %s, is written down or asked for again, at once',
    async (_, ...names) => {
      const clips = await Promise.all(names.map((name) => readClip(`${name}.wav`)));
      const both = new Int16Array(Math.max(...clips.map(({ length }) => length)));
      for (const clip of clips)
        for (const [at, sample] of clip.entries()) both[at] = (both[at] ?? 0) + sample / 2;
      await using client = await connectSdk(server.url, {
        model: OLDER,
        config: { inputAudioTranscription: {}, outputAudioTranscription: {} },
      });
      const data = Buffer.from(both.buffer).toString('base64');
      client.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
      client.session.sendRealtimeInput({ audioStreamEnd: true });
      await client.waitFor(({ serverContent }) => serverContent?.modelTurn !== undefined);
      await client.waitFor(({ serverContent }) => serverContent?.generationComplete === true);
      if (transcripts(client).length === 0) expect(spoken(client.messages)).toMatch(/did not understand it/);
    },
  );

  it('sets off the rule of a scenario that listens for its words', async () => {
    server.setScenario({
      otherwise: 'silence',
      rules: [
        { when: { heard: 'backward' }, do: [{ say: 'Mind the wall.' }] },
        { when: { heard: 'forward (ten|10)' }, do: [{ say: 'Off we go.' }] },
      ],
    });
    await using client = await connectSdk(server.url, {
      model: OLDER,
      config: { outputAudioTranscription: {} },
    });
    await sayAtOnce(client, 'goforward.wav');
    await client.waitFor(isTurnComplete);
    server.clearScenario();
    expect(spoken(client.messages)).toBe('Off we go.');
  });
});
