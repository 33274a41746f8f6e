// The client's messages once they are checked, and the reading of one frame.
import type { FunctionDeclaration, JsonObject } from '../answerer-port.js';
import { type ApiVersion, clientMessageFields } from './client-schema.js';
import { decode, parseJson } from './decode.js';
import { refusals } from './refusal.js';

export interface Part {
  readonly text?: string;
  readonly thought?: boolean;
  readonly inlineData?: { readonly mimeType?: string; readonly data?: string };
  readonly functionCall?: { readonly id?: string; readonly name?: string; readonly args?: JsonObject };
  readonly functionResponse?: FunctionResponse;
}

export interface Content {
  readonly role?: string;
  readonly parts?: readonly Part[];
}

export interface FunctionResponse {
  readonly id?: string;
  readonly name?: string;
  readonly response?: JsonObject;
  readonly scheduling?: Scheduling | 'SCHEDULING_UNSPECIFIED';
  readonly willContinue?: boolean;
}

export type Scheduling = 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT';

export interface Tool {
  readonly functionDeclarations?: readonly FunctionDeclaration[];
  readonly googleSearch?: JsonObject;
  readonly codeExecution?: JsonObject;
  readonly urlContext?: JsonObject;
  readonly googleMaps?: JsonObject;
}

export interface Setup {
  readonly model?: string;
  readonly generationConfig?: {
    readonly responseModalities?: readonly string[];
    readonly speechConfig?: {
      readonly languageCode?: string;
      readonly voiceConfig?: { readonly prebuiltVoiceConfig?: { readonly voiceName?: string } };
    };
    readonly thinkingConfig?: {
      readonly includeThoughts?: boolean;
      readonly thinkingBudget?: number;
      readonly thinkingLevel?: string;
    };
    readonly enableAffectiveDialog?: boolean;
    readonly translationConfig?: JsonObject;
    readonly mediaResolution?: string;
  };
  readonly systemInstruction?: Content;
  readonly tools?: readonly Tool[];
  readonly realtimeInputConfig?: {
    readonly automaticActivityDetection?: {
      readonly disabled?: boolean;
      readonly startOfSpeechSensitivity?: string;
      readonly endOfSpeechSensitivity?: string;
      readonly prefixPaddingMs?: number;
      readonly silenceDurationMs?: number;
    };
    readonly activityHandling?: string;
    readonly turnCoverage?: string;
    readonly interimTranscriptTimestampEnabled?: boolean;
  };
  readonly sessionResumption?: { readonly handle?: string };
  readonly contextWindowCompression?: {
    readonly triggerTokens?: number;
    readonly slidingWindow?: { readonly targetTokens?: number };
  };
  readonly inputAudioTranscription?: JsonObject;
  readonly outputAudioTranscription?: JsonObject;
  readonly historyConfig?: { readonly initialHistoryInClientContent?: boolean };
  readonly proactivity?: { readonly proactiveAudio?: boolean };
}

export interface Media {
  readonly mimeType?: string;
  readonly data?: string;
}

export interface RealtimeInput {
  readonly mediaChunks?: readonly Media[];
  readonly audio?: Media;
  readonly video?: Media;
  readonly text?: string;
  readonly activityStart?: JsonObject;
  readonly activityEnd?: JsonObject;
  readonly audioStreamEnd?: boolean;
}

export interface ClientContent {
  readonly turns?: readonly Content[];
  readonly turnComplete?: boolean;
}

export interface ContextUpdate {
  readonly systemInstruction?: Content;
  readonly tools?: { readonly tools?: readonly Tool[] };
}

export type ClientMessage =
  | { readonly type: 'setup'; readonly setup: Setup }
  | { readonly type: 'clientContent'; readonly clientContent: ClientContent }
  | { readonly type: 'realtimeInput'; readonly realtimeInput: RealtimeInput }
  | { readonly type: 'toolResponse'; readonly functionResponses: readonly FunctionResponse[] }
  | { readonly type: 'contextUpdate'; readonly contextUpdate: ContextUpdate }
  /** `{}`: allowed, without effect. */
  | { readonly type: 'nothing' };

/** Reads one frame; throws a Refusal when the service would refuse it. */
export function readClientMessage(
  frame: string,
  version: ApiVersion,
): { message: ClientMessage; json: JsonObject } {
  const json = parseJson(frame);
  const message = decode(json, clientMessageFields(version), '', { version });
  const types = Object.keys(message);
  if (types.length > 1) throw refusals.oneof(types[1] as string);
  return { message: typed(message), json: json as JsonObject };
}

function typed(message: JsonObject): ClientMessage {
  // The casts are safe: decode() has checked every field against the same shapes.
  if (message.setup) return { type: 'setup', setup: message.setup as Setup };
  if (message.realtimeInput)
    return { type: 'realtimeInput', realtimeInput: message.realtimeInput as RealtimeInput };
  if (message.clientContent)
    return { type: 'clientContent', clientContent: message.clientContent as ClientContent };
  if (message.toolResponse) {
    const { functionResponses = [] } = message.toolResponse as { functionResponses?: FunctionResponse[] };
    return { type: 'toolResponse', functionResponses };
  }
  if (message.contextUpdate)
    return { type: 'contextUpdate', contextUpdate: message.contextUpdate as ContextUpdate };
  return { type: 'nothing' };
}
