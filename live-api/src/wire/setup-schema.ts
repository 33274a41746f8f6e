// The fields of `setup`, by API version; other names are refused with the service's error.

import type { Fields, FieldType } from './schema.js';
import * as t from './schema.js';

const SCHEMA_TYPES = [
  'TYPE_UNSPECIFIED',
  'STRING',
  'NUMBER',
  'INTEGER',
  'BOOLEAN',
  'ARRAY',
  'OBJECT',
  'NULL',
];

const schemaFields: Fields = {
  type: t.oneOf('Type', ...SCHEMA_TYPES, ...SCHEMA_TYPES.slice(1).map((name) => name.toLowerCase())),
  format: t.string,
  title: t.string,
  description: t.string,
  nullable: t.bool,
  default: t.any,
  example: t.any,
  enum: t.list(t.string),
  items: t.message(() => schemaFields),
  minItems: t.int64,
  maxItems: t.int64,
  properties: t.map(t.message(() => schemaFields)),
  propertyOrdering: t.list(t.string),
  required: t.list(t.string),
  minProperties: t.int64,
  maxProperties: t.int64,
  minimum: t.number,
  maximum: t.number,
  minLength: t.int64,
  maxLength: t.int64,
  pattern: t.string,
  anyOf: t.list(t.message(() => schemaFields)),
};
const schema = t.message(schemaFields);

const functionDeclaration = t.message({
  name: t.string,
  description: t.string,
  parameters: schema,
  parametersJsonSchema: t.any,
  response: schema,
  responseJsonSchema: t.any,
  behavior: t.oneOf('FunctionDeclaration.Behavior', 'UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING'),
});

export const tool = t.message({
  functionDeclarations: t.list(functionDeclaration),
  googleSearch: t.struct,
  googleSearchRetrieval: t.struct,
  codeExecution: t.empty,
  urlContext: t.empty,
  googleMaps: t.struct,
  fileSearch: t.struct,
  computerUse: t.struct,
  mcpServers: t.list(t.struct),
});

const voiceConfig = t.message({
  prebuiltVoiceConfig: t.message({ voiceName: t.string }),
  replicatedVoiceConfig: t.message({
    mimeType: t.string,
    voiceSampleAudio: t.bytes,
    consentAudio: t.bytes,
    voiceConsentSignature: t.struct,
  }),
  voice: t.string,
});

const transcription = t.message({
  languageCodes: t.list(t.string),
  languageAuto: t.struct,
  languageHints: t.struct,
  customVocabulary: t.list(t.string),
  adaptationPhrases: t.list(t.string),
  wordTimestamp: t.bool,
  diarization: t.bool,
  mode: t.oneOf(
    'AudioTranscriptionConfig.Mode',
    'MODE_UNSPECIFIED',
    'VERBATIM',
    'SMART',
    'verbatim',
    'smart',
  ),
});

const generationConfig = (version: string): Fields => ({
  responseModalities: t.list(
    t.oneOf('GenerationConfig.Modality', 'MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'),
  ),
  temperature: t.number,
  topP: t.number,
  topK: t.number,
  candidateCount: t.int,
  maxOutputTokens: t.int,
  seed: t.int,
  stopSequences: t.list(t.string),
  presencePenalty: t.number,
  frequencyPenalty: t.number,
  responseLogprobs: t.bool,
  logprobs: t.int,
  responseMimeType: t.string,
  responseSchema: schema,
  responseJsonSchema: t.any,
  mediaResolution: t.oneOf(
    'GenerationConfig.MediaResolution',
    'MEDIA_RESOLUTION_UNSPECIFIED',
    'MEDIA_RESOLUTION_LOW',
    'MEDIA_RESOLUTION_MEDIUM',
    'MEDIA_RESOLUTION_HIGH',
  ),
  speechConfig: t.message({
    languageCode: t.string,
    voiceConfig,
    multiSpeakerVoiceConfig: t.struct,
  }),
  thinkingConfig: t.message({
    includeThoughts: t.bool,
    thinkingBudget: t.int,
    thinkingLevel: t.oneOf(
      'ThinkingLevel',
      'THINKING_LEVEL_UNSPECIFIED',
      'LOW',
      'HIGH',
      'MEDIUM',
      'MINIMAL',
      'low',
      'medium',
      'high',
      'minimal',
    ),
  }),
  translationConfig: t.message({ targetLanguageCode: t.string, echoTargetLanguage: t.bool }),
  ...(version === 'v1alpha' && { enableAffectiveDialog: t.bool }),
});

const realtimeInputConfig = t.message({
  automaticActivityDetection: t.message({
    disabled: t.bool,
    startOfSpeechSensitivity: t.oneOf(
      'RealtimeInputConfig.AutomaticActivityDetection.StartSensitivity',
      'START_SENSITIVITY_UNSPECIFIED',
      'START_SENSITIVITY_HIGH',
      'START_SENSITIVITY_LOW',
    ),
    endOfSpeechSensitivity: t.oneOf(
      'RealtimeInputConfig.AutomaticActivityDetection.EndSensitivity',
      'END_SENSITIVITY_UNSPECIFIED',
      'END_SENSITIVITY_HIGH',
      'END_SENSITIVITY_LOW',
    ),
    prefixPaddingMs: t.int,
    silenceDurationMs: t.int,
  }),
  activityHandling: t.oneOf(
    'RealtimeInputConfig.ActivityHandling',
    'ACTIVITY_HANDLING_UNSPECIFIED',
    'START_OF_ACTIVITY_INTERRUPTS',
    'NO_INTERRUPTION',
  ),
  turnCoverage: t.oneOf(
    'RealtimeInputConfig.TurnCoverage',
    'TURN_COVERAGE_UNSPECIFIED',
    'TURN_INCLUDES_ONLY_ACTIVITY',
    'TURN_INCLUDES_ALL_INPUT',
    'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  ),
  interimTranscriptTimestampEnabled: t.bool,
});

/** `safetySettings`, `explicitVadSignal` and `sessionResumption.transparent` are Vertex AI's alone. */
export const setupFields = (version: string, content: FieldType): Fields => ({
  model: t.string,
  generationConfig: t.message(generationConfig(version)),
  systemInstruction: content,
  tools: t.list(tool),
  realtimeInputConfig,
  sessionResumption: t.message({ handle: t.string }),
  contextWindowCompression: t.message({
    triggerTokens: t.int64,
    slidingWindow: t.message({ targetTokens: t.int64 }),
  }),
  inputAudioTranscription: transcription,
  outputAudioTranscription: transcription,
  historyConfig: t.message({ initialHistoryInClientContent: t.bool }),
  avatarConfig: t.struct,
  labels: t.map(t.string),
  ...(version === 'v1alpha' && { proactivity: t.message({ proactiveAudio: t.bool }) }),
});
