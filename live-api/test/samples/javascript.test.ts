// The examples of the Live API's documentation pages in JavaScript, written anew after what they do.
import { readFileSync } from 'node:fs';
import {
  ActivityHandling,
  Behavior,
  EndSensitivity,
  FunctionResponseScheduling,
  GoogleGenAI,
  type LiveConnectConfig,
  type LiveServerMessage,
  MediaResolution,
  Modality,
  type Session,
  StartSensitivity,
} from '@google/genai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIP_WORDS, type SampleServer, startSampleServer } from './server.js';

const NATIVE = 'gemini-2.5-flash-native-audio-preview-12-2025';
const HALF_CASCADE = 'gemini-live-2.5-flash-preview';
const CURRENT = 'gemini-3.8-live';

let server: SampleServer;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const clientOf = (apiVersion = 'v1beta', apiKey = 'any') =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: server.url, apiVersion } });

interface Live extends AsyncDisposable {
  readonly session: Session;
  /** All messages of the next turn, up to its turnComplete; each is shown to `each` as it comes. */
  turn(each?: (message: LiveServerMessage) => void): Promise<LiveServerMessage[]>;
}

async function live(model: string, config: LiveConnectConfig, ai = clientOf()): Promise<Live> {
  const queue: LiveServerMessage[] = [];
  let wake: () => void = () => undefined;
  let closed: string | undefined;
  // connect() itself waits without end when the connection closes before setupComplete.
  let refuse: (error: Error) => void = () => undefined;
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => undefined);
  const connecting = ai.live.connect({
    model,
    config,
    callbacks: {
      onmessage: (message) => {
        queue.push(message);
        wake();
      },
      onclose: ({ code, reason }) => {
        closed = `${code} ${reason}`;
        refuse(new Error(`the session was closed: ${closed}`));
        wake();
      },
    },
  });
  const session = await Promise.race([connecting, refused]);
  const next = async (): Promise<LiveServerMessage> => {
    for (;;) {
      const message = queue.shift();
      if (message) return message;
      if (closed !== undefined) throw new Error(`the session was closed: ${closed}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    session,
    turn: async (each = () => undefined) => {
      const messages: LiveServerMessage[] = [];
      for (;;) {
        const message = await next();
        messages.push(message);
        each(message);
        if (message.serverContent?.turnComplete) return messages;
      }
    },
    [Symbol.asyncDispose]: async () => session.close(),
  };
}

const partsOf = (messages: readonly LiveServerMessage[]) =>
  messages.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? []);
const textOf = (messages: readonly LiveServerMessage[]) =>
  partsOf(messages)
    .map(({ text, thought }) => (thought ? '' : (text ?? '')))
    .join('');
const secondsOf = (messages: readonly LiveServerMessage[]) =>
  partsOf(messages).reduce(
    (sum, { inlineData }) => sum + Buffer.from(inlineData?.data ?? '', 'base64').length / 48_000,
    0,
  );
const heardIn = (messages: readonly LiveServerMessage[]) =>
  messages.map(({ serverContent }) => serverContent?.inputTranscription?.text ?? '').join('');
const saidIn = (messages: readonly LiveServerMessage[]) =>
  messages.map(({ serverContent }) => serverContent?.outputTranscription?.text ?? '').join('');
const clip = () => readFileSync(server.clipFile).toString('base64');
const AUDIO = 'audio/pcm;rate=16000';
const WEATHER = {
  name: 'get_weather',
  description: 'Get the weather of a city',
  parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

it('sends and receives text', async () => {
  await using client = await live(HALF_CASCADE, { responseModalities: [Modality.TEXT] });
  client.session.sendClientContent({ turns: 'Hello, how are you?' });
  expect(textOf(await client.turn())).toMatch(/fine, thank you/);
});

it('gets audio for text', async () => {
  await using client = await live(NATIVE, { responseModalities: [Modality.AUDIO] });
  client.session.sendClientContent({ turns: 'Hello? Gemini, are you there?' });
  const messages = await client.turn();
  expect(secondsOf(messages)).toBeGreaterThan(1);
  expect(partsOf(messages)[0]?.inlineData?.mimeType).toBe('audio/pcm;rate=24000');
});

it('answers one blob of speech that is followed by nothing', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    inputAudioTranscription: {},
    outputAudioTranscription: {},
  });
  client.session.sendRealtimeInput({ audio: { data: clip(), mimeType: AUDIO } });
  const messages = await client.turn();
  expect(heardIn(messages)).toBe(CLIP_WORDS);
  expect(saidIn(messages)).toMatch(/Go forward ten meters/);
  expect(secondsOf(messages)).toBeGreaterThan(1);
});

it('answers at audioStreamEnd, with the thresholds of its own', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    inputAudioTranscription: {},
    realtimeInputConfig: {
      automaticActivityDetection: {
        startOfSpeechSensitivity: StartSensitivity.START_SENSITIVITY_LOW,
        endOfSpeechSensitivity: EndSensitivity.END_SENSITIVITY_LOW,
        prefixPaddingMs: 20,
        silenceDurationMs: 3000,
      },
    },
  });
  client.session.sendRealtimeInput({ audio: { data: clip(), mimeType: AUDIO } });
  client.session.sendRealtimeInput({ audioStreamEnd: true });
  expect(heardIn(await client.turn())).toBe(CLIP_WORDS);
});

it('hears what lies between activityStart and activityEnd', async () => {
  await using client = await live(HALF_CASCADE, {
    responseModalities: [Modality.TEXT],
    realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
  });
  client.session.sendRealtimeInput({ activityStart: {} });
  client.session.sendRealtimeInput({ audio: { data: clip(), mimeType: AUDIO } });
  client.session.sendRealtimeInput({ activityEnd: {} });
  expect(textOf(await client.turn())).toMatch(/Go forward ten meters/);
});

it('takes a context in steps', async () => {
  await using client = await live(HALF_CASCADE, { responseModalities: [Modality.TEXT] });
  client.session.sendClientContent({
    turns: [
      { role: 'user', parts: [{ text: 'My favorite color is green.' }] },
      { role: 'model', parts: [{ text: 'I will remember that.' }] },
    ],
    turnComplete: false,
  });
  client.session.sendClientContent({ turns: 'What is my favorite color?', turnComplete: true });
  expect(textOf(await client.turn())).toMatch(/green/);
});

it('speaks with a voice, a language and a media resolution', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    outputAudioTranscription: {},
    mediaResolution: MediaResolution.MEDIA_RESOLUTION_LOW,
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'en-US' },
    systemInstruction: 'Your name is Bo.',
  });
  client.session.sendClientContent({ turns: 'Who are you?' });
  expect(saidIn(await client.turn())).toMatch(/I am Bo/);
});

it('counts tokens', async () => {
  await using client = await live(NATIVE, { responseModalities: [Modality.AUDIO] });
  client.session.sendClientContent({ turns: 'Hello' });
  const usage = (await client.turn()).find(({ usageMetadata }) => usageMetadata)?.usageMetadata;
  expect(usage?.totalTokenCount).toBeGreaterThan(0);
  for (const { tokenCount } of usage?.responseTokensDetails ?? []) expect(tokenCount).toBeGreaterThan(0);
  expect(usage?.responseTokensDetails?.map(({ modality }) => modality)).toEqual(['AUDIO']);
});

it('calls a function and speaks of its response in the same turn', async () => {
  await using client = await live(HALF_CASCADE, {
    responseModalities: [Modality.TEXT],
    tools: [{ functionDeclarations: [WEATHER] }],
  });
  client.session.sendClientContent({ turns: 'What is the weather in Rome?' });
  const messages = await client.turn(({ toolCall }) => {
    for (const { id = '', name = '', args } of toolCall?.functionCalls ?? []) {
      expect({ name, args }).toEqual({ name: 'get_weather', args: { city: 'Rome' } });
      client.session.sendToolResponse({ functionResponses: { id, name, response: { sky: 'sunny' } } });
    }
  });
  expect(textOf(messages)).toMatch(/sunny/);
});

it('calls a function that does not block, and heeds its scheduling', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    outputAudioTranscription: {},
    tools: [{ functionDeclarations: [{ ...WEATHER, behavior: Behavior.NON_BLOCKING }] }],
  });
  client.session.sendClientContent({ turns: 'What is the weather in Rome?' });
  const messages = await client.turn(({ toolCall }) => {
    for (const { id = '', name = '' } of toolCall?.functionCalls ?? []) {
      client.session.sendToolResponse({
        functionResponses: [
          { id, name, response: { sky: 'sunny' }, scheduling: FunctionResponseScheduling.INTERRUPT },
        ],
      });
    }
  });
  expect(saidIn(messages)).toMatch(/sunny/);
});

it('runs code', async () => {
  await using client = await live(HALF_CASCADE, {
    responseModalities: [Modality.TEXT],
    tools: [{ codeExecution: {} }],
  });
  client.session.sendClientContent({ turns: 'Compute the largest prime palindrome under 100000' });
  const messages = await client.turn();
  const parts = partsOf(messages);
  expect(parts.find(({ executableCode }) => executableCode)?.executableCode?.code).toMatch(/is_prime/);
  expect(parts.find(({ codeExecutionResult }) => codeExecutionResult)?.codeExecutionResult).toEqual({
    outcome: 'OUTCOME_OK',
    output: '98689\n',
  });
  expect(textOf(messages)).toMatch(/98689/);
});

it('searches, beside functions', async () => {
  await using client = await live(CURRENT, {
    responseModalities: [Modality.AUDIO],
    tools: [{ googleSearch: {} }, { functionDeclarations: [WEATHER] }],
  });
  client.session.sendClientContent({
    turns: 'When did the last Brazil versus Argentina soccer match happen?',
  });
  const grounding = (await client.turn()).flatMap(
    ({ serverContent }) => serverContent?.groundingMetadata ?? [],
  );
  expect(grounding[0]?.webSearchQueries).toEqual([
    'When did the last Brazil versus Argentina soccer match happen',
  ]);
  expect(grounding[0]?.groundingChunks?.[0]?.web?.uri).toMatch(/^https:/);
});

it('resumes a session of one turn by its handle', async () => {
  let handle: string | undefined;
  {
    await using first = await live(HALF_CASCADE, {
      responseModalities: [Modality.TEXT],
      sessionResumption: {},
    });
    first.session.sendClientContent({ turns: 'My name is Ana.' });
    await first.turn(({ sessionResumptionUpdate: update }) => {
      if (update?.resumable && update.newHandle) handle = update.newHandle;
    });
  }
  expect(handle).toBeDefined();
  await expect
    .poll(
      async () => {
        try {
          await using second = await live(HALF_CASCADE, {
            responseModalities: [Modality.TEXT],
            sessionResumption: { handle: handle as string },
          });
          second.session.sendClientContent({ turns: 'What is my name?' });
          return textOf(await second.turn());
        } catch {
          return undefined; // for a second after an idle close the service refuses the handle
        }
      },
      { timeout: 10_000, interval: 500 },
    )
    .toBe('Your name is Ana.');
});

it('says generationComplete before turnComplete, in a session that compresses its context', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    contextWindowCompression: { slidingWindow: {} },
  });
  client.session.sendClientContent({ turns: 'Hello' });
  const ends = (await client.turn()).flatMap(({ serverContent }) =>
    Object.keys(serverContent ?? {}).filter((key) => key.endsWith('Complete')),
  );
  expect(ends).toEqual(['generationComplete', 'turnComplete']);
});

it('is interrupted by who goes on to write', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    realtimeInputConfig: { activityHandling: ActivityHandling.START_OF_ACTIVITY_INTERRUPTS },
  });
  client.session.sendClientContent({ turns: 'Tell me a long story.' });
  let asked = false;
  const messages = await client.turn(({ serverContent }) => {
    if (!serverContent?.modelTurn || asked) return;
    asked = true;
    client.session.sendRealtimeInput({ text: 'Stop.' });
  });
  expect(messages.some(({ serverContent }) => serverContent?.interrupted)).toBe(true);
  expect(secondsOf(messages)).toBeLessThan(15);
});

it('thinks aloud where asked to', async () => {
  await using client = await live(NATIVE, {
    responseModalities: [Modality.AUDIO],
    thinkingConfig: { thinkingBudget: 1024, includeThoughts: true },
  });
  client.session.sendClientContent({ turns: 'What is 2 plus 3?' });
  expect(partsOf(await client.turn()).some(({ thought }) => thought)).toBe(true);
});

it('takes affective dialog and proactive audio on v1alpha', async () => {
  await using client = await live(
    NATIVE,
    {
      responseModalities: [Modality.AUDIO],
      enableAffectiveDialog: true,
      proactivity: { proactiveAudio: true },
    },
    clientOf('v1alpha'),
  );
  client.session.sendClientContent({ turns: 'Hello' });
  expect(secondsOf(await client.turn())).toBeGreaterThan(1);
});

it('says what it sees, to text in real time', async () => {
  await using client = await live(CURRENT, {
    responseModalities: [Modality.AUDIO],
    outputAudioTranscription: {},
  });
  const data = readFileSync(server.imageFile).toString('base64');
  client.session.sendRealtimeInput({ video: { data, mimeType: 'image/jpeg' } });
  client.session.sendRealtimeInput({ text: 'What do you see?' });
  expect(saidIn(await client.turn())).toMatch(/320 by 240 pixels, mostly red/);
});

it('opens a session with an ephemeral token', async () => {
  const token = await clientOf('v1alpha').authTokens.create({
    config: {
      uses: 1,
      liveConnectConstraints: { model: CURRENT, config: { responseModalities: [Modality.AUDIO] } },
    },
  });
  await using client = await live(CURRENT, {}, clientOf('v1alpha', token.name));
  client.session.sendRealtimeInput({ text: 'Hello' });
  expect(secondsOf(await client.turn())).toBeGreaterThan(1);
});

it.each(['gemini-2.5-flash-native-audio-latest', 'gemini-2.0-flash-exp', 'gemini-2.0-flash-live-001'])(
  'knows %s',
  async (model) => {
    await using client = await live(model, { responseModalities: [Modality.AUDIO] });
    client.session.sendClientContent({ turns: 'Hello' });
    expect(secondsOf(await client.turn())).toBeGreaterThan(1);
  },
);
