// The steps of a turn: created by the answerer or a scenario, executed by Turn.
import type { JsonObject } from '../answerer-port.js';
import type { ConnectionFault } from '../faults/schema.js';

export type Step =
  /** Says a text (or writes it, in text modality); `transcript` is what its transcription says instead. */
  | { readonly do: 'say'; readonly text: string; readonly transcript?: string }
  /** PCM16 mono at 24 kHz instead of the voice. */
  | { readonly do: 'audio'; readonly samples: Int16Array; readonly transcript?: string }
  /** Parts as they are, in one message. */
  | { readonly do: 'parts'; readonly parts: readonly JsonObject[] }
  /** Fields of serverContent as they are. */
  | { readonly do: 'content'; readonly content: JsonObject }
  | { readonly do: 'calls'; readonly calls: readonly PlannedCall[] }
  /** Says what is in the last picture. */
  | { readonly do: 'look' }
  | { readonly do: 'wait'; readonly ms: number }
  /** A whole message as it is. */
  | { readonly do: 'message'; readonly message: JsonObject }
  /** A disturbance of the connection. */
  | { readonly do: 'fault'; readonly fault: ConnectionFault };

export interface PlannedCall {
  readonly name: string;
  readonly args: JsonObject;
  /** Chosen by the server when it is missing. */
  readonly id?: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Milliseconds before the first step; the pace's when missing. */
  readonly afterMs?: number;
  /** Steps without a turn around them: no generationComplete, no turnComplete. */
  readonly silent?: boolean;
  /** Further fields of the message that says turnComplete. */
  readonly complete?: JsonObject;
}

/** Something that the model may answer. */
export type Prompt =
  | { readonly kind: 'setup' }
  /** An utterance; empty when no words were recognised. */
  | { readonly kind: 'speech'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-response'; readonly name: string; readonly text: string }
  /** A client's message as JSON, for scripts that watch them. */
  | { readonly kind: 'message'; readonly text: string };

/** A scenario at work in one conversation. */
export interface Script {
  /** The plan of the scenario, if a rule matches. */
  plan(prompt: Prompt): Plan | undefined;
  /** Whether it wants to see every message of the client. */
  readonly watches: boolean;
  /** Whether the server itself sends what it heard. */
  readonly transcribes: boolean;
  /** Plans for certain times after setupComplete. */
  readonly timed: readonly { readonly atMs: number; readonly plan: Plan }[];
}

export const say = (text: string): Plan => ({ steps: [{ do: 'say', text }] });
