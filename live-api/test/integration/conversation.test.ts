// The real SDK talks to the server: tones, text, tools, barge-in and manual activity.
import { Behavior, FunctionResponseScheduling, Modality } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { type LiveApiOptions, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { openMicrophone, tone } from '../support/microphone.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

const start = (options: LiveApiOptions = {}) =>
  startLiveApi({ speech: 'tones', answerer: briefAnswerer(), ...options });

const kinds = (messages: readonly object[]) =>
  messages.flatMap((message) =>
    Object.entries(message).flatMap(([key, value]) =>
      key === 'serverContent' ? Object.keys(value as object) : [key],
    ),
  );

describe('a spoken turn', () => {
  it('goes through activity, audio with its transcript, generationComplete and turnComplete with usage', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url, {
      config: {
        responseModalities: [Modality.AUDIO],
        outputAudioTranscription: {},
        inputAudioTranscription: {},
      },
    });
    const microphone = openMicrophone(client.session);
    await microphone.say(tone(800));
    await client.waitFor(isTurnComplete);
    microphone.stop();
    const order = kinds(client.messages).filter((kind, n, all) => kind !== all[n - 1]);
    expect(order.slice(0, 3)).toEqual(['setupComplete', 'sessionResumptionUpdate', 'voiceActivity']);
    expect(order.at(3)).toBe('modelTurn');
    expect(order.slice(-3)).toEqual(['generationComplete', 'turnComplete', 'usageMetadata']);
    const activity = client.messages.flatMap((m) => (m.voiceActivity ? [m.voiceActivity] : []));
    expect(activity).toEqual([
      { type: 'ACTIVITY_START', audioOffset: expect.stringMatching(/^0\.\d{3}s$/) },
      { type: 'ACTIVITY_END', audioOffset: expect.stringMatching(/^[12](\.\d{3})?s$/) },
    ]);
    const audio = client.received.filter(({ message }) => message.serverContent?.modelTurn);
    const bytes = audio.map(({ message }) => Buffer.from(message.data ?? '', 'base64').length);
    expect(bytes[0]).toBe(4800);
    expect(bytes.slice(1, -1).every((size) => size % 1920 === 0)).toBe(true);
    const spoken = client.messages.map((m) => m.serverContent?.outputTranscription?.text ?? '').join('');
    expect(spoken).toMatch(/\w+ \w+/);
    const first = audio[0]?.atMs ?? 0;
    const total = bytes.reduce((sum, size) => sum + size, 0) / 48;
    const complete = client.received.find(({ message }) => isTurnComplete(message));
    expect(Math.abs((complete?.atMs ?? 0) - first - total)).toBeLessThan(100);
    expect(complete?.message.usageMetadata?.responseTokensDetails).toEqual([
      { modality: 'AUDIO', tokenCount: Math.round(total / 40) },
    ]);
  });

  it('is cut short when the user speaks over it', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    const microphone = openMicrophone(client.session);
    client.session.sendRealtimeInput({ text: 'tell me something long, if you please, as long as you can' });
    await client.waitFor((m) => m.data !== undefined);
    await microphone.say(tone(600));
    await client.waitFor((m) => m.serverContent?.interrupted === true);
    await client.waitFor(isTurnComplete);
    microphone.stop();
    const order = kinds(client.messages);
    const cut = order.indexOf('interrupted');
    expect(order[cut - 1]).toBe('voiceActivity');
    expect(order.slice(cut, cut + 3)).toEqual(['interrupted', 'turnComplete', 'usageMetadata']);
  });
});

