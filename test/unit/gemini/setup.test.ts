// What the real SDK puts on the wire for a profile: feature → field of the profile → exact JSON of `setup`.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildConnect, type ConnectOptions } from '../../../src/gemini/setup.js';
import { capabilitiesOf, checkProfile } from '../../../src/profile/model-capabilities.js';
import { parseProfile } from '../../../src/profile/profile.js';
import { captureSetup } from './capture-setup.js';

const NATIVE = 'gemini-2.5-flash-native-audio-preview-12-2025';
const HALF_CASCADE = 'gemini-live-2.5-flash-preview';
const EXTENDED = 'gemini-3.8-live-extended-thinking';

function connectFor(fields: Record<string, unknown>, options: ConnectOptions = {}) {
  const parsed = parseProfile({ metadata: fields });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const capabilities = capabilitiesOf(parsed.profile.model);
  const { problems } = checkProfile(parsed.profile, capabilities, { vertex: options.vertex ?? false });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return buildConnect(parsed.profile, capabilities, options);
}

/** `setup` of a profile that says nothing. */
const plain = {
  model: 'models/gemini-3.8-live',
  generationConfig: { responseModalities: ['AUDIO'] },
  sessionResumption: {},
  inputAudioTranscription: {},
  outputAudioTranscription: {},
  contextWindowCompression: { slidingWindow: {} },
};

const generation = (fields: object, model = plain.model) => ({
  ...plain,
  model: `models/${model.replace('models/', '')}`,
  generationConfig: { responseModalities: ['AUDIO'], ...fields },
});

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  warn.mockRestore();
});

const weather = {
  name: 'get_weather',
  description: 'The weather of a place',
  parameters: {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: ['integer', 'null'] } },
    required: ['place'],
    additionalProperties: false,
  },
  behavior: 'NON_BLOCKING',
};

type Row = readonly [
  feature: string,
  profile: Record<string, unknown>,
  setup: unknown,
  options?: ConnectOptions,
];

