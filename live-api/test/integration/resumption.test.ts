// Sessions that are taken up again, by the real SDK: when the handle is refused, and what comes back with it.
import { Behavior, type LiveConnectConfig } from '@google/genai';
import { describe, expect, it, vi } from 'vitest';
import { type LiveApiOptions, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { openRaw } from '../support/raw-client.js';
import { connectSdk, isTurnComplete, type SdkClient, spoken } from '../support/sdk-client.js';

const HELD = { code: 1011, reason: 'Internal error encountered.' };

const start = (options: LiveApiOptions = {}) =>
  startLiveApi({ speech: quickSpeech(), pace: 'prompt', answerer: briefAnswerer(), ...options });

async function handleOf(client: SdkClient): Promise<string> {
  const { sessionResumptionUpdate } = await client.waitFor((message) =>
    Boolean(message.sessionResumptionUpdate?.resumable),
  );
  return sessionResumptionUpdate?.newHandle ?? '';
}

const resume = (url: string, handle: string, config: LiveConnectConfig = {}) =>
  connectSdk(url, { config: { ...config, sessionResumption: { handle } } });

describe('a handle', () => {
  it('is refused while the old socket lives, also when that is frozen, and good once it is gone', async () => {
    await using server = await start({ resumption: { idleRefusalMs: 0 } });
    const client = await connectSdk(server.url);
    const session = await server.waitForSession();
    const handle = await handleOf(client);
    await expect(resume(server.url, handle)).rejects.toMatchObject(HELD);
    server.faults.freeze(undefined, { id: session.id });
    await expect(resume(server.url, handle)).rejects.toMatchObject(HELD);
    server.faults.kill({ id: session.id });
    await session.closed;
    await using again = await resume(server.url, handle);
    expect(await handleOf(again)).not.toBe(handle);
    await client.closed;
  });

  it('is refused for a second after an idle session was closed', async () => {
    await using server = await start();
    const client = await connectSdk(server.url);
    const handle = await handleOf(client);
    const session = await server.waitForSession();
    await client[Symbol.asyncDispose]();
    await session.closed;
    const closedMs = performance.now();
    await expect(resume(server.url, handle)).rejects.toMatchObject(HELD);
    expect(performance.now() - closedMs).toBeLessThan(1000);
    const tryAgain = async (): Promise<SdkClient> => resume(server.url, handle).catch(() => tryAgain());
    await using _again = await tryAgain();
    expect(performance.now() - closedMs).toBeGreaterThan(950);
  });

  it('is good for a time only', async () => {
    await using server = await start({ resumption: { idleRefusalMs: 0, validMs: 800 } });
    const client = await connectSdk(server.url);
    const handle = await handleOf(client);
    const session = await server.waitForSession();
    await client[Symbol.asyncDispose]();
    await session.closed;
    await (await resume(server.url, handle))[Symbol.asyncDispose]();
    const taken = async (again: SdkClient) => again[Symbol.asyncDispose]();
    await vi.waitFor(
      async () => {
        const refusal = await resume(server.url, handle).then(taken, (error: unknown) => error);
        expect(refusal).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
      },
      { timeout: 10_000 },
    );
  });
});

describe('what comes back', () => {
  it('is what was said, and calls that wait for their answers', async () => {
    await using server = await startLiveApi({
      speech: quickSpeech(),
      pace: 'prompt',
      resumption: { idleRefusalMs: 0 },
    });
    const config: LiveConnectConfig = {
      outputAudioTranscription: {},
      tools: [
        {
          functionDeclarations: [
            {
              name: 'get_weather',
              description: 'The weather in a city',
              parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
              behavior: Behavior.NON_BLOCKING,
            },
          ],
        },
      ],
    };
    const client = await connectSdk(server.url, { config });
    const session = await server.waitForSession();
    const handle = await handleOf(client);
    client.session.sendClientContent({ turns: 'My name is Ana.', turnComplete: true });
    await client.waitFor(isTurnComplete);
    client.session.sendClientContent({ turns: 'What is the weather in Lisbon?', turnComplete: true });
    const { toolCall } = await client.waitFor((message) => message.toolCall !== undefined);
    server.faults.kill();
    await session.closed;

    await using again = await resume(server.url, handle, config);
    const response = { temperature: 31, sky: 'clear' };
    const id = toolCall?.functionCalls?.[0]?.id ?? '';
    again.session.sendToolResponse({ functionResponses: [{ id, name: 'get_weather', response }] });
    await again.waitFor(isTurnComplete);
    expect(spoken(again.messages)).toMatch(/31/);
    const from = again.received.length;
    again.session.sendClientContent({ turns: 'What is my name?', turnComplete: true });
    await again.waitFor(isTurnComplete, from);
    expect(spoken(again.messages.slice(from))).toMatch(/Ana/);
  });
});

describe('a context that a client restores itself', () => {
  const turns = [
    { role: 'user', parts: [{ text: 'My name is Ana.' }] },
    { role: 'model', parts: [{ text: 'Nice to meet you, Ana.' }] },
  ];

  it('is known from then on, and is not answered', async () => {
    await using server = await startLiveApi({ speech: quickSpeech(), pace: 'prompt' });
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    client.session.sendClientContent({ turns, turnComplete: false });
    client.session.sendRealtimeInput({ text: 'What is my name?' });
    await client.waitFor(isTurnComplete);
    expect(spoken(client.messages)).toMatch(/Ana/);
    expect(client.messages.filter(isTurnComplete)).toHaveLength(1);
  });

  it('goes in as the initial history on 3.1, which takes client content at no other time', async () => {
    await using server = await startLiveApi({ speech: quickSpeech(), pace: 'prompt' });
    const client = await openRaw(server.url, {
      model: 'models/gemini-3.1-flash-live-preview',
      historyConfig: { initialHistoryInClientContent: true },
      outputAudioTranscription: {},
    });
    client.send({ clientContent: { turns, turnComplete: true } });
    client.send({ realtimeInput: { text: 'What is my name?' } });
    await vi.waitFor(() => expect(JSON.stringify(client.messages)).toContain('turnComplete'), 5000);
    expect(JSON.stringify(client.messages)).toMatch(/"outputTranscription":.*Ana/);
    client.send({ clientContent: { turns, turnComplete: true } });
    expect(await client.closed).toEqual({ code: 1007, reason: 'Request contains an invalid argument.' });
  });
});

describe('updates', () => {
  it('come once a connection on 3.8, after setupComplete, without being asked for', async () => {
    await using server = await start({ pace: { resumptionMs: 20, resumptionEveryMs: 20 } });
    await using client = await connectSdk(server.url);
    const session = await server.waitForSession();
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor(isTurnComplete);
    const updates = session.sent.filter((message) => 'sessionResumptionUpdate' in message);
    expect(updates).toHaveLength(1);
    expect(session.sent.slice(0, 2).map((message) => Object.keys(message)[0])).toEqual([
      'setupComplete',
      'sessionResumptionUpdate',
    ]);
  });

  it('come again and again on 2.5, in between as not resumable while the model is at work', async () => {
    await using server = await start({
      pace: { resumptionMs: 20, resumptionEveryMs: 20, responseMs: 200 },
    });
    await using client = await connectSdk(server.url, {
      model: 'gemini-2.5-flash-native-audio-preview-12-2025',
      config: { sessionResumption: {} },
    });
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor(isTurnComplete);
    const from = client.received.length;
    await client.waitFor((message) => message.sessionResumptionUpdate?.resumable === true, from);
    const states = client.messages.flatMap(({ sessionResumptionUpdate: update }) => (update ? [update] : []));
    const blocked = states.findIndex(({ resumable }) => !resumable);
    expect(states[blocked]).toEqual({ resumable: false });
    const handles = states.flatMap(({ newHandle }) => newHandle ?? []);
    expect(handles.length).toBeGreaterThan(2);
    expect(new Set(handles).size).toBe(handles.length);
  });
});