describe('other inputs', () => {
  it('answers realtime text and a clientContent turn', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    client.session.sendRealtimeInput({ text: 'good morning' });
    await client.waitFor(isTurnComplete);
    const from = client.received.length;
    client.session.sendClientContent({ turns: 'and good evening', turnComplete: true });
    await client.waitFor(isTurnComplete, from);
    expect(kinds(client.messages.slice(from))).toContain('modelTurn');
  });

  it('takes an utterance between activityStart and activityEnd when detection is off', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, {
      config: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
    });
    const microphone = openMicrophone(client.session);
    client.session.sendRealtimeInput({ activityStart: {} });
    await microphone.say(tone(400));
    client.session.sendRealtimeInput({ activityEnd: {} });
    await client.waitFor(isTurnComplete);
    microphone.stop();
    expect(kinds(client.messages)).not.toContain('voiceActivity');
  });

  it('takes audioStreamEnd for the end of what was being said, on models that heed it', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, {
      model: 'gemini-2.5-flash-native-audio-preview-12-2025',
    });
    const data = Buffer.from(tone(500).buffer).toString('base64');
    client.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
    client.session.sendRealtimeInput({ audioStreamEnd: true });
    await client.waitFor(isTurnComplete);
  });

  it('waits for quiet after audioStreamEnd on 3.8, which does not heed it', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url);
    const session = await server.waitForSession();
    const send = (samples: Int16Array) => {
      const data = Buffer.from(samples.buffer).toString('base64');
      client.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
    };
    send(tone(500));
    client.session.sendRealtimeInput({ audioStreamEnd: true });
    await session.waitForReceived((message) => JSON.stringify(message).includes('audioStreamEnd'));
    server.faults.send({ mark: 1 });
    await client.waitFor((message) => 'mark' in message);
    expect(kinds(client.messages).filter((kind) => kind === 'voiceActivity')).toHaveLength(1);
    send(new Int16Array(1.5 * 16_000));
    await client.waitFor(isTurnComplete);
  });

  it('hears audio of other rates', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url);
    const microphone = openMicrophone(client.session, 48_000);
    await microphone.say(tone(600, 48_000));
    await client.waitFor(isTurnComplete);
    microphone.stop();
    expect(client.messages.filter((m) => m.voiceActivity)).toHaveLength(2);
  });
});

describe('tools', () => {
  it('ends the turn with the call and speaks when the answer comes', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, {
      config: {
        tools: [{ functionDeclarations: [{ name: 'get_weather', description: 'Weather of a city' }] }],
      },
    });
    client.session.sendRealtimeInput({ text: 'please get weather for me' });
    const { toolCall } = await client.waitFor((m) => m.toolCall !== undefined);
    await client.waitFor(isTurnComplete);
    // The handle of a session comes by its own clock, now and then between or after these.
    const order = kinds(client.messages).filter((kind) => kind !== 'sessionResumptionUpdate');
    expect(order.slice(-4)).toEqual(['toolCall', 'generationComplete', 'turnComplete', 'usageMetadata']);
    const from = client.received.length;
    const [call] = toolCall?.functionCalls ?? [];
    client.session.sendToolResponse({
      functionResponses: [
        {
          id: call?.id ?? '',
          name: 'get_weather',
          response: { sky: 'clear' },
          scheduling: FunctionResponseScheduling.WHEN_IDLE,
        },
      ],
    });
    await client.waitFor(isTurnComplete, from);
    expect(kinds(client.messages.slice(from))).toContain('modelTurn');
  });

  it('keeps the turn open for a blocking call', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, {
      config: { tools: [{ functionDeclarations: [{ name: 'get_weather', behavior: Behavior.BLOCKING }] }] },
    });
    client.session.sendRealtimeInput({ text: 'please get weather for me' });
    const { toolCall } = await client.waitFor((m) => m.toolCall !== undefined);
    client.session.sendToolResponse({
      functionResponses: [
        { id: toolCall?.functionCalls?.[0]?.id ?? '', name: 'get_weather', response: { sky: 'clear' } },
      ],
    });
    await client.waitFor(isTurnComplete);
    const order = kinds(client.messages);
    expect(order.indexOf('generationComplete')).toBeGreaterThan(order.indexOf('modelTurn'));
    expect(order.filter((kind) => kind === 'turnComplete')).toHaveLength(1);
  });
});

describe('inspection', () => {
  it('shows what a session received and sent', async () => {
    await using server = await start({ pace: 'prompt' });
    await using client = await connectSdk(server.url, { config: { systemInstruction: 'Be brief.' } });
    const session = await server.waitForSession();
    client.session.sendRealtimeInput({ text: 'hello' });
    await session.waitForSent((message) => 'usageMetadata' in message);
    expect(session.config?.instructions).toBe('Be brief.');
    expect(session.received).toContainEqual({ realtimeInput: { text: 'hello' } });
    expect(session.sent[0]).toEqual({ setupComplete: {} });
  });
});
