// The capability table, and what it refuses: with the field, the reason, and the models that can.
import { describe, expect, test } from 'vitest';
import { capabilityRowSchema } from '../../../src/capabilities/schema.js';
import { CAPABILITY_TABLE, UNKNOWN_MODEL } from '../../../src/capabilities/table.js';
import { capabilitiesFor, capabilitiesOf, checkProfile } from '../../../src/profile/model-capabilities.js';
import { type Profile, parseProfile } from '../../../src/profile/profile.js';

const LIVE = 'gemini-3.8-live';
const EXTENDED = 'gemini-3.8-live-extended-thinking';
const TRANSLATE = 'gemini-3.5-live-translate-preview';
const TRANSCRIBE = 'gemini-3.5-transcribe-live';
const LIVE_3_1 = 'gemini-3.1-flash-live-preview';
const NATIVE = 'gemini-2.5-flash-native-audio-preview-12-2025';
const HALF_CASCADE = 'gemini-live-2.5-flash-preview';
const THINKING_DIALOG = 'gemini-2.5-flash-exp-native-audio-thinking-dialog';

const ONLY_WITH_SPEECH = [
  'TURN_INCLUDES_ONLY_ACTIVITY',
  'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
] as const;

function profileOf(fields: Record<string, unknown>): Profile {
  const result = parseProfile({ metadata: fields });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.profile;
}

function check(fields: Record<string, unknown>, vertex = false) {
  const profile = profileOf(fields);
  return checkProfile(profile, capabilitiesFor(profile), { vertex });
}

describe('rows', () => {
  test.each([...CAPABILITY_TABLE, ['unknown', { row: UNKNOWN_MODEL }] as const])(
    '%s is whole',
    (_, { row }) => {
      expect(capabilityRowSchema.parse(row)).toEqual(row);
    },
  );

  test('every successor is in the table and served', () => {
    for (const { retired } of CAPABILITY_TABLE.values()) {
      if (retired) expect(CAPABILITY_TABLE.get(retired.successor)).toEqual({ row: expect.anything() });
    }
  });

  test('every row can be asked for what it says', () => {
    for (const [model, { row }] of CAPABILITY_TABLE) {
      const needed = row.translation ? { translationConfig: { targetLanguageCode: 'pl' } } : {};
      for (const modality of row.modalities) {
        expect(check({ model, modality, live: needed }).problems).toEqual([]);
      }
      if (row.modalities.includes('audio')) {
        for (const voice of row.voices) expect(check({ model, voice, live: needed }).problems).toEqual([]);
        for (const language of row.languages.codes) {
          expect(check({ model, language, live: needed }).problems).toEqual([]);
        }
      }
      for (const thinkingLevel of row.thinking.levels) {
        expect(check({ model, live: { ...needed, thinkingConfig: { thinkingLevel } } }).problems).toEqual([]);
      }
    }
  });

  test('every row takes the coverage that it has by itself, and all others that it names', () => {
    for (const [model, { row }] of CAPABILITY_TABLE) {
      expect(row.turnCoverages).toContain(row.turnCoverage);
      const needed = row.translation ? { translationConfig: { targetLanguageCode: 'pl' } } : {};
      const [modality] = row.modalities;
      for (const turnCoverage of [...ONLY_WITH_SPEECH, 'TURN_INCLUDES_ALL_INPUT'] as const) {
        const { problems } = check({
          model,
          modality,
          live: { ...needed, realtimeInputConfig: { turnCoverage } },
        });
        const path = 'live.realtimeInputConfig.turnCoverage';
        const takes = row.turnCoverages.includes(turnCoverage);
        expect(problems.map((problem) => problem.path)).toEqual(takes ? [] : [path]);
      }
    }
  });

  test('a name may have a path before it', () => {
    for (const name of [`models/${LIVE}`, `publishers/google/models/${LIVE}`]) {
      expect(capabilitiesOf(name)).toEqual(capabilitiesOf(LIVE));
    }
  });

  test('a profile corrects single fields of a row', () => {
    const corrected = capabilitiesOf(LIVE, {
      audioStreamEnd: true,
      tools: { search: false },
      limits: { connectionMs: 5 },
    });
    const row = capabilitiesOf(LIVE);
    expect(corrected).toEqual({
      ...row,
      audioStreamEnd: true,
      tools: { ...row.tools, search: false },
      limits: { ...row.limits, connectionMs: 5 },
    });
    expect(check({ capabilities: { modalities: ['audio', 'text'] }, modality: 'text' }).problems).toEqual([]);
  });
});

