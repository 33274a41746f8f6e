// A feature of the Live API as one row: what a profile says, what goes over the wire, and what the room sees of it.
import type { ConnectionFaultInput, ScenarioInput } from '@gemini-room-agent/live-api';
import type { AgentState } from '../../../src/protocol/topics.js';

export type Json = Readonly<Record<string, unknown>>;

export type ScenarioSteps = NonNullable<ScenarioInput['rules']>[number]['do'];

/** In expected values, a text such as `<ms>` stands for whatever number or text is there. */
export type Act =
  /** A message on `lk.chat`. */
  | { readonly chat: string }
  /** A command; its answer holds at least `answer`, or is an error of this code. */
  | { readonly rpc: string; readonly payload?: Json; readonly answer?: Json; readonly error?: number }
  /** A message on `gemini.tool_response`. */
  | { readonly toolResponse: Json }
  /** A tone of this many ms, which passes for speech. */
  | { readonly speakMs: number }
  | { readonly clip: 'goforward' }
  | { readonly mute: true }
  /** Something that the service does. */
  | { readonly service: ConnectionFaultInput; readonly words: string }
  /** Lets a client answer the call that it holds. */
  | { readonly answers: string }
  /** Continues once this is seen; not shown in the table. */
  | { readonly until: Sign }
  /** Continues once the service hears the person's microphone: a transcript before that has no speaker. Not shown either. */
  | { readonly untilHeard: true };

/** Something that is seen in the room, or of the job. */
export type Sign =
  /** An event with at least these fields. */
  | { readonly event: Json }
  /** No such event has come when all else was seen. */
  | { readonly never: Json }
  /** A final caption in the agent's name that holds these words. */
  | { readonly agent: string }
  /** The same without a track: the answer is written. */
  | { readonly written: string }
  /** A final caption in the person's name; `words` may be misheard by a third. */
  | { readonly person: string }
  /** A caption in the person's name that is not final. */
  | { readonly interim: string }
  /** The voice is heard; of tones, by its pitch in Hz. */
  | { readonly voice: true | { readonly name: string; readonly hz: number } }
  /** So much of the voice is heard. */
  | { readonly voiceMs: number }
  | { readonly state: AgentState }
  | { readonly ended: string }
  /** A warning in the worker's log. */
  | { readonly warning: string };

export interface Served {
  readonly answer?: Json;
  readonly error?: string;
  /** Waits for the act `{ answers: … }`. */
  readonly held?: true;
}

export interface Connection {
  /** What `setup` holds beyond the plain one of its model, as JSON Merge Patch. */
  readonly setup?: Json;
  /** Client messages in order. Sound is among them, each stretch of it as one message, where `sound` is set. */
  readonly client?: readonly Json[];
}

export interface Feature extends Connection {
  readonly feature: string;
  readonly profile?: Json;
  /** What an environment variable has to say, as in the table. */
  readonly environment?: string;
  /** What has to be there first. */
  readonly given?: 'handle' | 'token' | 'webhook' | 'module';
  readonly version?: 'v1beta' | 'v1alpha';
  /** Sent before anything else, once the setup is complete. */
  readonly opening?: readonly Json[];
  /** A chat message to which the model answers with `model`. Its own client message is not shown in the table. */
  readonly ask?: string;
  readonly model?: ScenarioSteps;
  /** What the model does when the response of a function comes, by its name. */
  readonly responses?: Readonly<Record<string, ScenarioSteps>>;
  /** RPC methods of the person's client. */
  readonly serves?: Readonly<Record<string, Served>>;
  readonly acts?: readonly Act[];
  readonly sound?: true;
  /** The connection that takes the place of the first. */
  readonly again?: Connection;
  readonly room: readonly Sign[];
}

export interface FeatureGroup {
  readonly title: string;
  readonly features: readonly Feature[];
}

export const LIVE = 'gemini-3.8-live';
export const EXTENDED = 'gemini-3.8-live-extended-thinking';
export const LIVE_3_1 = 'gemini-3.1-flash-live-preview';
export const NATIVE = 'gemini-2.5-flash-native-audio-preview-12-2025';
export const HALF_CASCADE = 'gemini-live-2.5-flash-preview';
export const TRANSLATE = 'gemini-3.5-live-translate-preview';
export const TRANSCRIBE = 'gemini-3.5-transcribe-live';

/** Stands in profiles and in the table for the address of the test's own server. */
export const WEBHOOK = 'https://tools.example.com/book-table';
/** Stands for the handle of the session that was there before. */
export const HANDLE = '<handle>';
/** The same, in a profile of the examples. */
export const HANDLE_IN_WORDS = 'the handle that get_state gave';

/** The setup of a profile that says nothing but its model and modality. */
export function plainSetup(model = LIVE, modality = 'audio'): Json {
  const spoken = modality === 'audio';
  return {
    model: `models/${model}`,
    generationConfig: { responseModalities: [spoken ? 'AUDIO' : 'TEXT'] },
    sessionResumption: {},
    inputAudioTranscription: {},
    ...(spoken ? { outputAudioTranscription: {} } : {}),
    contextWindowCompression: { slidingWindow: {} },
  };
}

/** A typed user turn, as models take it. */
export function typed(text: string, model = LIVE): Json {
  if (model === LIVE_3_1) return { realtimeInput: { text } };
  return { clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } };
}
