// What the rest of the program knows of a Live API session: events out, inputs in, nothing of sockets.
import type { PcmChunk } from '../audio/pcm.js';
import type { Profile } from '../profile/profile.js';
import type { TurnStamp } from './turn.js';

export type JsonObject = { readonly [key: string]: unknown };

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

/** When the model speaks of a non-blocking tool's answer. */
export type Scheduling = 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';

export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly response: JsonObject;
  readonly scheduling?: Scheduling;
  /** True when more answers to the same call will follow. */
  readonly willContinue?: boolean;
}

export interface Content {
  readonly role: 'user' | 'model';
  readonly parts: readonly JsonObject[];
}

export interface Jpeg {
  readonly bytes: Uint8Array;
}

/** Tokens by modality, as `{ AUDIO: 120, TEXT: 14 }`. */
export type TokensByModality = Readonly<Record<string, number>>;

export interface Usage {
  readonly prompt: number;
  readonly response: number;
  readonly thoughts: number;
  /** Tokens of tool results that were put into the prompt. */
  readonly toolPrompt: number;
  readonly cached: number;
  readonly total: number;
  readonly promptByModality: TokensByModality;
  readonly responseByModality: TokensByModality;
}

/** The state of the conversation's connection, as the room sees it. */
export type ConnectionState = 'connecting' | 'open' | 'rotating' | 'waiting' | 'closed';

/** Everything a session reports, each once, in the order of the wire. */
export type ModelEvent =
  | {
      readonly type: 'connection';
      readonly state: ConnectionState;
      readonly restored?: 'resumed' | 'rebuilt' | 'none';
      readonly reason?: string;
    }
  | { readonly type: 'audio'; readonly chunk: PcmChunk }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thought'; readonly text: string }
  | { readonly type: 'output-transcript'; readonly text: string; readonly finished: boolean }
  | {
      readonly type: 'input-transcript';
      readonly text: string;
      readonly finished: boolean /** replaced by what follows, not continued by it */;
      readonly interim: boolean;
      readonly language?: string;
    }
  /** Speech that is not answered, and not transcribed to its end, is sent again: its words come again. */
  | { readonly type: 'input-restarted' }
  | {
      readonly type: 'activity';
      readonly phase: 'started' | 'ended' /** ms of audio that the session had received */;
      readonly offsetMs?: number;
    }
  | { readonly type: 'interrupted' }
  | { readonly type: 'generation-complete' }
  | { readonly type: 'turn-complete'; readonly reason?: string; readonly waitingForInput?: boolean }
  | { readonly type: 'interaction'; readonly status: 'in-progress' | 'idle' }
  | { readonly type: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | { readonly type: 'tool-cancelled'; readonly ids: readonly string[] }
  | { readonly type: 'code'; readonly language: string; readonly code: string }
  | { readonly type: 'code-result'; readonly outcome: string; readonly output: string }
  | { readonly type: 'grounding'; readonly metadata: JsonObject }
  | { readonly type: 'url-context'; readonly metadata: JsonObject }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'go-away'; readonly timeLeftMs: number }
  | { readonly type: 'resumption'; readonly handle: string; readonly resumable: boolean }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly fatal: boolean };

export type ModelEventOf<T extends ModelEvent['type']> = Extract<ModelEvent, { type: T }>;

/** What of a profile has changed in the middle of a session. */
export interface ProfileChange {
  readonly profile: Profile;
  readonly instructions: boolean;
  readonly tools: boolean;
  /** Something that only a new set-up can say. */
  readonly setup: boolean;
  /** The service does not take it: what held before holds again. */
  readonly onRefused: () => void;
}

/**
 * Called synchronously, in the same tick as the frame arrived; must not throw. `turn`: whose move it is after the
 * event, and which answer the event belongs to.
 */
export type ModelListener = (event: ModelEvent, turn: TurnStamp) => void;

/**
 * One conversation with the model, over as many connections as it takes.
 * Nothing here throws or blocks; what cannot be sent is held or counted.
 */
export interface ModelSession {
  /** Opens the first connection. Call it once everything that its events reach exists; no event comes before. */
  start(): void;
  sendAudio(chunk: PcmChunk): void;
  /** The microphone has stopped (audioStreamEnd), where the model takes that. */
  endAudio(): void;
  /** Manual detection only: the person starts, or stops, speaking. */
  startActivity(): void;
  endActivity(): void;
  sendImage(image: Jpeg): void;
  /** A typed user turn that the model answers. */
  sendText(text: string): void;
  /** Puts turns into the context; the model answers only when `turnComplete`. */
  sendContext(turns: readonly Content[], turnComplete: boolean): void;
  sendToolResults(results: readonly ToolResult[]): void;
  /**
   * The person takes back what they said last: it is not sent again after a loss, its answer is not passed on,
   * on whatever connection it comes, its open tool calls are answered with an error and reported as cancelled,
   * and later ones come with the phase `cancelled`. Returns the turn that is cancelled.
   */
  cancelTurn(): number;
  /** Whose move it is now. */
  readonly turn: TurnStamp;
  /** Tool calls that are not answered yet. */
  readonly openCalls: readonly ToolCall[];
  /**
   * Goes on with another profile: at once where the model takes that in mid-session, else with another
   * connection at the next quiet moment. Returns which of the two.
   */
  reconfigure(change: ProfileChange): 'now' | 'next-connection';
  /** Whether anybody is in the room: a service that cannot be reached is tried again only for somebody. */
  setOccupied(present: boolean): void;
  /** The handle with which this session could be taken up elsewhere, once there is one. */
  readonly resumptionHandle: string | undefined;
  /** Which tool calls this session has made, for a process that takes the conversation up. */
  readonly toolMemory: {
    readonly open: readonly Pick<ToolCall, 'id' | 'name'>[];
    readonly seen: readonly string[];
    readonly unconfirmed: readonly ToolResult[];
  };
  /** Connected, and between turns: nobody speaks, no turn is open, no tool is in flight. */
  readonly isQuiet: boolean;
  /** Closes the connection and waits for it; no event follows but `connection: closed`. Safe to call twice. */
  close(): Promise<void>;
}