test('the row that counts for a profile has its corrections, and what it switches on', () => {
  const profile = profileOf({
    model: NATIVE,
    live: { proactivity: { proactiveAudio: true } },
    capabilities: { contextTokens: 5 },
  });
  const row = capabilitiesOf(NATIVE);
  expect(row.answersAlways).toBe(true);
  expect(capabilitiesFor(profile)).toEqual({ ...row, contextTokens: 5, answersAlways: false });
  expect(capabilitiesFor(profileOf({ model: NATIVE }))).toEqual(row);
});

describe('warnings', () => {
  test('an unknown model gets the default row and a guess', () => {
    expect(capabilitiesOf('gemini-9-live')).toMatchObject({ known: false, model: 'gemini-9-live' });
    const { problems, warnings } = check({ model: 'gemini-3.9-live', modality: 'text', voice: 'Anyone' });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      'gemini-3.9-live is not in the capability table: nothing that it is asked for is checked; did you mean gemini-3.8-live?',
    ]);
  });

  test('a retired model names its successor', () => {
    expect(check({ model: HALF_CASCADE })).toEqual({
      problems: [],
      warnings: [`${HALF_CASCADE} was retired on 2025-12-09: its successor is ${LIVE}`],
    });
    expect(check({ model: NATIVE }).warnings).toEqual([
      `${NATIVE} is reported to be retired since 2026-11-17: its successor is ${LIVE}`,
    ]);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a language that is not sent', { language: 'de-DE' }, /^language is not sent/],
    ['thinking that is added', { model: EXTENDED }, /thinkingLevel is sent as LOW/],
    [
      'proactive audio that is not sent',
      { live: { proactivity: { proactiveAudio: true } } },
      /is always proactive$/,
    ],
    [
      'scheduling of a blocking function',
      { tools: [{ declaration: { name: 'f', behavior: 'BLOCKING' }, scheduling: 'SILENT' }] },
      /scheduling has no effect/,
    ],
    ['safety settings', { live: { safetySettings: [{ threshold: 'OFF' }] } }, /1007/],
    [
      'speakers that the model cannot be told',
      { capabilities: { clientContent: 'seed-only' }, listen: { announceSpeakers: true } },
      /^listen.announceSpeakers has no effect: gemini-3.8-live takes no text/,
    ],
  ])('%s', (_, fields, warning) => {
    const { problems, warnings } = check(fields);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  test('the default profile gives none', () => {
    expect(check({})).toEqual({ problems: [], warnings: [] });
  });
});

type Row = [
  what: string,
  fields: Record<string, unknown>,
  path: string,
  reason: string,
  able?: readonly string[],
];

const scheduled = { tools: [{ declaration: { name: 'f' }, scheduling: 'WHEN_IDLE' }] };
const behaving = (behavior: string) => ({ tools: [{ declaration: { name: 'f', behavior } }] });
const translating = { translationConfig: { targetLanguageCode: 'pl' } };
const thinking = (thinkingConfig: object) => ({ live: { thinkingConfig } });

