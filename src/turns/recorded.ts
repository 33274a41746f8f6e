// What a call's record holds of its turns, tools, losses and people, as its report gives it. Times are epoch ms.

import type { RecordedTrace } from './trace-context.js';

export type TurnOutcome = 'completed' | 'interrupted' | 'no_answer' | 'cancelled' | 'error';

export interface RecordedTool {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Undefined while it runs, and when the call ended before its answer. */
  ok?: boolean;
  durationMs?: number;
  error?: string;
  cancelled?: true;
  /** Of a call that had to be allowed: who has decided, and how; `waiting` where the call ended before. */
  approval?: {
    state: 'waiting' | 'allowed' | 'refused' | 'timed-out';
    from: readonly string[];
    by?: string;
    at: number;
  };
}

export interface SaidWords {
  /** Identities; several where nothing tells their words apart, who was heard most first. */
  readonly by: readonly string[];
  readonly text: string;
}

export interface RecordedTurn {
  /** The turn's number; null for words that got no answer. */
  readonly id: number | null;
  readonly at: number;
  /** Who was answered, of several the last one; null for a turn that nobody asked for, such as the greeting. */
  by: string | null;
  user: string;
  /** Where several people were answered: the parts of `user`, and who said each. */
  said?: readonly SaidWords[];
  agent: string;
  interrupted: boolean;
  /** Undefined while the turn goes on. */
  outcome?: TurnOutcome;
  playedMs?: number;
  latency: {
    endOfSpeechToAudioMs?: number;
    firstAudioToPublishedMs?: number;
    interruptToClearedMs?: number;
  };
  tools: RecordedTool[];
  usage: { prompt: number; response: number; thoughts: number; total: number };
}

export interface RecordedLoss {
  readonly at: number;
  /** Why the connection ended: as the `session` event names it. */
  readonly code: string;
  /** How the conversation went on; null where it did not. */
  restored: string | null;
  awayMs: number | null;
}

export interface RecordedPerson {
  readonly identity: string;
  /** As the participant's token or client sets it; empty where it has none. */
  readonly name: string;
  readonly kind: string;
  /** Of somebody on the phone: number, trunk and call. */
  readonly phone?: Readonly<Record<string, string>>;
  readonly joinedAt: number;
  leftAt: number | null;
}

export interface Transcript {
  readonly turns: readonly RecordedTurn[];
}

/** All that is collected of a call, as plain JSON: the process that takes the call over goes on with it. */
export interface CallRecordState {
  begun: {
    readonly at: number;
    readonly room: string;
    readonly agent: string;
    readonly model: string;
    readonly profile?: string;
    readonly data?: unknown;
  } | null;
  readonly people: RecordedPerson[];
  turns: RecordedTurn[];
  /** Older turns than those in `turns`, of a call that has more than are kept. */
  turnsLeftOut: number;
  readonly losses: RecordedLoss[];
  readonly errors: { at: number; code: string; message: string; fatal: boolean }[];
  readonly usage: { prompt: number; response: number; thoughts: number; total: number };
  readonly audio: { droppedMs: number; underruns: number };
  /** Connections that ended as planned. */
  planned: number;
  /** The call has just moved to another process, as planned: the connection that ends with it is no loss. */
  movePlanned: boolean;
  /** The trace to which the call belongs. */
  trace?: RecordedTrace;
  /** Words of people that the model has not answered yet, and the tools that it has called for its answer. */
  asked: {
    readonly at: number;
    texts: string[];
    by: string | null;
    said?: SaidWords[];
    tools?: RecordedTool[];
  } | null;
}

export function emptyRecord(): CallRecordState {
  return {
    begun: null,
    people: [],
    turns: [],
    turnsLeftOut: 0,
    losses: [],
    errors: [],
    usage: { prompt: 0, response: 0, thoughts: 0, total: 0 },
    audio: { droppedMs: 0, underruns: 0 },
    planned: 0,
    movePlanned: false,
    asked: null,
  };
}

/** The newest turns of it that `maxChars` of JSON hold: what travels in a dispatch must have a bound. */
export function boundedRecord(state: CallRecordState, maxChars: number): CallRecordState {
  let chars = JSON.stringify({ ...state, turns: [] }).length;
  let kept = state.turns.length;
  while (kept > 0) {
    chars += JSON.stringify(state.turns[kept - 1]).length + 1;
    if (chars > maxChars) break;
    kept -= 1;
  }
  if (kept === 0) return state;
  return { ...state, turns: state.turns.slice(kept), turnsLeftOut: state.turnsLeftOut + kept };
}

export function newTurn(id: number | null, at: number): RecordedTurn {
  return {
    id,
    at,
    by: null,
    user: '',
    agent: '',
    interrupted: false,
    latency: {},
    tools: [],
    usage: { prompt: 0, response: 0, thoughts: 0, total: 0 },
  };
}

/** Who said what is left out where one person has said everything. */
export function withSaidBySeveral(turn: RecordedTurn): RecordedTurn {
  const { said = [], ...rest } = turn;
  return new Set(said.flatMap(({ by }) => by)).size > 1 ? turn : rest;
}

export function end(turn: RecordedTurn, outcome: TurnOutcome): void {
  turn.outcome = outcome;
  turn.interrupted = outcome === 'interrupted';
}

export function joined(before: string, more: string): string {
  return before === '' ? more : `${before} ${more}`;
}
