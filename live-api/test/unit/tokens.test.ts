// Ephemeral tokens at the times that matter, on a clock that the test moves.
import { describe, expect, it } from 'vitest';
import { EphemeralTokens } from '../../src/auth/tokens.js';
import { Refusal } from '../../src/wire/refusal.js';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
const at = (ms: number) => new Date(START_MS + ms).toISOString();

function open(body: object = {}) {
  let nowMs = START_MS;
  const tokens = new EphemeralTokens(() => nowMs);
  const { name } = tokens.mint(body, 'v1beta');
  const use = (setup: object = {}) => tokens.use(name, setup);
  return {
    use,
    refusal: (setup: object = {}) => {
      try {
        use(setup);
      } catch (error) {
        if (error instanceof Refusal) return `${error.code} ${error.message}`;
        throw error;
      }
      return undefined;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const EXPIRED = '1007 API key expired. Please renew the API key.';

describe('a token', () => {
  it('is good for half an hour, and for opening sessions for a minute, when nothing else is said', () => {
    const { use, refusal, pass } = open({ uses: 0 });
    expect(use().expiresInMs).toBe(30 * MINUTE_MS);
    pass(59_999);
    expect(use().expiresInMs).toBe(30 * MINUTE_MS - 59_999);
    pass(1);
    expect(refusal()).toBe(EXPIRED);
  });

  it('opens sessions no longer than it is good', () => {
    const { use, refusal, pass } = open({
      uses: 0,
      expireTime: at(2 * MINUTE_MS),
      newSessionExpireTime: at(5 * MINUTE_MS),
    });
    expect(use().expiresInMs).toBe(2 * MINUTE_MS);
    pass(2 * MINUTE_MS);
    expect(refusal()).toBe(EXPIRED);
  });

  it('may be used as often as it says; resuming is no use of it', () => {
    const { use, refusal } = open({ uses: 2 });
    const resuming = { sessionResumption: { handle: 'h' } };
    use();
    use(resuming);
    use();
    use(resuming);
    expect(refusal()).toBe('1008 Token has been used too many times');
    expect(refusal(resuming)).toBeUndefined();
  });

  it.each([
    { uses: -1 },
    { expireTime: at(-1) },
    { expireTime: at(20 * 60 * MINUTE_MS + 1) },
    { newSessionExpireTime: at(0) },
  ])('is not minted with %j', (body) => {
    expect(() => open(body)).toThrow('Request contains an invalid argument.');
  });

  it.each([
    [{ usages: 1 }, `Invalid JSON payload received. Unknown name "usages": Cannot find field.`],
    [{ uses: 'many' }, `Invalid value at 'uses' (TYPE_INT32), "many"`],
    [
      { expireTime: 'tomorrow' },
      `Invalid value at 'expire_time' (type.googleapis.com/google.protobuf.Timestamp), "tomorrow"`,
    ],
    [
      { bidiGenerateContentSetup: { modle: 'x' } },
      `Invalid JSON payload received. Unknown name "modle" at 'bidi_generate_content_setup': Cannot find field.`,
    ],
  ])('is not minted with %j, in the words of the service', (body, words) => {
    expect(() => open(body)).toThrow(words);
  });
});

describe('what a token locks', () => {
  const bidiGenerateContentSetup = {
    model: 'models/gemini-3.8-live',
    generationConfig: { temperature: 0.1, responseModalities: ['AUDIO'] },
    systemInstruction: { parts: [{ text: 'Be kind.' }] },
  };
  const asked = {
    model: 'models/gemini-2.0-flash-live-001',
    generationConfig: { temperature: 0.9, topK: 5 },
    systemInstruction: { parts: [{ text: 'Be rude.' }] },
    sessionResumption: { handle: 'h' },
    outputAudioTranscription: {},
  };

  it('is everything without a mask, but for the handle', () => {
    expect(open({ bidiGenerateContentSetup }).use(asked).setup).toEqual({
      ...bidiGenerateContentSetup,
      sessionResumption: { handle: 'h' },
    });
  });

  it('is what the mask names, in either case, down to single fields', () => {
    const fieldMask = 'model, generation_config.temperature,systemInstruction';
    expect(open({ bidiGenerateContentSetup, fieldMask }).use(asked).setup).toEqual({
      ...asked,
      model: 'models/gemini-3.8-live',
      generationConfig: { temperature: 0.1, topK: 5 },
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
    });
  });

  it('is also what the mask names and the constraint leaves out: nobody may set that', () => {
    const fieldMask = 'generationConfig.topK,outputAudioTranscription';
    const { setup } = open({ bidiGenerateContentSetup, fieldMask }).use(asked);
    expect(setup).not.toHaveProperty('outputAudioTranscription');
    expect(setup.generationConfig).toEqual({ temperature: 0.9 });
  });

  it('is nothing where the token has neither', () => {
    expect(open().use(asked).setup).toEqual(asked);
  });
});