const rows: readonly Row[] = [
  ['nothing asked', {}, plain],
  [
    'response modality: modality',
    { model: HALF_CASCADE, modality: 'text' },
    {
      model: `models/${HALF_CASCADE}`,
      generationConfig: { responseModalities: ['TEXT'] },
      sessionResumption: {},
      inputAudioTranscription: {},
      contextWindowCompression: { slidingWindow: {} },
    },
  ],
  [
    'system instruction: instructions',
    { instructions: 'Be brief.' },
    { ...plain, systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] } },
  ],
  [
    'system instruction of several paragraphs: live.systemInstruction',
    { live: { systemInstruction: { parts: [{ text: 'One.' }, { text: 'Two.' }] } } },
    { ...plain, systemInstruction: { parts: [{ text: 'One.' }, { text: 'Two.' }] } },
  ],
  [
    'voice',
    { voice: 'Puck' },
    generation({ speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } }),
  ],
  [
    'a voice of one’s own: live.speechConfig',
    {
      live: {
        speechConfig: {
          voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/wav', voiceSampleAudio: 'AAAA' } },
        },
      },
    },
    generation({
      speechConfig: {
        voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/wav', voiceSampleAudio: 'AAAA' } },
      },
    }),
  ],
  [
    'language, on a model that takes one',
    { model: HALF_CASCADE, language: 'fr-CA', voice: 'Kore' },
    generation(
      {
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'fr-CA' },
      },
      HALF_CASCADE,
    ),
  ],
  ['language, on a model that chooses by itself', { language: 'fr-CA' }, plain],
  [
    'transcription of both sides, with hints',
    {
      live: {
        inputAudioTranscription: { languageCodes: ['de-DE'], customVocabulary: ['LiveKit'] },
        outputAudioTranscription: { languageCodes: ['en-US'] },
      },
    },
    {
      ...plain,
      inputAudioTranscription: { languageCodes: ['de-DE'], customVocabulary: ['LiveKit'] },
      outputAudioTranscription: { languageCodes: ['en-US'] },
    },
  ],
  [
    'thinking by level',
    { model: EXTENDED, live: { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } } },
    generation({ thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } }, EXTENDED),
  ],
  [
    'thinking that a model insists on',
    { model: EXTENDED },
    generation({ thinkingConfig: { thinkingLevel: 'LOW' } }, EXTENDED),
  ],
  [
    'thinking by budget',
    { model: NATIVE, live: { thinkingConfig: { thinkingBudget: 0 } } },
    generation({ thinkingConfig: { thinkingBudget: 0 } }, NATIVE),
  ],
  [
    'affective dialog',
    { model: NATIVE, live: { enableAffectiveDialog: true } },
    generation({ enableAffectiveDialog: true }, NATIVE),
  ],
  [
    'proactive audio',
    { model: NATIVE, live: { proactivity: { proactiveAudio: true } } },
    { ...plain, model: `models/${NATIVE}`, proactivity: { proactiveAudio: true } },
  ],
  ['proactive audio on a model that always is', { live: { proactivity: { proactiveAudio: true } } }, plain],
  [
    'function calling: tools',
    { tools: [{ declaration: weather }] },
    {
      ...plain,
      tools: [
        {
          functionDeclarations: [
            {
              ...weather,
              parameters: {
                type: 'OBJECT',
                properties: { place: { type: 'STRING' }, days: { type: 'INTEGER', nullable: true } },
                required: ['place'],
              },
            },
          ],
        },
      ],
    },
  ],
  [
    'function calling with full JSON Schema',
    { tools: [{ declaration: { name: 'f', parametersJsonSchema: { type: 'object', oneOf: [] } } }] },
    {
      ...plain,
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object', oneOf: [] } }] }],
    },
  ],
  [
    'combined tools: functions, search, code execution, URL context',
    {
      model: HALF_CASCADE,
      tools: [{ declaration: { name: 'f' } }],
      live: { tools: [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }] },
    },
    {
      ...generation({}, HALF_CASCADE),
      tools: [
        { functionDeclarations: [{ name: 'f' }] },
        { googleSearch: {} },
        { codeExecution: {} },
        { urlContext: {} },
      ],
    },
  ],
  [
    'hanging up: leave.endCallTool',
    { leave: { endCallTool: true } },
    { ...plain, tools: [{ functionDeclarations: [{ name: 'end_call', description: expect.any(String) }] }] },
  ],
  [
    'automatic detection of speech',
    {
      live: {
        realtimeInputConfig: {
          automaticActivityDetection: {
            startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
            endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
            prefixPaddingMs: 20,
            silenceDurationMs: 500,
          },
        },
      },
    },
    {
      ...plain,
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
          endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
          prefixPaddingMs: 20,
          silenceDurationMs: 500,
        },
      },
    },
  ],
  [
    'manual detection by push-to-talk, beside interruption and coverage',
    {
      listen: { policy: 'push-to-talk' },
      live: {
        realtimeInputConfig: {
          activityHandling: 'NO_INTERRUPTION',
          turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
        },
      },
    },
    {
      ...plain,
      realtimeInputConfig: {
        activityHandling: 'NO_INTERRUPTION',
        turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
        automaticActivityDetection: { disabled: true },
      },
    },
  ],
  [
    'compression, numbers as int64 strings',
    {
      live: { contextWindowCompression: { triggerTokens: 25_600, slidingWindow: { targetTokens: '12800' } } },
    },
    {
      ...plain,
      contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
    },
  ],
  ['resumption', {}, { ...plain, sessionResumption: { handle: 'handle-1' } }, { handle: 'handle-1' }],
  [
    'sampling, media resolution, seed',
    {
      live: {
        temperature: 0.4,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 512,
        mediaResolution: 'MEDIA_RESOLUTION_LOW',
        seed: 7,
      },
    },
    generation({
      temperature: 0.4,
      topP: 0.9,
      topK: 40,
      maxOutputTokens: 512,
      mediaResolution: 'MEDIA_RESOLUTION_LOW',
      seed: 7,
    }),
  ],
  [
    'generationConfig, as if its fields stood under live',
    { live: { generationConfig: { temperature: 0.4, responseModalities: ['AUDIO'] } } },
    generation({ temperature: 0.4 }),
  ],
  [
    'translation',
    {
      model: 'gemini-3.5-live-translate-preview',
      live: { translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: true } },
    },
    generation(
      { translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: true } },
      'gemini-3.5-live-translate-preview',
    ),
  ],
  [
    'history on a model that must be told of it',
    { model: 'gemini-3.1-flash-live-preview', history: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    {
      ...generation({}, 'gemini-3.1-flash-live-preview'),
      historyConfig: { initialHistoryInClientContent: true },
    },
    { seed: true },
  ],
  ['history on a model that need not be told', {}, plain, { seed: true }],
  [
    'historyConfig asked for',
    { live: { historyConfig: { initialHistoryInClientContent: true } } },
    { ...plain, historyConfig: { initialHistoryInClientContent: true } },
  ],
  [
    'safety settings, labels, avatar',
    {
      live: {
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
        labels: { team: 'support' },
        avatarConfig: { avatarName: 'ada' },
      },
    },
    {
      ...plain,
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
      labels: { team: 'support' },
      avatarConfig: { avatarName: 'ada' },
    },
  ],
];

