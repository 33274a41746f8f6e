// Ephemeral tokens by the real SDK: minted, used up, expired, and what they lock.
import { GoogleGenAI, Modality } from '@google/genai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveApiServer, startLiveApi } from '../../src/index.js';
import { connectSdk } from '../support/sdk-client.js';

const start = () => startLiveApi({ speech: 'tones', pace: 'prompt' });

const sdk = (server: LiveApiServer) =>
  new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.url, apiVersion: 'v1alpha' } });

const connect = (server: LiveApiServer, apiKey: string, config = {}, apiVersion = 'v1alpha') =>
  connectSdk(server.url, { apiKey, apiVersion, config });

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue(); // the SDK calls tokens experimental each time
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('an ephemeral token', () => {
  it('opens one session by default', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({ config: {} });
    expect(name).toMatch(/^auth_tokens\//);
    await using client = await connect(server, name);
    expect(client.messages[0]?.setupComplete).toEqual({});
    await expect(connect(server, name)).rejects.toMatchObject({
      code: 1008,
      reason: 'Token has been used too many times',
    });
  });

  it('opens as many sessions as it says; resuming one takes none of them', async () => {
    await using server = await startLiveApi({
      speech: 'tones',
      pace: 'prompt',
      resumption: { idleRefusalMs: 0 },
    });
    const { name = '' } = await sdk(server).authTokens.create({ config: { uses: 2 } });
    const first = await connect(server, name);
    const { sessionResumptionUpdate } = await first.waitFor(
      (message) => message.sessionResumptionUpdate !== undefined,
    );
    await first[Symbol.asyncDispose]();
    await using _second = await connect(server, name);
    const handle = sessionResumptionUpdate?.newHandle ?? '';
    await using _again = await connect(server, name, { sessionResumption: { handle } });
    await expect(connect(server, name)).rejects.toMatchObject({ code: 1008 });
  });

  it.each(['v1', 'v1beta', 'v1alpha'])('is minted and taken under %s', async (apiVersion) => {
    await using server = await start();
    const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.url, apiVersion } });
    const { name = '' } = await ai.authTokens.create({ config: {} });
    await using _client = await connect(server, name, {}, apiVersion);
    expect(await server.waitForSession()).toMatchObject({ version: apiVersion, key: name });
  });

  it('opens any number of sessions with uses 0', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({ config: { uses: 0 } });
    for (let n = 0; n < 3; n++) {
      await using client = await connect(server, name);
      expect(client.messages[0]?.setupComplete).toEqual({});
    }
  });

  it('locks the whole setup to its constraints', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({
      config: {
        liveConnectConstraints: { model: 'gemini-3.8-live', config: { systemInstruction: 'Be kind.' } },
      },
    });
    await using _client = await connect(server, name, {
      systemInstruction: 'Be rude.',
      outputAudioTranscription: {},
    });
    const session = await server.waitForSession();
    expect(session.config).toMatchObject({ instructions: 'Be kind.', outputTranscripts: false });
  });

  it('locks only the fields of its mask, with an empty list of others', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({
      config: {
        liveConnectConstraints: {
          model: 'gemini-3.8-live',
          config: { responseModalities: [Modality.AUDIO], systemInstruction: 'Be kind.' },
        },
        lockAdditionalFields: [],
      },
    });
    await using _client = await connect(server, name, {
      systemInstruction: 'Be rude.',
      outputAudioTranscription: {},
    });
    const session = await server.waitForSession();
    expect(session.config).toMatchObject({ instructions: 'Be kind.', outputTranscripts: true });
  });

  it('locks further fields that are named, whatever the client wants of them', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({
      config: {
        liveConnectConstraints: {
          model: 'gemini-3.8-live',
          config: { responseModalities: [Modality.AUDIO], temperature: 0.1 },
        },
        lockAdditionalFields: ['outputAudioTranscription', 'temperature'],
      },
    });
    await using _client = await connect(server, name, {
      temperature: 0.9,
      systemInstruction: 'Be rude.',
      outputAudioTranscription: {},
    });
    const session = await server.waitForSession();
    expect(session.config).toMatchObject({ instructions: 'Be rude.', outputTranscripts: false });
  });

  it('locks a model that does not exist until the token expires', async () => {
    await using server = await start();
    const { name = '' } = await sdk(server).authTokens.create({
      config: { liveConnectConstraints: { model: 'gemini-9' } },
    });
    await expect(connect(server, name)).rejects.toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^models\/gemini-9 is not found/),
    });
  });

  it('opens no session once its time for that is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using server = await start();
    const newSessionExpireTime = new Date(Date.now() + 60_000).toISOString();
    const { name = '' } = await sdk(server).authTokens.create({ config: { uses: 0, newSessionExpireTime } });
    vi.setSystemTime(Date.now() + 60_001);
    await expect(connect(server, name)).rejects.toMatchObject({
      code: 1007,
      reason: 'API key expired. Please renew the API key.',
    });
  });

  it('ends the session when it expires', async () => {
    await using server = await start();
    const expireTime = new Date(Date.now() + 700).toISOString();
    const { name = '' } = await sdk(server).authTokens.create({ config: { expireTime } });
    await using client = await connect(server, name);
    expect(await client.closed).toMatchObject({ code: 1007 });
  });

  it('is not made up, not minted with a bad key, and not minted for longer than 20 hours', async () => {
    await using server = await start();
    await expect(connect(server, 'auth_tokens/made-up')).rejects.toMatchObject({ code: 1007 });
    const bad = new GoogleGenAI({
      apiKey: 'invalid',
      httpOptions: { baseUrl: server.url, apiVersion: 'v1alpha' },
    });
    await expect(bad.authTokens.create({ config: {} })).rejects.toThrow(/API key not valid/);
    const expireTime = new Date(Date.now() + 21 * 3_600_000).toISOString();
    await expect(sdk(server).authTokens.create({ config: { expireTime } })).rejects.toThrow(
      /invalid argument/,
    );
  });
});
