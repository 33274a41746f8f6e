// The capability table: a row for every Live model. Sources: docs/models.md.
import type { CapabilityRow, Retirement } from './schema.js';
import { HALF_CASCADE_VOICES, LANGUAGES, NATIVE_LANGUAGES, NATIVE_VOICES } from './speech.js';

export interface TableEntry {
  readonly row: CapabilityRow;
  readonly retired?: Retirement;
}

const MINUTE_MS = 60_000;

/** 2.x models that make text first and speak it: the only ones that answer in text. */
const HALF_CASCADE: CapabilityRow = {
  modalities: ['audio', 'text'],
  voices: HALF_CASCADE_VOICES,
  languages: { policy: 'list', codes: LANGUAGES },
  apiVersion: 'v1beta',
  previewApiVersion: 'v1alpha',
  thinking: { style: 'none', required: false, levels: [] },
  tools: {
    functions: true,
    blocking: true,
    nonBlocking: true,
    defaultBehavior: 'BLOCKING',
    scheduling: 'both',
    responseMedia: false,
    search: true,
    codeExecution: true,
    urlContext: true,
    maps: false,
  },
  affectiveDialog: false,
  proactiveAudio: 'none',
  systemInstruction: true,
  translation: false,
  video: true,
  clientContent: 'any',
  textInput: 'client-content',
  initialHistory: 'client-content',
  contextUpdate: false,
  audioStreamEnd: true,
  sendsVoiceActivity: false,
  answersAlways: true,
  resumptionUpdates: 'periodic',
  turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
  turnCoverages: [
    'TURN_INCLUDES_ONLY_ACTIVITY',
    'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
    'TURN_INCLUDES_ALL_INPUT',
  ],
  contextTokens: 32_768,
  limits: { connectionMs: 10 * MINUTE_MS, sessionAudioMs: 15 * MINUTE_MS, sessionVideoMs: 2 * MINUTE_MS },
};

/** 2.5 models that speak directly. */
const NATIVE_2_5: CapabilityRow = {
  ...HALF_CASCADE,
  modalities: ['audio'],
  voices: NATIVE_VOICES,
  languages: { policy: 'list', codes: NATIVE_LANGUAGES },
  thinking: { style: 'budget', required: false, levels: [] },
  tools: { ...HALF_CASCADE.tools, codeExecution: false, urlContext: false },
  affectiveDialog: true,
  proactiveAudio: 'optional',
  contextTokens: 131_072,
};

const NATIVE_3: CapabilityRow = {
  ...NATIVE_2_5,
  languages: { policy: 'automatic', codes: [] },
  tools: { ...NATIVE_2_5.tools, responseMedia: true },
  thinking: { style: 'level', required: false, levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] },
  affectiveDialog: false,
  proactiveAudio: 'none',
  turnCoverage: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
};

const FLASH_LIVE_3_1: CapabilityRow = {
  ...NATIVE_3,
  tools: { ...NATIVE_3.tools, nonBlocking: false, scheduling: 'none' },
  clientContent: 'seed-only',
  textInput: 'realtime-text',
  initialHistory: 'history-config',
};

const WITHOUT_SILENCE: CapabilityRow['turnCoverages'] = [
  'TURN_INCLUDES_ONLY_ACTIVITY',
  'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
];

const LIVE_3_8: CapabilityRow = {
  ...NATIVE_3,
  turnCoverages: WITHOUT_SILENCE,
  thinking: { style: 'none', required: false, levels: [] },
  tools: { ...NATIVE_3.tools, defaultBehavior: 'NON_BLOCKING', scheduling: 'top-level' },
  proactiveAudio: 'always',
  contextUpdate: true,
  audioStreamEnd: false,
  sendsVoiceActivity: true,
  answersAlways: false,
  resumptionUpdates: 'once',
  limits: { ...NATIVE_3.limits, rotateBeforeMs: 58 * MINUTE_MS },
};

const EXTENDED_THINKING_3_8: CapabilityRow = {
  ...LIVE_3_8,
  thinking: { style: 'level-or-budget', required: true, levels: ['LOW', 'MEDIUM', 'HIGH'] },
  tools: { ...LIVE_3_8.tools, blocking: false, scheduling: 'none' },
};