for (const [feature, profile, expected, options] of rows) {
  test(feature, async () => {
    const { setup } = await captureSetup(connectFor(profile, options));
    expect(setup).toStrictEqual(expected);
    expect(warn).not.toHaveBeenCalled();
  });
}

test('compression can be switched off', async () => {
  const { contextWindowCompression: _, ...without } = plain;
  const { setup } = await captureSetup(connectFor({ live: { contextWindowCompression: {} } }));
  expect(setup).toStrictEqual(without);
});

test('what only generationConfig can carry goes there, beside what stands there anyway', async () => {
  const { setup } = await captureSetup(
    connectFor({ live: { temperature: 1, generationConfig: { stopSequences: ['end'] } } }),
  );
  expect(setup).toStrictEqual(generation({ temperature: 1, stopSequences: ['end'] }));
  expect(warn).not.toHaveBeenCalled();
});

describe('the version in the address', () => {
  test.each<[string, Record<string, unknown>]>([
    ['v1beta', {}],
    ['v1alpha', { apiVersion: 'v1alpha' }],
    ['v1alpha', { model: NATIVE, live: { enableAffectiveDialog: true } }],
    ['v1alpha', { model: NATIVE, live: { proactivity: { proactiveAudio: false } } }],
    ['v1beta', { live: { proactivity: { proactiveAudio: true } } }],
  ])('%s for %j', async (version, profile) => {
    const { path } = await captureSetup(connectFor(profile));
    expect(path).toBe(`//ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`);
  });
});

test('Vertex AI: a version and fields of its own', async () => {
  const connect = connectFor(
    {
      live: {
        explicitVadSignal: true,
        sessionResumption: { transparent: true },
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', method: 'SEVERITY', threshold: 'OFF' }],
        tools: [{ enterpriseWebSearch: {} }],
      },
    },
    { vertex: true, handle: 'handle-1' },
  );
  const { path, setup } = await captureSetup(connect, true);
  expect(path).toBe('//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent');
  expect(setup).toStrictEqual({
    ...plain,
    model: 'publishers/google/models/gemini-3.8-live',
    explicitVadSignal: true,
    sessionResumption: { transparent: true, handle: 'handle-1' },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', method: 'SEVERITY', threshold: 'OFF' }],
    tools: [{ enterpriseWebSearch: {} }],
  });
});

test('each call gives objects of its own: the SDK writes into them', async () => {
  const parsed = parseProfile({ metadata: { tools: [{ declaration: weather }] } });
  if (!parsed.ok) throw new Error('a good profile was refused');
  const build = () => buildConnect(parsed.profile, capabilitiesOf(parsed.profile.model));
  const first = build();
  await captureSetup(first);
  expect(build()).toStrictEqual(build());
  expect(build().config).not.toStrictEqual(first.config);
});
