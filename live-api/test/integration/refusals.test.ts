// How the server turns clients away: the codes and the words of the real service, cut where it cuts them.
import { describe, expect, it } from 'vitest';
import { modelNames, startLiveApi } from '../../src/index.js';
import { openRaw, rawClient } from '../support/raw-client.js';

const start = (retired: 'serve' | 'refuse' = 'serve') =>
  startLiveApi({ speech: 'tones', pace: 'prompt', retired });
const model = 'models/gemini-3.8-live';

const TEXT_REFUSED = 'The requested combination of response modalities (TEXT) is not supported by the model.';
const INVALID = 'Request contains an invalid argument.';
const NOT_FOUND =
  'models/gemini-9 is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListModels to see th';

describe('a setup is refused', () => {
  it.each<[string, object, number, string]>([
    [
      'TEXT on an audio model',
      { model, generationConfig: { responseModalities: ['TEXT'] } },
      1007,
      TEXT_REFUSED,
    ],
    [
      'two modalities',
      {
        model: 'models/gemini-live-2.5-flash-preview',
        generationConfig: { responseModalities: ['TEXT', 'AUDIO'] },
      },
      1007,
      'The requested combination of response modalities (TEXT, AUDIO) is not supported by the model.',
    ],
    [
      'a level of thinking on 3.8',
      { model, generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
      1007,
      'Thinking level is not supported for this model.',
    ],
    [
      'thinkingConfig without a level on 3.8',
      { model, generationConfig: { thinkingConfig: { includeThoughts: true } } },
      1007,
      INVALID,
    ],
    [
      'the least level on extended thinking',
      {
        model: 'models/gemini-3.8-live-extended-thinking',
        generationConfig: { thinkingConfig: { thinkingLevel: 'MINIMAL' } },
      },
      1007,
      'Thinking level MINIMAL is not supported for this model.',
    ],
    [
      'a wrong enum value',
      { model, generationConfig: { responseModalities: ['SMELL'] } },
      1007,
      `Invalid value at 'setup.generation_config.response_modalities[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.`,
    ],
    [
      'an unknown name',
      { model, sessionResumption: { transparent: true } },
      1007,
      `Invalid JSON payload received. Unknown name "transparent" at 'setup.session_resumption': Cannot find field.`,
    ],
    [
      'proactivity on v1beta',
      { model, proactivity: { proactiveAudio: true } },
      1007,
      `Invalid JSON payload received. Unknown name "proactivity" at 'setup': Cannot find field.`,
    ],
    [
      'a deep unknown name',
      {
        model,
        tools: [
          {
            functionDeclarations: [
              {
                name: 'f',
                parameters: {
                  type: 'OBJECT',
                  properties: { a: { type: 'OBJECT', additionalProperties: false } },
                },
              },
            ],
          },
        ],
      },
      1007,
      `Invalid JSON payload received. Unknown name "additionalProperties" at 'setup.tools[0].function_declarations[0].parameters.p`,
    ],
    [
      'no thinkingConfig on extended thinking',
      { model: 'models/gemini-3.8-live-extended-thinking' },
      1007,
      INVALID,
    ],
    [
      'level and budget at once',
      {
        model: 'models/gemini-3.8-live-extended-thinking',
        generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 1 } },
      },
      1007,
      INVALID,
    ],
    ['code execution on 3.8', { model, tools: [{ codeExecution: {} }] }, 1007, INVALID],
    [
      'a blocking function on extended thinking',
      {
        model: 'models/gemini-3.8-live-extended-thinking',
        generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } },
        tools: [{ functionDeclarations: [{ name: 'f', behavior: 'BLOCKING' }] }],
      },
      1007,
      INVALID,
    ],
    [
      'AUDIO from a transcriber',
      { model: 'models/gemini-3.5-transcribe-live', generationConfig: { responseModalities: ['AUDIO'] } },
      1007,
      'The requested combination of response modalities (AUDIO) is not supported by the model.',
    ],
    ['an unknown model', { model: 'models/gemini-9' }, 1008, NOT_FOUND],
    [
      'a handle that nobody knows',
      { model, sessionResumption: { handle: 'x' } },
      1008,
      'BidiGenerateContent session not found',
    ],
    [
      'a long unknown name',
      { model, ['x'.repeat(200)]: 1 },
      1007,
      `Invalid JSON payload received. Unknown name "${'x'.repeat(200)}`.slice(0, 123),
    ],
  ])('for %s', async (_, setup, code, reason) => {
    await using server = await start();
    const client = rawClient(server.url, { setup });
    expect(await client.closed).toEqual({ code, reason });
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(client.messages).toEqual([]);
  });

  it.each([
    ['invalid-key', 1007, 'API key not valid. Please pass a valid API key.'],
    ['expired-key', 1007, 'API key expired. Please renew the API key.'],
    ['leaked-key', 1008, 'Your API key was reported as leaked. Please use another API key.'],
    [
      'quota-key',
      1011,
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: h',
    ],
    [
      'undefined',
      1008,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API c",
    ],
  ])('for the key %s', async (key, code, reason) => {
    await using server = await start();
    const path = `/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=${key}`;
    expect(await rawClient(server.url, { path, setup: { model } }).closed).toEqual({ code, reason });
  });
});