const NO_TOOLS: CapabilityRow['tools'] = {
  functions: false,
  blocking: false,
  nonBlocking: false,
  defaultBehavior: 'BLOCKING',
  scheduling: 'none',
  responseMedia: false,
  search: false,
  codeExecution: false,
  urlContext: false,
  maps: false,
};

/** Accepts only speech: no instructions, tools or text. */
const SPEECH_ONLY: CapabilityRow = {
  ...NATIVE_3,
  turnCoverages: WITHOUT_SILENCE,
  thinking: { style: 'none', required: false, levels: [] },
  tools: NO_TOOLS,
  systemInstruction: false,
  video: false,
  clientContent: 'none',
  textInput: 'none',
  initialHistory: 'none',
  answersAlways: false,
};

/** The row for unknown models: every feature is permitted, and no behaviour is relied upon. */
export const UNKNOWN_MODEL: CapabilityRow = {
  ...HALF_CASCADE,
  voices: [],
  languages: { policy: 'list', codes: [] },
  thinking: { style: 'level-or-budget', required: false, levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] },
  tools: { ...HALF_CASCADE.tools, maps: true },
  affectiveDialog: true,
  proactiveAudio: 'optional',
  translation: true,
  answersAlways: false,
};

const shutDown2025: Retirement = { since: '2025-12-09', successor: 'gemini-3.8-live', confirmed: true };
/** Shut down before this date; Google's list does not give the day. */
const gone2025: Retirement = { ...shutDown2025, confirmed: false };
const retired2026: Retirement = { since: '2026-11-17', successor: 'gemini-3.8-live', confirmed: false };
/** Not among the models that Vertex AI listed on that day. */
const unlisted2026: Retirement = { since: '2026-11-21', successor: 'gemini-3.8-live', confirmed: false };

const nativeDialog: CapabilityRow = {
  ...NATIVE_2_5,
  thinking: { style: 'none', required: false, levels: [] },
};

export const CAPABILITY_TABLE: ReadonlyMap<string, TableEntry> = new Map<string, TableEntry>([
  ['gemini-3.8-live', { row: LIVE_3_8 }],
  ['gemini-3.8-live-extended-thinking', { row: EXTENDED_THINKING_3_8 }],
  ['gemini-3.5-live-translate-preview', { row: { ...SPEECH_ONLY, translation: true } }],
  [
    'gemini-3.5-transcribe-live',
    {
      row: {
        ...SPEECH_ONLY,
        modalities: ['text'],
        limits: { ...SPEECH_ONLY.limits, sessionAudioMs: 10 * MINUTE_MS },
      },
    },
  ],
  ['gemini-3.1-flash-live-preview', { row: FLASH_LIVE_3_1, retired: retired2026 }],
  ['gemini-2.5-flash-native-audio-preview-12-2025', { row: NATIVE_2_5, retired: retired2026 }],
  ['gemini-2.5-flash-native-audio-preview-09-2025', { row: NATIVE_2_5, retired: retired2026 }],
  ['gemini-2.5-flash-preview-native-audio-dialog', { row: nativeDialog, retired: gone2025 }],
  [
    'gemini-2.5-flash-exp-native-audio-thinking-dialog',
    {
      row: { ...NATIVE_2_5, tools: { ...NO_TOOLS, search: true } },
      retired: { ...gone2025, successor: 'gemini-3.8-live-extended-thinking' },
    },
  ],
  ['gemini-live-2.5-flash-preview', { row: HALF_CASCADE, retired: shutDown2025 }],
  ['gemini-2.0-flash-live-001', { row: HALF_CASCADE, retired: shutDown2025 }],
  // Vertex AI
  ['gemini-live-2.5-flash-native-audio', { row: NATIVE_2_5 }],
  ['gemini-live-2.5-flash-preview-native-audio-09-2025', { row: NATIVE_2_5, retired: unlisted2026 }],
  ['gemini-live-2.5-flash-preview-native-audio', { row: NATIVE_2_5, retired: unlisted2026 }],
  [
    'gemini-live-2.5-flash',
    { row: { ...HALF_CASCADE, tools: { ...HALF_CASCADE.tools, urlContext: false } }, retired: unlisted2026 },
  ],
  ['gemini-2.0-flash-live-preview-04-09', { row: HALF_CASCADE, retired: unlisted2026 }],
]);
