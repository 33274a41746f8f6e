// What the page knows of a call, and what it learns of it.
import type { RoomEvent } from '../../../src/protocol/events.js';

export interface Message {
  /** The caption's segment, or the stream of a typed message. */
  readonly id: string;
  readonly from: string;
  readonly kind: 'voice' | 'text';
  readonly text: string;
  readonly final: boolean;
  /** The answer was cut off after these words. */
  readonly interrupted: boolean;
  /** Object URLs of pictures that were sent with it. */
  readonly pictures: readonly string[];
  readonly at: number;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
  readonly at: number;
  /** It runs in a participant's client: this page is one that can answer. */
  readonly ours: boolean;
  readonly state: 'approval' | 'open' | 'done' | 'failed' | 'cancelled';
  /** Who may allow it, while it waits for that. */
  readonly from: readonly string[];
  readonly result?: unknown;
  readonly durationMs?: number;
}

export interface Loss {
  readonly what: 'model' | 'room';
  readonly at: number;
  readonly endedAt?: number;
  readonly restored?: string;
  readonly reason?: string;
}

/** A stretch of time in which somebody spoke, or an answer was heard. */
export interface Span {
  readonly at: number;
  readonly endedAt?: number;
}

export interface Turn extends Span {
  /** A second call in the same room counts its turns anew. */
  readonly call: string;
  readonly turn: number;
  readonly phase: 'started' | 'generated' | 'completed' | 'interrupted';
  readonly playedMs?: number;
  readonly waitMs?: number;
  readonly interruptMs?: number;
  readonly tokens?: number;
}

export interface Tokens {
  readonly prompt: number;
  readonly response: number;
  readonly thoughts: number;
  readonly total: number;
  readonly byModality: {
    readonly prompt: Readonly<Record<string, number>>;
    readonly response: Readonly<Record<string, number>>;
  };
}

export interface Notice {
  readonly id: string;
  readonly at: number;
  readonly kind: 'error' | 'note';
  readonly title: string;
  readonly text: string;
}

/** What one person has said without a pause. */
export interface Speech extends Span {
  readonly participant: string;
  /** A message has its words. */
  readonly isWritten?: boolean;
}

export interface CallLog {
  readonly startedAt: number;
  readonly session: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolCall[];
  readonly losses: readonly Loss[];
  readonly turns: readonly Turn[];
  readonly speech: readonly Speech[];
  readonly notices: readonly Notice[];
  readonly vision: { readonly source: 'camera' | 'screen'; readonly participant: string } | null;
  /** Of the call so far, and the sums after each count on the way; the cost in US dollars. */
  readonly tokens: Tokens | null;
  readonly tokensAt: readonly { readonly at: number; readonly total: number; readonly cost: number }[];
  readonly floor: { readonly holder: string | null; readonly waiting: readonly string[] } | null;
  /** Every event as it came, for the download. */
  readonly events: readonly object[];
}

export type LogAction =
  | { readonly type: 'event'; readonly event: RoomEvent; readonly now: number }
  | {
      readonly type: 'caption';
      readonly id: string;
      readonly from: string;
      readonly text: string;
      readonly final: boolean;
      readonly now: number;
    }
  | {
      readonly type: 'text';
      readonly id: string;
      readonly from: string;
      readonly text: string;
      readonly pictures?: readonly string[];
      readonly now: number;
    }
  | { readonly type: 'room-lost' | 'room-back'; readonly now: number }
  | {
      readonly type: 'notice';
      readonly kind: Notice['kind'];
      readonly title: string;
      readonly text: string;
      readonly now: number;
    };

export function emptyLog(now: number): CallLog {
  return {
    startedAt: now,
    session: 'connecting',
    messages: [],
    tools: [],
    losses: [],
    turns: [],
    speech: [],
    notices: [],
    vision: null,
    tokens: null,
    tokensAt: [],
    floor: null,
    events: [],
  };
}
