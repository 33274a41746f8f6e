// What the service says to messages that are not right, word for word.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientMessage } from '../../src/wire/client-message.js';
import type { ApiVersion } from '../../src/wire/client-schema.js';
import { readEndpoint } from '../../src/wire/endpoint.js';
import { duration } from '../../src/wire/messages.js';
import { closeReason, MAX_REASON_BYTES, Refusal } from '../../src/wire/refusal.js';

function refusalOf(message: unknown, version: ApiVersion = 'v1beta'): Refusal | undefined {
  try {
    readClientMessage(typeof message === 'string' ? message : JSON.stringify(message), version);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return undefined;
}

describe('a client message', () => {
  it.each([
    [
      { setup: { sessionResumption: { transparent: true } } },
      `Unknown name "transparent" at 'setup.session_resumption': Cannot find field.`,
    ],
    [
      { setup: { session_resumption: { transparent: true } } },
      `Unknown name "transparent" at 'setup.session_resumption': Cannot find field.`,
    ],
    [
      { setup: { proactivity: { proactiveAudio: true } } },
      `Unknown name "proactivity" at 'setup': Cannot find field.`,
    ],
    [{ setup: { safetySettings: [] } }, `Unknown name "safetySettings" at 'setup': Cannot find field.`],
    [
      { setup: { explicitVadSignal: true } },
      `Unknown name "explicitVadSignal" at 'setup': Cannot find field.`,
    ],
    [
      { setup: { generationConfig: { outputAudioTranscription: {} } } },
      `Unknown name "outputAudioTranscription" at 'setup.generation_config': Cannot find field.`,
    ],
    [
      { setup: { generationConfig: { enableAffectiveDialog: true } } },
      `Unknown name "enableAffectiveDialog" at 'setup.generation_config': Cannot find field.`,
    ],
    [
      {
        setup: {
          tools: [
            {
              functionDeclarations: [
                { name: 'f', parameters: { type: 'OBJECT', additionalProperties: false } },
              ],
            },
          ],
        },
      },
      `Unknown name "additionalProperties" at 'setup.tools[0].function_declarations[0].parameters': Cannot find field.`,
    ],
    [{ helo: 1 }, 'Unknown name "helo": Cannot find field.'],
  ])('with an unknown name is refused: %j', (message, words) => {
    const refusal = refusalOf(message);
    expect(refusal?.code).toBe(1007);
    expect(refusal?.message).toBe(`Invalid JSON payload received. ${words}`);
  });

  it.each([
    [
      { setup: { generationConfig: { responseModalities: ['SMELL'] } } },
      `Invalid value at 'setup.generation_config.response_modalities[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality), "SMELL"`,
    ],
    [{ setup: { model: 7 } }, `Invalid value at 'setup.model' (TYPE_STRING), 7`],
    [
      { realtimeInput: { audio: { data: '*' } } },
      `Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for "*"`,
    ],
    [
      { realtimeInput: { audio: { data: 'AAAAA' } } },
      `Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for "AAAAA"`,
    ],
    [
      { clientContent: { turnComplete: 'yes' } },
      `Invalid value at 'client_content.turn_complete' (TYPE_BOOL), "yes"`,
    ],
    [
      { setup: { contextWindowCompression: { triggerTokens: 'many' } } },
      `Invalid value at 'setup.context_window_compression.trigger_tokens' (TYPE_INT64), "many"`,
    ],
    [
      { toolResponse: { functionResponses: [{ response: 'text' }] } },
      `Invalid value at 'tool_response.function_responses[0].response' (TYPE_STRUCT), "text"`,
    ],
  ])('with a wrong value is refused: %j', (message, words) => {
    expect(refusalOf(message)).toMatchObject({ code: 1007, message: words });
  });

  it('with data is taken just when it is base64, plain or for URLs, padded or not', () => {
    const digits = 'AZaz09+/_-'.split('');
    const refuses = (data: string) => refusalOf({ realtimeInput: { audio: { data } } }) !== undefined;
    const isBase64 = (data: string) =>
      /^[A-Za-z0-9+/_-]*={0,2}$/.test(data) && data.replace(/=+$/, '').length % 4 !== 1;
    const character = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...digits) },
      fc.constantFrom('=', ' ', '\n', '?', '\u00e9', '\u20ac'),
    );
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 40 }),
        fc.constantFrom('', '=', '==', '==='),
        fc.constantFrom(0, 100_000),
        (characters, padding, before) => {
          const data = 'A'.repeat(before) + characters.join('') + padding;
          expect(refuses(data)).toBe(!isBase64(data));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['', '{', '[1]', '"text"', 'null', '{"setup":{}}x'])(
    'that is no JSON object is refused: %s',
    (frame) => {
      expect(refusalOf(frame)).toMatchObject({
        code: 1007,
        message: expect.stringMatching(/^Invalid JSON payload received\./),
      });
    },
  );

  it('is refused when it is two in one, or nested without end', () => {
    expect(refusalOf({ setup: {}, realtimeInput: {} })?.code).toBe(1007);
    let schema: object = { type: 'STRING' };
    for (let n = 0; n < 2000; n++) schema = { type: 'ARRAY', items: schema };
    expect(
      refusalOf({ setup: { tools: [{ functionDeclarations: [{ name: 'f', parameters: schema }] }] } })?.code,
    ).toBe(1007);
  });

  it('may be written in snake_case, with nulls, numbers as strings and enums as numbers', () => {
    const { message } = readClientMessage(
      JSON.stringify({
        setup: {
          model: 'models/m',
          generation_config: { response_modalities: [3], temperature: '0.5', speech_config: null },
          context_window_compression: { trigger_tokens: '25600' },
        },
      }),
      'v1beta',
    );
    expect(message).toEqual({
      type: 'setup',
      setup: {
        model: 'models/m',
        generationConfig: { responseModalities: ['AUDIO'], temperature: 0.5 },
        contextWindowCompression: { triggerTokens: 25_600 },
      },
    });
  });

  it('may hold proactivity and affective dialog on v1alpha', () => {
    const setup = {
      proactivity: { proactiveAudio: true },
      generationConfig: { enableAffectiveDialog: true },
    };
    expect(refusalOf({ setup }, 'v1alpha')).toBeUndefined();
  });
});

