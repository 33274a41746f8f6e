// LiveKit's session messages as plain data: what clients ask about a call, the answers, and what they are notified of.
import type { AgentState } from '../protocol/topics.js';

export type SessionQuestion =
  | 'ping'
  | 'chat-history'
  | 'agent-info'
  | 'session-state'
  | 'rtc-stats'
  | 'session-usage'
  | 'framework-info';

export type SessionRequest =
  | { readonly id: string; readonly kind: SessionQuestion }
  | { readonly id: string; readonly kind: 'run-input'; readonly text: string }
  /** A request that is not supported; `name` is LiveKit's name of it. */
  | { readonly id: string; readonly kind: 'unknown'; readonly name: string };

export type UserState = 'speaking' | 'listening' | 'away';

/** One entry of the conversation. */
export type SessionItem =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly role: 'user' | 'assistant';
      readonly text: string;
      readonly interrupted: boolean;
      readonly atMs: number;
      /** From the end of the question to the first sound of the answer. */
      readonly latencyMs?: number;
    }
  | SessionCall
  | SessionOutput;

export interface SessionCall {
  readonly kind: 'call';
  readonly id: string;
  readonly name: string;
  readonly args: string;
  readonly atMs: number;
}

export interface SessionOutput {
  readonly kind: 'output';
  /** Of the call. */
  readonly id: string;
  readonly name: string;
  readonly output: string;
  readonly failed: boolean;
  readonly atMs: number;
}

export interface SessionUsage {
  readonly model: string;
  readonly inputTokens: number;
  readonly inputByModality: Readonly<Record<string, number>>;
  readonly outputTokens: number;
  readonly outputByModality: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/** WebRTC statistics of the agent's two connections to the server, as the SDK gives them. */
export interface RtcStats {
  readonly publisher: readonly Readonly<Record<string, unknown>>[];
  readonly subscriber: readonly Readonly<Record<string, unknown>>[];
}

export type SessionAnswer =
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'chat-history' | 'run-input'; readonly items: readonly SessionItem[] }
  | {
      readonly kind: 'agent-info';
      readonly agent: string;
      readonly instructions?: string;
      readonly tools: readonly string[];
      readonly items: readonly SessionItem[];
    }
  | {
      readonly kind: 'session-state';
      readonly agentState: AgentState;
      readonly userState: UserState;
      readonly agent: string;
      readonly options: Readonly<Record<string, string>>;
      readonly startedAtMs: number;
    }
  | ({ readonly kind: 'rtc-stats' } & RtcStats)
  | { readonly kind: 'session-usage'; readonly usage: SessionUsage; readonly startedAtMs: number }
  | { readonly kind: 'framework-info'; readonly name: string; readonly version: string };

export type SessionEvent =
  | { readonly kind: 'agent-state'; readonly before: AgentState; readonly now: AgentState }
  | { readonly kind: 'user-state'; readonly before: UserState; readonly now: UserState }
  | { readonly kind: 'item'; readonly item: SessionItem }
  | {
      readonly kind: 'tools';
      readonly calls: readonly SessionCall[];
      readonly outputs: readonly SessionOutput[];
    }
  | { readonly kind: 'usage'; readonly usage: SessionUsage };

export type SessionMessage =
  | { readonly to: readonly string[]; readonly answer: SessionAnswer; readonly id: string }
  /** To everyone where `to` is omitted. */
  | { readonly to?: readonly string[]; readonly event: SessionEvent; readonly atMs: number };

export function errorOf(message: string): SessionAnswer {
  return { kind: 'error', message };
}

/** Calls and results of tools. */
export function isOfTools(event: SessionEvent): boolean {
  return event.kind === 'tools' || (event.kind === 'item' && event.item.kind !== 'message');
}

/** Answers with the history hold so much of it: 500 long texts, asked for five times a second, would fill the line. */
const MAX_HISTORY_CHARS = 256 * 1024;

/** Of these items the newest that an answer holds. */
export function newestItems(items: readonly SessionItem[]): readonly SessionItem[] {
  let chars = 0;
  const last = items.findLastIndex((item) => {
    chars += textOf(item).length;
    return chars > MAX_HISTORY_CHARS;
  });
  return items.slice(last + 1);
}

function textOf(item: SessionItem): string {
  if (item.kind === 'message') return item.text;
  return item.kind === 'call' ? item.args : item.output;
}
