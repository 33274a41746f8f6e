// The models that the server simulates, current ones and those that Google has shut down.
import type { ModelRow } from './row.js';

/** gemini-3.8-live, as it was measured. */
const current: ModelRow = {
  name: 'gemini-3.8-live',
  retired: false,
  modalities: ['AUDIO'],
  defaultModality: 'AUDIO',
  thinking: 'refused',
  tools: {
    behaviors: ['NON_BLOCKING', 'BLOCKING'],
    defaultBehavior: 'NON_BLOCKING',
    scheduling: 'heeded',
    continues: true,
    reissues: true,
    cancellation: false,
    codeBeforeCall: false,
    textDuringCall: 'cancels',
    nonBlockingWaitMs: 0,
    search: true,
    codeExecution: false,
    urlContext: false,
  },
  clientContent: 'always',
  contextUpdate: true,
  mediaChunks: 'ignored',
  proactivity: 'always',
  affectiveDialog: false,
  resumption: 'once',
  resumptionUnasked: true,
  voiceActivity: true,
  interactionStatus: false,
  audioStreamEnd: false,
  interimTranscripts: 'asked',
  usageEverySecond: false,
  strayFrames: true,
  turnCoverage: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  silenceMs: 1050,
  chunkMs: 320,
  contextTokens: 131_072,
  task: 'converse',
};

const older: ModelRow = {
  ...current,
  name: '',
  retired: true,
  thinking: 'budget',
  tools: {
    behaviors: ['BLOCKING', 'NON_BLOCKING'],
    defaultBehavior: 'BLOCKING',
    scheduling: 'heeded',
    continues: true,
    reissues: false,
    cancellation: true,
    codeBeforeCall: false,
    textDuringCall: 'cancels',
    nonBlockingWaitMs: 1500,
    search: true,
    codeExecution: false,
    urlContext: false,
  },
  contextUpdate: false,
  audioStreamEnd: true,
  mediaChunks: 'taken',
  proactivity: 'field',
  affectiveDialog: true,
  resumption: 'periodic',
  resumptionUnasked: false,
  voiceActivity: false,
  strayFrames: false,
  turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
  silenceMs: 800,
  chunkMs: 200,
};

/** Half cascade: text or speech comes out, code runs inside. */
const halfCascade: ModelRow = {
  ...older,
  modalities: ['AUDIO', 'TEXT'],
  thinking: 'refused',
  tools: {
    ...older.tools,
    codeBeforeCall: true,
    textDuringCall: 'waits',
    codeExecution: true,
    urlContext: true,
  },
  proactivity: 'none',
  affectiveDialog: false,
  contextTokens: 32_768,
};

/** Speech input only: no instructions, no text, no pictures, no tools. */
const speechOnly: ModelRow = {
  ...current,
  tools: { ...current.tools, behaviors: [], search: false },
  clientContent: 'none',
  contextUpdate: false,
  proactivity: 'none',
  resumption: 'periodic',
  resumptionUnasked: false,
  audioStreamEnd: true,
  strayFrames: false,
};

const rows: readonly ModelRow[] = [
  current,
  {
    ...current,
    name: 'gemini-3.8-live-extended-thinking',
    thinking: 'required',
    tools: {
      ...current.tools,
      behaviors: ['NON_BLOCKING'],
      scheduling: 'refused',
      continues: false,
      reissues: false,
    },
    interactionStatus: true,
  },
  {
    ...speechOnly,
    name: 'gemini-3.5-live-translate-preview',
    usageEverySecond: true,
    task: 'translate',
  },
  {
    ...speechOnly,
    name: 'gemini-3.5-transcribe-live',
    modalities: ['TEXT'],
    defaultModality: 'TEXT',
    interimTranscripts: 'always',
    sessionMs: 10 * 60_000,
    task: 'transcribe',
  },
  {
    ...current,
    name: 'gemini-3.1-flash-live-preview',
    retired: true,
    thinking: 'level',
    tools: {
      ...current.tools,
      behaviors: ['BLOCKING'],
      defaultBehavior: 'BLOCKING',
      scheduling: 'ignored',
      reissues: false,
      cancellation: true,
    },
    clientContent: 'seed',
    mediaChunks: 'refused',
    contextUpdate: false,
    proactivity: 'none',
    resumption: 'periodic',
    resumptionUnasked: false,
    voiceActivity: false,
    audioStreamEnd: true,
    strayFrames: false,
    silenceMs: 800,
  },
  { ...older, name: 'gemini-2.5-flash-native-audio-preview-12-2025' },
  { ...older, name: 'gemini-2.5-flash-native-audio-preview-09-2025' },
  { ...older, name: 'gemini-2.5-flash-preview-native-audio-dialog', thinking: 'refused' },
  {
    ...older,
    name: 'gemini-2.5-flash-exp-native-audio-thinking-dialog',
    tools: { ...older.tools, behaviors: [] },
  },
  { ...halfCascade, name: 'gemini-live-2.5-flash-preview' },
  { ...halfCascade, name: 'gemini-2.0-flash-live-001' },
  // Names of Vertex AI.
  { ...older, name: 'gemini-live-2.5-flash-native-audio' },
  { ...older, name: 'gemini-live-2.5-flash-preview-native-audio-09-2025' },
  { ...older, name: 'gemini-live-2.5-flash-preview-native-audio' },
  { ...halfCascade, name: 'gemini-live-2.5-flash', tools: { ...halfCascade.tools, urlContext: false } },
  { ...halfCascade, name: 'gemini-2.0-flash-live-preview-04-09' },
];

/** Names that stand for one of the models above, or for one that is gone and was like it. */
const aliases: Readonly<Record<string, string>> = {
  'gemini-2.5-flash-native-audio-latest': 'gemini-2.5-flash-native-audio-preview-12-2025',
  'gemini-live-2.5-flash-preview-native-audio-dialog': 'gemini-2.5-flash-preview-native-audio-dialog',
  'gemini-2.5-flash-live-preview': 'gemini-live-2.5-flash-preview',
  'gemini-2.5-flash-live': 'gemini-live-2.5-flash-preview',
  'gemini-2.0-flash-exp': 'gemini-2.0-flash-live-001',
  'gemini-2.0-flash-live': 'gemini-2.0-flash-live-001',
  'gemini-2.0-flash': 'gemini-2.0-flash-live-001',
};

const byName = new Map(rows.map((row) => [row.name, row]));
for (const [alias, name] of Object.entries(aliases)) {
  const row = byName.get(name);
  if (row) byName.set(alias, row);
}

export const modelNames: readonly string[] = rows.map((row) => row.name);

export const modelAliases: readonly string[] = Object.keys(aliases);

/** `name` as the setup gives it: with `models/` in front, or the resource name of Vertex AI. */
export function findModel(name: string, retired: 'serve' | 'refuse'): ModelRow | undefined {
  const [, short = ''] =
    /^(?:models\/|(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/)(.+)$/.exec(name) ??
    [];
  const row = byName.get(short);
  return row?.retired && retired === 'refuse' ? undefined : row;
}
