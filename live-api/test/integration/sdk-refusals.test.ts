// The same refusals as a user of the real SDK meets them: at connect, and in the middle of a session.
import { type LiveConnectConfig, Modality, type Session, ThinkingLevel } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { connectSdk } from '../support/sdk-client.js';

const start = () => startLiveApi({ speech: 'tones', pace: 'prompt' });

const OLD = 'gemini-live-2.5-flash-preview';

interface Refused {
  readonly model?: string;
  readonly apiKey?: string;
  readonly apiVersion?: string;
  readonly config?: LiveConnectConfig;
  readonly code: number;
  readonly reason: string;
}

describe('connect() fails', () => {
  it.each<[string, Refused]>([
    [
      'for an unknown name',
      {
        config: { safetySettings: [{}] },
        code: 1007,
        reason: `Invalid JSON payload received. Unknown name "safetySettings" at 'setup': Cannot find field.`,
      },
    ],
    [
      'for a wrong enum value',
      {
        config: { responseModalities: ['SMELL' as Modality] },
        code: 1007,
        reason: `Invalid value at 'setup.generation_config.response_modalities[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.`,
      },
    ],
    [
      'for two modalities',
      {
        model: OLD,
        config: { responseModalities: [Modality.AUDIO, Modality.TEXT] },
        code: 1007,
        reason:
          'The requested combination of response modalities (AUDIO, TEXT) is not supported by the model.',
      },
    ],
    [
      'for TEXT on a model that only speaks',
      {
        config: { responseModalities: [Modality.TEXT] },
        code: 1007,
        reason: 'The requested combination of response modalities (TEXT) is not supported by the model.',
      },
    ],
    [
      'for thinkingConfig on 3.8',
      {
        config: { thinkingConfig: { thinkingLevel: ThinkingLevel.HIGH } },
        code: 1007,
        reason: 'Thinking level is not supported for this model.',
      },
    ],
    [
      'for an unknown model',
      {
        model: 'gemini-9-live',
        code: 1008,
        reason:
          'models/gemini-9-live is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListModels to s',
      },
    ],
    [
      'for a model under another version',
      {
        model: 'gemini-9',
        apiVersion: 'v1',
        code: 1008,
        reason:
          'models/gemini-9 is not found for API version v1, or is not supported for bidiGenerateContent. Call ListModels to see the li',
      },
    ],
    [
      'for a key that begins with invalid',
      { apiKey: 'invalid-key', code: 1007, reason: 'API key not valid. Please pass a valid API key.' },
    ],
    [
      'for affective dialog on v1beta',
      {
        model: 'gemini-2.5-flash-native-audio-preview-12-2025',
        config: { enableAffectiveDialog: true },
        code: 1007,
        reason: `Invalid JSON payload received. Unknown name "enableAffectiveDialog" at 'setup.generation_config': Cannot find field.`,
      },
    ],
    [
      'for proactivity on 3.8, which is always so',
      {
        apiVersion: 'v1alpha',
        config: { proactivity: { proactiveAudio: true } },
        code: 1007,
        reason: 'Request contains an invalid argument.',
      },
    ],
  ])('%s', async (_, { code, reason, ...options }) => {
    await using server = await start();
    await expect(connectSdk(server.url, options)).rejects.toMatchObject({ code, reason });
  });
});

describe('a session ends', () => {
  const raw = (session: Session, message: object) =>
    (session as unknown as { conn: { send(text: string): void } }).conn.send(JSON.stringify(message));
  const blob = { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' };

  it.each<[string, (session: Session) => void, string]>([
    [
      'after activityStart under automatic detection',
      (session) => session.sendRealtimeInput({ activityStart: {} }),
      'Explicit activity control is not supported when automatic activity detection is enabled.',
    ],
    [
      'after another setup',
      (session) => raw(session, { setup: { model: 'models/gemini-3.8-live' } }),
      'setup must be the first message and only the first',
    ],
    [
      'after a message with an unknown name',
      (session) => raw(session, { realtimeInput: { txt: 'hi' } }),
      `Invalid JSON payload received. Unknown name "txt" at 'realtime_input': Cannot find field.`,
    ],
    [
      'after audio of an unknown kind',
      (session) => session.sendRealtimeInput({ audio: { data: 'AAAA', mimeType: 'audio/opus' } }),
      'Request contains an invalid argument.',
    ],
  ])('%s', async (_, send, reason) => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    send(client.session);
    expect(await client.closed).toEqual({ code: 1007, reason });
  });

  it('after mediaChunks on 3.1', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url, { model: 'gemini-3.1-flash-live-preview' });
    client.session.sendRealtimeInput({ media: blob });
    expect(await client.closed).toEqual({
      code: 1007,
      reason: 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    });
  });

  it('not after mediaChunks on models that still know them', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url, { model: OLD });
    const session = await server.waitForSession();
    client.session.sendRealtimeInput({ media: blob });
    client.session.sendRealtimeInput({ media: { data: 'AAAA', mimeType: 'image/jpeg' } });
    client.session.sendRealtimeInput({ text: 'still here' });
    await session.waitForSent((message) => JSON.stringify(message).includes('turnComplete'));
  });
});
