// Schema of `live`: every field of the SDK's LiveConnectConfig under Google's name, and historyConfig, which the SDK lacks.
import { z } from 'zod';
import { anyObject, optional, refused, strict, tokenCount, wholeNumber } from './fields.js';
import { liveTool } from './live-tools-schema.js';

const text = z.string();
const flag = z.boolean();

const modalities = z
  .array(z.enum(['AUDIO', 'TEXT'], 'must be "AUDIO" or "TEXT": the agent carries no other into a room'))
  .length(1, 'must have one entry: the Live API answers in one modality');

/** Text only: the service closes the session over other parts of a system instruction. */
const textPart = strict({ text });
const systemInstruction = z.union(
  [
    text,
    textPart,
    z.array(z.union([text, textPart])).min(1),
    strict({ role: optional(text), parts: z.array(textPart).min(1) }),
  ],
  { error: "must be text, or Google's Content or Parts with nothing but text" },
);

const voiceConfig = strict({
  prebuiltVoiceConfig: optional(strict({ voiceName: optional(text) })),
  replicatedVoiceConfig: optional(
    strict({
      mimeType: optional(text),
      voiceSampleAudio: optional(text),
      consentAudio: optional(text),
      voiceConsentSignature: optional(strict({ signature: optional(text) })),
    }),
  ),
  voice: optional(text),
});

const speechConfig = strict({
  voiceConfig: optional(voiceConfig),
  languageCode: optional(text),
  multiSpeakerVoiceConfig: refused('is not supported by the Live API: a session has one voice'),
});

const thinkingConfig = strict({
  includeThoughts: optional(flag),
  thinkingBudget: optional(wholeNumber(-1, 65_536, 'tokens')),
  thinkingLevel: optional(z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'])),
});

const audioTranscription = strict({
  languageCodes: optional(z.array(text)),
  languageAuto: optional(strict({})),
  languageHints: optional(strict({ languageCodes: optional(z.array(text)) })),
  customVocabulary: optional(z.array(text)),
  adaptationPhrases: optional(z.array(text)),
  wordTimestamp: optional(flag),
  diarization: optional(flag),
  mode: optional(z.enum(['VERBATIM', 'SMART'])),
});

const realtimeInputConfig = strict({
  automaticActivityDetection: optional(
    strict({
      disabled: optional(flag),
      startOfSpeechSensitivity: optional(z.enum(['START_SENSITIVITY_HIGH', 'START_SENSITIVITY_LOW'])),
      endOfSpeechSensitivity: optional(z.enum(['END_SENSITIVITY_HIGH', 'END_SENSITIVITY_LOW'])),
      prefixPaddingMs: optional(wholeNumber(0, 60_000, 'milliseconds')),
      silenceDurationMs: optional(wholeNumber(0, 60_000, 'milliseconds')),
    }),
  ),
  activityHandling: optional(z.enum(['START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION'])),
  turnCoverage: optional(
    z.enum([
      'TURN_INCLUDES_ONLY_ACTIVITY',
      'TURN_INCLUDES_ALL_INPUT',
      'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
    ]),
  ),
  interimTranscriptTimestampEnabled: optional(flag),
});

const mediaResolution = z.enum(['MEDIA_RESOLUTION_LOW', 'MEDIA_RESOLUTION_MEDIUM', 'MEDIA_RESOLUTION_HIGH']);
const translationConfig = strict({ targetLanguageCode: optional(text), echoTargetLanguage: optional(flag) });

const safetySetting = strict({
  category: optional(z.string().startsWith('HARM_CATEGORY_', "must be one of Google's HARM_CATEGORY_ names")),
  method: optional(z.enum(['SEVERITY', 'PROBABILITY'])),
  threshold: optional(
    z.enum(['BLOCK_LOW_AND_ABOVE', 'BLOCK_MEDIUM_AND_ABOVE', 'BLOCK_ONLY_HIGH', 'BLOCK_NONE', 'OFF']),
  ),
});

/** Sampling and response format; these fields exist directly under `live` and inside generationConfig. */
const generationShape = {
  responseModalities: optional(modalities),
  temperature: optional(z.number().min(0).max(2)),
  topP: optional(z.number().min(0).max(1)),
  topK: optional(z.number().min(0)),
  maxOutputTokens: optional(wholeNumber(1, 1_000_000, 'tokens')),
  mediaResolution: optional(mediaResolution),
  seed: optional(z.int()),
  speechConfig: optional(speechConfig),
  thinkingConfig: optional(thinkingConfig),
  enableAffectiveDialog: optional(flag),
  translationConfig: optional(translationConfig),
};

/** Fields that exist only inside generationConfig. */
const generationConfig = strict({
  ...generationShape,
  candidateCount: optional(wholeNumber(1, 8)),
  frequencyPenalty: optional(z.number()),
  presencePenalty: optional(z.number()),
  stopSequences: optional(z.array(text)),
  logprobs: optional(z.int()),
  responseLogprobs: optional(flag),
  responseMimeType: optional(text),
  responseSchema: optional(anyObject),
  responseJsonSchema: optional(anyObject),
  responseFormat: optional(z.array(anyObject)),
  audioTimestamp: optional(flag),
  audioTranscriptionConfig: refused(
    'closes the session with 1007: put inputAudioTranscription or outputAudioTranscription under live',
  ),
  modelSelectionConfig: optional(anyObject),
  routingConfig: optional(anyObject),
  enableEnhancedCivicAnswers: optional(flag),
});

export const GENERATION_FIELDS = Object.keys(generationShape) as readonly (keyof typeof generationShape)[];

export const liveSchema = strict({
  ...generationShape,
  generationConfig: optional(generationConfig),
  systemInstruction: optional(systemInstruction),
  tools: optional(z.array(liveTool)),
  sessionResumption: optional(strict({ handle: optional(z.string().min(1)), transparent: optional(flag) })),
  inputAudioTranscription: optional(audioTranscription),
  outputAudioTranscription: optional(audioTranscription),
  realtimeInputConfig: optional(realtimeInputConfig),
  contextWindowCompression: optional(
    strict({
      triggerTokens: optional(tokenCount),
      slidingWindow: optional(strict({ targetTokens: optional(tokenCount) })),
    }),
  ),
  proactivity: optional(strict({ proactiveAudio: optional(flag) })),
  explicitVadSignal: optional(flag),
  avatarConfig: optional(anyObject),
  safetySettings: optional(z.array(safetySetting)),
  labels: optional(z.record(z.string(), text)),
  historyConfig: optional(strict({ initialHistoryInClientContent: optional(flag) })),
  httpOptions: refused('makes the SDK throw on a live connection: set GOOGLE_GEMINI_BASE_URL or apiVersion'),
  abortSignal: refused('cannot be written as JSON, and the SDK does not look at it'),
});

export type LiveField = z.infer<typeof liveSchema>;