describe('a message is refused', () => {
  it.each<[string, object, object, string]>([
    ['setup again', {}, { setup: { model } }, 'setup must be the first message and only the first'],
    [
      'mediaChunks on 3.1',
      { model: 'models/gemini-3.1-flash-live-preview' },
      { realtimeInput: { mediaChunks: [{ data: 'AAAA', mimeType: 'audio/pcm' }] } },
      'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    ],
    [
      'activityStart under automatic detection',
      {},
      { realtimeInput: { activityStart: {} } },
      'Explicit activity control is not supported when automatic activity detection is enabled.',
    ],
    [
      'clientContent in mid-session on 3.1',
      { model: 'models/gemini-3.1-flash-live-preview' },
      { clientContent: { turns: [{ role: 'user', parts: [{ text: 'hi' }] }], turnComplete: true } },
      INVALID,
    ],
    [
      'bad base64',
      {},
      { realtimeInput: { audio: { data: '###' } } },
      `Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for "###"`,
    ],
    [
      'audio that is none',
      {},
      { realtimeInput: { audio: { data: 'AAAA', mimeType: 'audio/mpeg' } } },
      INVALID,
    ],
  ])('%s', async (_, setup, message, reason) => {
    await using server = await start();
    const client = await openRaw(server.url, setup);
    client.send(message);
    expect(await client.closed).toEqual({ code: 1007, reason });
  });

  it('both at once: a message of two kinds', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    client.send({ realtimeInput: { text: 'hi' }, clientContent: { turnComplete: true } });
    expect(await client.closed).toMatchObject({ code: 1007, reason: expect.stringMatching(/oneof field/) });
  });

  it('anything before the setup', async () => {
    await using server = await start();
    const client = rawClient(server.url);
    client.socket.on('open', () => client.send({ realtimeInput: { text: 'hi' } }));
    expect(await client.closed).toEqual({
      code: 1007,
      reason: 'setup must be the first message and only the first',
    });
  });
});

describe('models', () => {
  const needs = (name: string) =>
    name.includes('extended') ? { generationConfig: { thinkingConfig: { thinkingBudget: 100 } } } : {};
  const oldModels = modelNames.filter((name) => /[^.\d]2\.[05]|3\.1/.test(name));
  const current = modelNames.filter((name) => !oldModels.includes(name));

  it.each(modelNames)('%s is served', async (name) => {
    await using server = await start();
    const client = await openRaw(server.url, { model: `models/${name}`, ...needs(name) });
    client.socket.close();
    expect((await client.closed).code).toBe(1005);
  });

  it('are the current four, and old ones', () => {
    expect(current).toHaveLength(4);
    expect(oldModels).toHaveLength(12);
  });

  it.each(oldModels)('%s is refused where Google no longer serves it', async (name) => {
    await using server = await start('refuse');
    const gone = rawClient(server.url, { setup: { model: `models/${name}` } });
    const words = `models/${name} is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListModels to see`;
    expect(await gone.closed).toEqual({ code: 1008, reason: words.slice(0, 123) });
  });

  it.each(current)('%s is served there, too', async (name) => {
    await using server = await start('refuse');
    const client = await openRaw(server.url, { model: `models/${name}`, ...needs(name) });
    client.socket.terminate();
  });
});

describe('the way in', () => {
  const path = (version: string, rest = '') =>
    `//ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent${rest}`;

  it.each(['v1', 'v1beta', 'v1alpha'])('is open under %s, with the key in the query', async (version) => {
    await using server = await start();
    const client = rawClient(server.url, { path: path(version, '?key=k'), setup: { model } });
    await client.next('setupComplete');
    expect(await server.waitForSession()).toMatchObject({ version, key: 'k' });
    client.socket.terminate();
  });

  it.each([{ 'x-goog-api-key': 'h' }, { authorization: 'Bearer h' }])('is open with %j', async (headers) => {
    await using server = await start();
    const client = rawClient(server.url, {
      path: path('v1beta'),
      headers: headers as Record<string, string>,
      setup: { model },
    });
    await client.next('setupComplete');
    expect((await server.waitForSession()).key).toBe('h');
    client.socket.terminate();
  });

  it('is closed to a bad key in a header', async () => {
    await using server = await start();
    const headers = { 'x-goog-api-key': 'invalid' };
    const client = rawClient(server.url, { path: path('v1beta'), headers, setup: { model } });
    expect(await client.closed).toMatchObject({ code: 1007, reason: expect.stringMatching(/^API key not/) });
  });

  it('takes an API key not on the path of ephemeral tokens, nor a token elsewhere', async () => {
    await using server = await start();
    const keyed = rawClient(server.url, { path: path('v1beta', 'Constrained?key=k'), setup: { model } });
    expect((await keyed.closed).code).toBe(1008);
    const wrong = rawClient(server.url, { path: path('v1beta', '?key=auth_tokens/0'), setup: { model } });
    expect((await wrong.closed).code).toBe(1007);
  });
});

it('other paths are not found, and health is', async () => {
  await using server = await start();
  const client = rawClient(server.url, { path: '/ws/elsewhere' });
  expect((await client.closed).code).toBe(1006);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
});
