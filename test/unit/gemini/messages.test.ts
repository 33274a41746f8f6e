// Messages of the service as events: every field, several things in one message, and whatever is broken.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapServerMessage } from '../../../src/gemini/messages.js';
import type { ModelEvent } from '../../../src/session/port.js';

const pcm = (...samples: number[]) => Buffer.from(Int16Array.from(samples).buffer).toString('base64');
const content = (serverContent: object) => mapServerMessage({ serverContent });
const part = (fields: object) => content({ modelTurn: { parts: [fields] } });
const types = (events: readonly ModelEvent[]) => events.map(({ type }) => type);

describe('each field', () => {
  test('audio keeps its samples and takes the rate of its type', () => {
    const inlineData = { mimeType: 'audio/pcm;rate=16000', data: pcm(1, -2, 32_767) };
    expect(part({ inlineData })).toEqual([
      { type: 'audio', chunk: { samples: Int16Array.from([1, -2, 32_767]), rate: 16_000 } },
    ]);
  });

  test.each([
    ['audio/pcm', 24_000],
    ['audio/L16;codec=pcm;rate=48000', 48_000],
    ['audio/pcm;rate=3', 24_000],
    ['audio/pcm;rate=24001', 24_000],
    [undefined, 24_000],
  ])('audio of type %s has %d samples a second', (mimeType, rate) => {
    expect(part({ inlineData: { mimeType, data: pcm(5) } })).toMatchObject([
      { type: 'audio', chunk: { rate } },
    ]);
  });

  test.each([
    ['another medium', { mimeType: 'video/mp4', data: pcm(1) }],
    ['compressed audio', { mimeType: 'audio/mpeg', data: pcm(1) }],
    ['no data', { mimeType: 'audio/pcm' }],
    ['half a sample', { mimeType: 'audio/pcm', data: 'AA==' }],
  ])('%s is no audio', (_, inlineData) => {
    expect(part({ inlineData })).toEqual([]);
  });

  test('text, thoughts, code and its result', () => {
    expect(part({ text: 'Hello' })).toEqual([{ type: 'text', text: 'Hello' }]);
    expect(part({ text: 'Hm', thought: true, thoughtSignature: 'x' })).toEqual([
      { type: 'thought', text: 'Hm' },
    ]);
    expect(part({ executableCode: { language: 'PYTHON', code: 'print(1)' } })).toEqual([
      { type: 'code', language: 'PYTHON', code: 'print(1)' },
    ]);
    expect(part({ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } })).toEqual([
      { type: 'code-result', outcome: 'OUTCOME_OK', output: '1\n' },
    ]);
    expect(part({ codeExecutionResult: {} })).toEqual([
      { type: 'code-result', outcome: 'OUTCOME_UNSPECIFIED', output: '' },
    ]);
  });

  test('transcripts', () => {
    expect(content({ inputTranscription: { text: 'hi', languageCode: 'en-US', finished: true } })).toEqual([
      { type: 'input-transcript', text: 'hi', finished: true, interim: false, language: 'en-US' },
    ]);
    expect(content({ interimInputTranscription: { text: 'h' } })).toEqual([
      { type: 'input-transcript', text: 'h', finished: false, interim: true },
    ]);
    expect(content({ outputTranscription: { text: 'Yes', finished: false } })).toEqual([
      { type: 'output-transcript', text: 'Yes', finished: false },
    ]);
    expect(content({ outputTranscription: { finished: true } })).toEqual([
      { type: 'output-transcript', text: '', finished: true },
    ]);
    expect(content({ inputTranscription: {}, outputTranscription: { text: '' } })).toEqual([]);
  });

  test('grounding and URL context go on as they came', () => {
    const groundingMetadata = { webSearchQueries: ['weather'], anything: { new: [1] } };
    const urlContextMetadata = { urlMetadata: [{ retrievedUrl: 'https://a.example.com' }] };
    expect(content({ groundingMetadata, urlContextMetadata })).toEqual([
      { type: 'grounding', metadata: groundingMetadata },
      { type: 'url-context', metadata: urlContextMetadata },
    ]);
  });

  test('the end of generation and of the turn', () => {
    expect(content({ generationComplete: true })).toEqual([{ type: 'generation-complete' }]);
    expect(content({ turnComplete: true })).toEqual([{ type: 'turn-complete' }]);
    expect(
      content({ turnComplete: true, turnCompleteReason: 'NEED_MORE_INPUT', waitingForInput: true }),
    ).toEqual([{ type: 'turn-complete', reason: 'NEED_MORE_INPUT', waitingForInput: true }]);
    expect(content({ turnComplete: false, generationComplete: false, interrupted: false })).toEqual([]);
    expect(content({ interrupted: true })).toEqual([{ type: 'interrupted' }]);
  });

  test('a turn that the service breaks off is an error of its own', () => {
    expect(content({ turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' })).toEqual([
      { type: 'error', code: 'RESPONSE_REJECTED', message: expect.any(String), fatal: false },
      { type: 'turn-complete', reason: 'RESPONSE_REJECTED' },
    ]);
    for (const turnCompleteReason of ['TURN_COMPLETE_REASON_UNSPECIFIED', '']) {
      expect(content({ turnComplete: true, turnCompleteReason })).toEqual([
        { type: 'turn-complete', reason: turnCompleteReason },
      ]);
    }
  });

  test.each([
    ['IN_PROGRESS', 'in-progress'],
    ['REQUIRES_ACTION', 'in-progress'],
    ['IDLE', 'idle'],
  ])('interaction status %s, inside serverContent or beside toolCall', (value, status) => {
    expect(content({ interactionStatus: value })).toEqual([{ type: 'interaction', status }]);
    expect(mapServerMessage({ interactionStatus: value })).toEqual([{ type: 'interaction', status }]);
  });

  test('tool calls and their cancellation', () => {
    const functionCalls = [
      { id: 'a', name: 'f', args: { x: 1 } },
      { id: 'b', name: 'g' },
      { name: 'h', args: [] },
      { id: 'c' },
    ];
    expect(mapServerMessage({ toolCall: { functionCalls } })).toEqual([
      {
        type: 'tool-calls',
        calls: [
          { id: 'a', name: 'f', args: { x: 1 } },
          { id: 'b', name: 'g', args: {} },
          { id: '', name: 'h', args: {} },
        ],
      },
    ]);
    expect(mapServerMessage({ toolCallCancellation: { ids: ['a', 3, 'b'] } })).toEqual([
      { type: 'tool-cancelled', ids: ['a', 'b'] },
    ]);
  });

  test('usage in the words of both services', () => {
    const details = [
      { modality: 'AUDIO', tokenCount: 7 },
      { modality: 'TEXT', tokenCount: 2 },
      { modality: 'AUDIO', tokenCount: '1' },
    ];
    const usageMetadata = {
      promptTokenCount: 10,
      responseTokenCount: '5',
      thoughtsTokenCount: 2,
      toolUsePromptTokenCount: 3,
      cachedContentTokenCount: 4,
      totalTokenCount: 17,
      promptTokensDetails: details,
      responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
    };
    const usage = {
      prompt: 10,
      response: 5,
      thoughts: 2,
      toolPrompt: 3,
      cached: 4,
      total: 17,
      promptByModality: { AUDIO: 8, TEXT: 2 },
      responseByModality: { AUDIO: 5 },
    };
    expect(mapServerMessage({ usageMetadata })).toEqual([{ type: 'usage', usage }]);
    expect(
      mapServerMessage({ usageMetadata: { candidatesTokenCount: 5, promptTokenCount: 1 } }),
    ).toMatchObject([{ usage: { response: 5, prompt: 1, total: 6 } }]);
    expect(mapServerMessage({ usageMetadata: { trafficType: 'ON_DEMAND' } })).toEqual([]);
  });

  test.each([
    ['50s', 50_000],
    ['0.160s', 160],
    ['-1s', 0],
    [{ seconds: '9', nanos: 500_000_000 }, 9_500],
    [undefined, 0],
    ['soon', 0],
  ])('goAway with %j left', (timeLeft, timeLeftMs) => {
    expect(mapServerMessage({ goAway: { timeLeft } })).toEqual([{ type: 'go-away', timeLeftMs }]);
  });

  test.each([
    [
      { newHandle: 'h', resumable: true },
      { handle: 'h', resumable: true },
    ],
    [
      { newHandle: '', resumable: false },
      { handle: '', resumable: false },
    ],
    [{ newHandle: 'h' }, { handle: 'h', resumable: false }],
    [{ resumable: true }, { handle: '', resumable: false }],
    [{}, { handle: '', resumable: false }],
  ])('resumption update %j', (sessionResumptionUpdate, expected) => {
    expect(mapServerMessage({ sessionResumptionUpdate })).toEqual([{ type: 'resumption', ...expected }]);
  });

  test.each([
    [{ voiceActivity: { type: 'ACTIVITY_START', audioOffset: '0.160s' } }, 'started', 160],
    [{ voiceActivity: { voiceActivityType: 'ACTIVITY_END', audioOffset: '3.840s' } }, 'ended', 3_840],
    [{ voiceActivity: { type: 'ACTIVITY_END' } }, 'ended', undefined],
    [{ voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } }, 'started', undefined],
    [{ voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' } }, 'ended', undefined],
    [
      {
        voiceActivity: { type: 'ACTIVITY_START', audioOffset: '1s' },
        voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' },
      },
      'started',
      1_000,
    ],
  ])('activity %j is reported once', (message, phase, offsetMs) => {
    expect(mapServerMessage(message)).toEqual([
      { type: 'activity', phase, ...(offsetMs === undefined ? {} : { offsetMs }) },
    ]);
  });

  test('an error object of a proxy', () => {
    expect(
      mapServerMessage({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow down' } }),
    ).toEqual([{ type: 'error', code: 'RESOURCE_EXHAUSTED', message: 'slow down', fatal: false }]);
    expect(mapServerMessage({ error: { code: 500 } })).toMatchObject([{ code: '500' }]);
  });
});

describe('several things in one message', () => {
  test('come in the order in which they are to be acted on', () => {
    const everything = {
      usageMetadata: { totalTokenCount: 1 },
      goAway: { timeLeft: '1s' },
      sessionResumptionUpdate: { newHandle: 'h', resumable: true },
      toolCallCancellation: { ids: ['x'] },
      toolCall: { functionCalls: [{ id: 'a', name: 'f' }] },
      serverContent: {
        turnComplete: true,
        interactionStatus: 'IDLE',
        generationComplete: true,
        urlContextMetadata: {},
        groundingMetadata: {},
        outputTranscription: { text: 'words' },
        modelTurn: {
          parts: [{ text: 'a', inlineData: { data: pcm(1) } }, { executableCode: { code: 'c' } }],
        },
        inputTranscription: { text: 'question' },
        interimInputTranscription: { text: 'quest' },
        interrupted: true,
      },
      voiceActivity: { type: 'ACTIVITY_START' },
    };
    expect(types(mapServerMessage(everything))).toEqual([
      'activity',
      'interrupted',
      'input-transcript',
      'input-transcript',
      'text',
      'audio',
      'code',
      'output-transcript',
      'grounding',
      'url-context',
      'tool-calls',
      'tool-cancelled',
      'generation-complete',
      'interaction',
      'turn-complete',
      'resumption',
      'go-away',
      'usage',
    ]);
  });

  test('the end of speech comes after its words and before the answer', () => {
    const message = {
      voiceActivity: { type: 'ACTIVITY_END' },
      serverContent: { inputTranscription: { text: 'hi' }, modelTurn: { parts: [{ text: 'ho' }] } },
    };
    expect(types(mapServerMessage(message))).toEqual(['input-transcript', 'activity', 'text']);
  });
});

describe('more than anybody reads', () => {
  const long = 'x'.repeat(2_000_000);
  const parts = (count: number, fields: object) =>
    content({ modelTurn: { parts: Array.from({ length: count }, () => fields) } });

  test.each([
    ['thoughts', { text: 'hm ', thought: true }],
    ['texts', { text: 'hm ' }],
  ])('ten thousand %s in one message are one event', (_, fields) => {
    const events = parts(10_000, fields);
    expect(events).toHaveLength(1);
    expect(events).toMatchObject([{ text: 'hm '.repeat(10_000) }]);
    expect(parts(100, { ...fields, text: 'x'.repeat(60_000) })).toMatchObject([{ text: 'x'.repeat(60_000) }]);
  });

  test('of ten thousand programs and results some are passed on', () => {
    expect(parts(10_000, { executableCode: { language: 'PYTHON', code: '1' } }).length).toBeLessThan(100);
    expect(parts(10_000, { codeExecutionResult: { outcome: 'OUTCOME_OK' } }).length).toBeLessThan(100);
  });

  test.each([
    ['the name of a function', { toolCall: { functionCalls: [{ id: '1', name: long }] } }],
    ['the id of a call', { toolCall: { functionCalls: [{ id: long, name: 'light' }] } }],
    ['the ids of calls that are cancelled', { toolCallCancellation: { ids: [long] } }],
    ['an error', { error: { status: long, message: long } }],
    ['the reason of an end', { serverContent: { turnComplete: true, turnCompleteReason: long } }],
    ['the language of words', { serverContent: { inputTranscription: { text: 'a', languageCode: long } } }],
    [
      'the language of a program',
      { serverContent: { modelTurn: { parts: [{ executableCode: { language: long, code: '1' } }] } } },
    ],
    ['a handle', { sessionResumptionUpdate: { newHandle: long, resumable: true } }],
  ])('%s of two megabytes is cut', (_, message) => {
    const events = mapServerMessage(message);
    expect(events).not.toEqual([]);
    expect(JSON.stringify(events).length).toBeLessThan(2_000);
  });

  test('a handle that is too long cannot be resumed with', () => {
    expect(mapServerMessage({ sessionResumptionUpdate: { newHandle: long, resumable: true } })).toEqual([
      { type: 'resumption', handle: '', resumable: false },
    ]);
  });
});

describe('what is unknown or broken', () => {
  test.each([[{}], [{ serverContent: {} }], [{ setupComplete: { sessionId: 's' } }], [{ news: { a: 1 } }]])(
    '%j gives no events',
    (message) => {
      expect(mapServerMessage(message)).toEqual([]);
    },
  );

  test('any JSON at all is survived', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (message) => {
        expect(Array.isArray(mapServerMessage(message))).toBe(true);
      }),
    );
  });

  test('known names with any value are survived, and a valid field beside them is still read', () => {
    const any = fc.jsonValue();
    const known = fc.record(
      {
        modelTurn: fc.oneof(
          any,
          fc.record({ parts: fc.oneof(any, fc.array(fc.dictionary(partNames, any))) }),
        ),
        ...Object.fromEntries(
          [
            'interrupted',
            'inputTranscription',
            'interimInputTranscription',
            'outputTranscription',
            'groundingMetadata',
            'urlContextMetadata',
            'interactionStatus',
          ].map((name) => [name, any]),
        ),
      },
      { requiredKeys: [] },
    );
    const message = fc.record(
      {
        serverContent: known,
        toolCall: fc.oneof(any, fc.record({ functionCalls: fc.oneof(any, fc.array(any)) })),
        toolCallCancellation: any,
        usageMetadata: any,
        sessionResumptionUpdate: any,
        voiceActivity: any,
        voiceActivityDetectionSignal: any,
        goAway: any,
        error: any,
      },
      { requiredKeys: ['serverContent'] },
    );
    fc.assert(
      fc.property(message, (value) => {
        const events = mapServerMessage({
          ...value,
          serverContent: { ...value.serverContent, turnComplete: true },
        });
        expect(events.filter(({ type }) => type === 'turn-complete')).toHaveLength(1);
      }),
    );
  });
});

const partNames = fc.constantFrom('text', 'thought', 'inlineData', 'executableCode', 'codeExecutionResult');
