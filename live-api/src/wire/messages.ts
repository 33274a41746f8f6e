// The messages that the server sends, as pure functions from values to JSON.
import type { JsonObject } from '../answerer-port.js';

export type Modality = 'TEXT' | 'AUDIO' | 'IMAGE' | 'VIDEO';

export interface Usage {
  readonly prompt: Readonly<Partial<Record<Modality, number>>>;
  readonly response: Readonly<Partial<Record<Modality, number>>>;
  readonly thoughts?: number;
  readonly toolUse?: number;
}

export interface FunctionCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

const details = (counts: Usage['prompt']) =>
  Object.entries(counts)
    .filter(([, tokenCount]) => tokenCount > 0)
    .map(([modality, tokenCount]) => ({ modality, tokenCount }));

const sum = (counts: Usage['prompt']) => Object.values(counts).reduce((total, count) => total + count, 0);

export const usageMetadata = (usage: Usage): JsonObject => {
  const [prompt, response] = [sum(usage.prompt), sum(usage.response)];
  return {
    promptTokenCount: prompt,
    ...(response > 0 && { responseTokenCount: response }),
    ...(usage.toolUse && { toolUsePromptTokenCount: usage.toolUse }),
    ...(usage.thoughts && { thoughtsTokenCount: usage.thoughts }),
    totalTokenCount: prompt + response + (usage.toolUse ?? 0) + (usage.thoughts ?? 0),
    promptTokensDetails: details(usage.prompt),
    ...(response > 0 && { responseTokensDetails: details(usage.response) }),
  };
};

const content = (serverContent: JsonObject): JsonObject => ({ serverContent });

export const messages = {
  setupComplete: (): JsonObject => ({ setupComplete: {} }),
  resumable: (newHandle: string): JsonObject => ({
    sessionResumptionUpdate: { newHandle, resumable: true },
  }),
  /** While the model generates or waits for a tool, on models that send updates all the time. */
  notResumable: (): JsonObject => ({ sessionResumptionUpdate: { resumable: false } }),
  activity: (type: 'ACTIVITY_START' | 'ACTIVITY_END', offsetMs: number): JsonObject => ({
    voiceActivity: { type, audioOffset: duration(offsetMs) },
  }),
  inputTranscription: (text: string): JsonObject => content({ inputTranscription: { text } }),
  /** `stretch`: where in the audio the words are, for sessions that ask for it. */
  interimInputTranscription: (
    text: string,
    stretch?: { readonly startMs: number; readonly endMs: number },
  ): JsonObject =>
    content({
      interimInputTranscription: {
        text,
        ...(stretch && { startOffset: duration(stretch.startMs), endOffset: duration(stretch.endMs) }),
      },
    }),
  outputTranscription: (text: string): JsonObject => content({ outputTranscription: { text } }),
  /** `base64` is PCM16 mono at 24 kHz. */
  audio: (base64: string): JsonObject =>
    content({ modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: base64 } }] } }),
  parts: (parts: readonly JsonObject[]): JsonObject => content({ modelTurn: { parts } }),
  text: (text: string): JsonObject => content({ modelTurn: { parts: [{ text }] } }),
  interrupted: (): JsonObject => content({ interrupted: true }),
  generationComplete: (): JsonObject => content({ generationComplete: true }),
  turnComplete: (extra: JsonObject = {}): JsonObject => content({ turnComplete: true, ...extra }),
  turnCompleteWithUsage: (usage: Usage, extra: JsonObject = {}): JsonObject => ({
    serverContent: { turnComplete: true, ...extra },
    usageMetadata: usageMetadata(usage),
  }),
  usage: (usage: Usage): JsonObject => ({ usageMetadata: usageMetadata(usage) }),
  interaction: (interactionStatus: 'IN_PROGRESS' | 'IDLE'): JsonObject => content({ interactionStatus }),
  toolCall: (functionCalls: readonly FunctionCall[]): JsonObject => ({ toolCall: { functionCalls } }),
  toolCallCancellation: (ids: readonly string[]): JsonObject => ({ toolCallCancellation: { ids } }),
  goAway: (timeLeftMs: number): JsonObject => ({ goAway: { timeLeft: duration(timeLeftMs) } }),
  empty: (): JsonObject => ({}),
  emptyContent: (): JsonObject => content({}),
} as const;

/** Proto JSON durations: whole seconds, or with three digits: `50s`, `0.240s`. */
export function duration(ms: number): string {
  const whole = Math.round(ms);
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${(whole / 1000).toFixed(3)}s`;
}

/** A message as JSON, without the sound and pictures in it. */
export function withoutMedia(message: object): string {
  return JSON.stringify(message, (key, value) => (key === 'data' && typeof value === 'string' ? '' : value));
}
