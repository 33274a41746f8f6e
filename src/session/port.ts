// The interface of a Live API session: events out, inputs in, without connections.
import type { PcmChunk } from '../audio/pcm.js';
import type { Profile } from '../profile/profile.js';
import type { TurnStamp } from './turn.js';

export type JsonObject = { readonly [key: string]: unknown };

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  /** Why the arguments are left out: the call is answered with an error. */
  readonly refused?: string;
}

/** When the model speaks about the result of a non-blocking tool. */
export type Scheduling = 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';

/** An image or document of a result. */
export interface ToolMedia {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly response: JsonObject;
  readonly scheduling?: Scheduling;
  /** True when more results of the same call will follow. */
  readonly willContinue?: boolean;
  /** Only for models that take it (`tools.responseMedia`). */
  readonly media?: readonly ToolMedia[];
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

/** Where in the audio something was said, in ms of the audio that the service's session has received. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

export interface TimedWord extends Stretch {
  readonly word: string;
}

/** The state of the conversation's connection, as it is reported to the room. */
export type ConnectionState = 'connecting' | 'open' | 'rotating' | 'waiting' | 'closed';

/** The events of a session, each once, in the order in which the service sent them. */
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
      /** Where it was said, from services that report it. */
      readonly stretch?: Stretch;
      readonly words?: readonly TimedWord[];
    }
  /** Speech without an answer and without a complete transcript is sent again: its transcript will come again. */
  | { readonly type: 'input-restarted' /** What was transcribed of it before. */; readonly text: string }
  | {
      readonly type: 'activity';
      readonly phase: 'started' | 'ended' /** ms of audio that the session had received */;
      readonly offsetMs?: number;
    }
  | { readonly type: 'interrupted' }
  | { readonly type: 'generation-complete' }
  | {
      readonly type: 'turn-complete';
      readonly reason?: string;
      readonly waitingForInput?: boolean;
      /** It has come long after the sound of the answer, or not at all: the answer is treated as complete. */
      readonly late?: true;
    }
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

/** A change of the profile during a session. */
export interface ProfileChange {
  readonly profile: Profile;
  readonly instructions: boolean;
  readonly tools: boolean;
  /** The change needs a new connection: only its `setup` message can carry it. */
  readonly setup: boolean;
  /** The service has refused the change: the earlier profile applies again. */
  readonly onRefused: () => void;
}

/**
 * Called synchronously, in the tick in which the frame arrived; must not throw. `turn`: the turn's phase after the
 * event, and the answer that the event belongs to.
 */
export type ModelListener = (event: ModelEvent, turn: TurnStamp) => void;

/**
 * One conversation with the model, over any number of connections.
 * No method throws or blocks; inputs that cannot be sent are held, or counted when they are dropped.
 */
export interface ModelSession {
  /** Opens the first connection. Call it when every listener exists; no event comes before it. */
  start(): void;
  sendAudio(chunk: PcmChunk): void;
  /** The microphone has stopped: sends audioStreamEnd, if the model accepts it. */
  endAudio(): void;
  /** Manual activity detection only: sends activityStart, or activityEnd. */
  startActivity(): void;
  endActivity(): void;
  sendImage(image: Jpeg): void;
  /**
   * Sends a user turn in text, which the model answers. Without a connection the newest 20 texts are held, or 64 KB;
   * `onUnsent` is called when this one is dropped.
   */
  sendText(text: string, onUnsent?: () => void): void;
  /** Adds turns to the context; the model answers them only with `turnComplete`. */
  sendContext(turns: readonly Content[], turnComplete: boolean, onUnsent?: () => void): void;
  sendToolResults(results: readonly ToolResult[]): void;
  /**
   * Cancels the last utterance of a person: it is not sent again after a loss, its answer is discarded on every
   * connection, its open tool calls are answered with an error and reported as cancelled, and later calls come with
   * the phase `cancelled`. Returns the id of the cancelled turn.
   */
  cancelTurn(): number;
  /** The present turn. */
  readonly turn: TurnStamp;
  /** Tool calls without a result. */
  readonly openCalls: readonly ToolCall[];
  /**
   * Changes the profile: at once where the model accepts an update during the session, else with another
   * connection in the next pause of the conversation. Returns which of the two.
   */
  reconfigure(change: ProfileChange): 'now' | 'next-connection';
  /** Whether a person is in the room: connections to a service that cannot be reached are retried only then. */
  setOccupied(present: boolean): void;
  /** The handle with which another process can resume this session; undefined until the service has sent one. */
  readonly resumptionHandle: string | undefined;
  /** The tool calls of this session, for a process that resumes the conversation. */
  readonly toolMemory: {
    readonly open: readonly Pick<ToolCall, 'id' | 'name'>[];
    readonly seen: readonly string[];
    readonly unconfirmed: readonly ToolResult[];
  };
  /** Input audio that was dropped because the connection was away for longer than is held. */
  readonly droppedMs?: number;
  /** Connected, and between turns: nobody speaks, no turn is open, no tool call is in flight. */
  readonly isQuiet: boolean;
  /** Closes the connection and waits for it; the only event that follows is `connection: closed`. Idempotent. */
  close(): Promise<void>;
}