const refused: readonly Row[] = [
  ['text', { modality: 'text' }, 'modality', 'does not answer in text', [TRANSCRIBE]],
  ['speech', { model: TRANSCRIBE }, 'modality', 'does not answer in audio', [LIVE]],
  ['a voice', { voice: 'puck' }, 'voice', 'did you mean Puck?', []],
  ['a native voice', { model: HALF_CASCADE, voice: 'Sulafat' }, 'voice', 'has no such voice', [LIVE]],
  [
    'a starred language',
    { model: NATIVE, language: 'cmn-CN' },
    'language',
    'does not take this language',
    [HALF_CASCADE],
  ],
  [
    'a language of no list',
    { model: HALF_CASCADE, language: 'sv-SE' },
    'language',
    'does not take this language',
  ],
  [
    'thinking',
    thinking({ thinkingLevel: 'LOW' }),
    'live.thinkingConfig',
    'takes no thinkingConfig',
    [EXTENDED],
  ],
  [
    'a budget',
    { model: LIVE_3_1, ...thinking({ thinkingBudget: 5 }) },
    'live.thinkingConfig.thinkingBudget',
    'takes thinkingLevel',
    [EXTENDED],
  ],
  [
    'a level',
    { model: NATIVE, ...thinking({ thinkingLevel: 'LOW' }) },
    'live.thinkingConfig.thinkingLevel',
    'takes thinkingBudget',
    [EXTENDED],
  ],
  [
    'the least level',
    { model: EXTENDED, ...thinking({ thinkingLevel: 'MINIMAL' }) },
    'live.thinkingConfig.thinkingLevel',
    'takes LOW, MEDIUM, HIGH',
    [LIVE_3_1],
  ],
  [
    'level and budget',
    { model: EXTENDED, ...thinking({ thinkingLevel: 'LOW', thinkingBudget: 5 }) },
    'live.thinkingConfig',
    'not both',
  ],
  [
    'affective dialog',
    { live: { enableAffectiveDialog: true } },
    'live.enableAffectiveDialog',
    'has no affective dialog',
    ['gemini-live-2.5-flash-native-audio'],
  ],
  [
    'proactive audio',
    { model: LIVE_3_1, live: { proactivity: { proactiveAudio: true } } },
    'live.proactivity.proactiveAudio',
    'has no proactive audio',
    [LIVE],
  ],
  [
    'no proactive audio',
    { live: { proactivity: { proactiveAudio: false } } },
    'live.proactivity.proactiveAudio',
    'is always proactive',
    ['gemini-live-2.5-flash-native-audio'],
  ],
  [
    'affective dialog on v1beta',
    { model: NATIVE, apiVersion: 'v1beta', live: { enableAffectiveDialog: true } },
    'live.enableAffectiveDialog',
    'needs apiVersion v1alpha',
  ],
  [
    'functions',
    { model: THINKING_DIALOG, tools: [{ declaration: { name: 'f' } }] },
    'tools',
    'calls no functions',
    [LIVE],
  ],
  [
    'hanging up',
    { model: THINKING_DIALOG, leave: { endCallTool: true } },
    'leave.endCallTool',
    'calls no functions',
    [LIVE],
  ],
  [
    'a blocking function',
    { model: EXTENDED, ...behaving('BLOCKING') },
    'tools[0].declaration.behavior',
    'waits for no function',
    [LIVE],
  ],
  [
    'a non-blocking function',
    { model: LIVE_3_1, ...behaving('NON_BLOCKING') },
    'tools[0].declaration.behavior',
    'waits for every function',
    [LIVE],
  ],
  ['scheduling', { model: EXTENDED, ...scheduled }, 'tools[0].scheduling', 'takes no scheduling', [LIVE]],
  [
    'search',
    { model: TRANSLATE, live: { ...translating, tools: [{ googleSearch: {} }] } },
    'live.tools[0].googleSearch',
    'does not search',
    [LIVE],
  ],
  [
    'code execution',
    { live: { tools: [{ googleSearch: {} }, { codeExecution: {} }] } },
    'live.tools[1].codeExecution',
    'does not run code',
    [HALF_CASCADE],
  ],
  [
    'URL context',
    { live: { tools: [{ urlContext: {} }] } },
    'live.tools[0].urlContext',
    'does not read addresses',
    [HALF_CASCADE],
  ],
  [
    'maps',
    { live: { tools: [{ googleMaps: {} }] } },
    'live.tools[0].googleMaps',
    'no model of the capability table can',
  ],
  ['translation', { live: translating }, 'live.translationConfig', 'does not translate', [TRANSLATE]],
  [
    'a language to translate into',
    { model: TRANSLATE },
    'live.translationConfig.targetLanguageCode',
    'must be set',
  ],
  [
    'instructions',
    { model: TRANSCRIBE, modality: 'text', instructions: 'x' },
    'instructions',
    'takes no instructions',
    [LIVE],
  ],
  ['a greeting', { model: TRANSCRIBE, modality: 'text', greeting: 'x' }, 'greeting', 'takes no text', [LIVE]],
  [
    'history',
    { model: TRANSCRIBE, modality: 'text', history: [{ role: 'user', parts: [{ text: 'x' }] }] },
    'history',
    'takes no history',
    [LIVE],
  ],
  [
    'a camera',
    { model: TRANSCRIBE, modality: 'text', see: { source: 'camera' } },
    'see.source',
    'looks at no pictures',
    [LIVE],
  ],
];