describe('a close reason', () => {
  it('is cut at 123 bytes, never inside a character', () => {
    expect(closeReason('x'.repeat(200))).toHaveLength(MAX_REASON_BYTES);
    const cut = closeReason(`${'x'.repeat(122)}é`);
    expect(cut).toBe('x'.repeat(122));
    expect(closeReason('short')).toBe('short');
  });
});

describe('an endpoint', () => {
  const service = 'google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent';

  it.each([
    [`//ws/${service}?key=abc`, {}, { version: 'v1alpha', constrained: false, key: 'abc' }],
    [
      `/ws/${service}Constrained?access_token=auth_tokens/x`,
      {},
      { version: 'v1alpha', constrained: true, key: 'auth_tokens/x' },
    ],
    [`/ws/${service}`, { 'x-goog-api-key': 'h' }, { version: 'v1alpha', constrained: false, key: 'h' }],
    [
      `/ws/${service}Constrained`,
      { authorization: 'Token auth_tokens/y' },
      { version: 'v1alpha', constrained: true, key: 'auth_tokens/y' },
    ],
    [`/ws/${service}?key=undefined`, {}, { version: 'v1alpha', constrained: false, key: undefined }],
  ])('is read from %s %j', (url, headers, endpoint) => {
    expect(readEndpoint(url, headers)).toEqual(endpoint);
  });

  it.each([
    '/',
    '/ws/other',
    `/ws/${service}X`,
    `/x/ws/${service}`,
    '/ws/google.ai.generativelanguage.v2.GenerativeService.BidiGenerateContent',
  ])('is not %s', (url) => {
    expect(readEndpoint(url, {})).toBeUndefined();
  });
});

it('durations are written as proto JSON does', () => {
  expect([0, 240, 1000, 50_000, 3840].map(duration)).toEqual(['0s', '0.240s', '1s', '50s', '3.840s']);
});