describe('a model is not asked for what it lacks', () => {
  test.each(refused)('%s', (_, fields, path, reason, able) => {
    const { problems } = check(fields);
    expect(problems).toEqual([{ path, message: expect.stringContaining(reason) }]);
    for (const model of able ?? [])
      expect(problems[0]?.message).toMatch(new RegExp(`; .*\\b${model}\\b.* can`));
  });

  test('everything at once', () => {
    const { problems } = check({
      modality: 'text',
      live: { thinkingConfig: { thinkingLevel: 'LOW' }, tools: [{ codeExecution: {} }, { urlContext: {} }] },
    });
    expect(problems.map(({ path }) => path)).toEqual([
      'modality',
      'live.thinkingConfig',
      'live.tools[0].codeExecution',
      'live.tools[1].urlContext',
    ]);
  });
});

describe('what the SDK would throw on', () => {
  const vertexOnly: Record<string, unknown> = {
    live: {
      explicitVadSignal: false,
      sessionResumption: { transparent: true },
      safetySettings: [{ method: 'SEVERITY' }],
      tools: [
        { googleSearch: { blockingConfidence: 'x', excludeDomains: [] } },
        { retrieval: {}, enterpriseWebSearch: {}, exaAiSearch: {}, parallelAiSearch: {} },
      ],
    },
  };
  const geminiOnly: Record<string, unknown> = {
    live: {
      tools: [{ mcpServers: [] }, { fileSearch: {} }],
      generationConfig: { enableEnhancedCivicAnswers: true },
      speechConfig: {
        voiceConfig: { replicatedVoiceConfig: { consentAudio: 'AA', voiceConsentSignature: {} } },
      },
    },
  };

  test('is refused on the Gemini API', () => {
    expect(check(vertexOnly).problems).toEqual(
      [
        'live.explicitVadSignal',
        'live.sessionResumption.transparent',
        'live.safetySettings[0].method',
        'live.tools[0].googleSearch.blockingConfidence',
        'live.tools[0].googleSearch.excludeDomains',
        'live.tools[1].retrieval',
        'live.tools[1].enterpriseWebSearch',
        'live.tools[1].exaAiSearch',
        'live.tools[1].parallelAiSearch',
      ].map((path) => ({ path, message: 'is only supported by Vertex AI' })),
    );
    expect(check(geminiOnly).problems).toEqual([]);
  });

  test('is refused on Vertex AI', () => {
    expect(check(vertexOnly, true).problems).toEqual([]);
    expect(check(geminiOnly, true).problems).toEqual(
      [
        'live.generationConfig.enableEnhancedCivicAnswers',
        'live.speechConfig.voiceConfig.replicatedVoiceConfig.consentAudio',
        'live.speechConfig.voiceConfig.replicatedVoiceConfig.voiceConsentSignature',
        'live.tools[0].mcpServers',
        'live.tools[1].fileSearch',
      ].map((path) => ({ path, message: 'is not supported by Vertex AI' })),
    );
  });
});

describe('what a turn holds', () => {
  const all = { live: { realtimeInputConfig: { turnCoverage: 'TURN_INCLUDES_ALL_INPUT' } } };

  test('everything: not on 3.8 and 3.5, and the models that can are named', () => {
    for (const model of [
      'gemini-3.8-live',
      'gemini-3.8-live-extended-thinking',
      'gemini-3.5-transcribe-live',
    ]) {
      const modality = model.includes('transcribe') ? 'text' : 'audio';
      expect(check({ ...all, model, modality }).problems).toEqual([
        {
          path: 'live.realtimeInputConfig.turnCoverage',
          message: `${model} takes TURN_INCLUDES_ONLY_ACTIVITY, TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO; gemini-live-2.5-flash-native-audio can`,
        },
      ]);
    }
  });

  test('everything: on 3.1, 2.5, an unknown model, and where the profile says so', () => {
    const models = ['gemini-3.1-flash-live-preview', 'gemini-2.5-flash-native-audio-preview-12-2025', 'mine'];
    for (const model of models) expect(check({ ...all, model }).problems).toEqual([]);
    const turnCoverages = ['TURN_INCLUDES_ALL_INPUT'];
    expect(check({ ...all, capabilities: { turnCoverages } }).problems).toEqual([]);
  });

  test('Vertex AI: a warning for what it is reported to refuse', () => {
    const warned = (turnCoverage: string, vertex: boolean) =>
      check({ live: { realtimeInputConfig: { turnCoverage } } }, vertex).warnings;
    expect(warned('TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO', true)).toEqual([
      'live.realtimeInputConfig.turnCoverage: Vertex AI is reported to take TURN_INCLUDES_ONLY_ACTIVITY alone',
    ]);
    expect(warned('TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO', false)).toEqual([]);
    expect(warned('TURN_INCLUDES_ONLY_ACTIVITY', true)).toEqual([]);
  });
});
