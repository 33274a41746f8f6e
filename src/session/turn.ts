// What is known of the turn: the phases, the stamp that rides on each event, and the state behind it.
import type { ModelEvent } from './port.js';
import { type AnswerWords, type Cut, NO_ANSWER } from './turn-words.js';

/**
 * - `none`: nobody waits for anything.
 * - `speaking`: a person speaks, as far as the service or the microphone's level says.
 * - `awaited`: something was said, typed or answered to a tool, and the model has not begun to answer.
 * - `answering`: the model speaks, writes or has called a tool, until its turn is complete or cut off.
 * - `cancelled`: the person took back what they said. The answer to it is discarded to its end.
 */
export type TurnPhase = 'none' | 'speaking' | 'awaited' | 'answering' | 'cancelled';

/** Rides on each event of the session: the phase after the event, and the answer that the event belongs to. */
export interface TurnStamp {
  readonly phase: TurnPhase;
  /** Answers of a call are counted from 1. Before an answer has begun: the id that it will have. */
  readonly id: number;
}

export interface TurnState {
  readonly phase: TurnPhase;
  /** Answers of which something was heard or written: the last one has this id. */
  readonly answers: number;
  /** When the phase began, in ms. */
  readonly sinceMs: number;
  /** What was said or asked during an answer, and therefore follows it. */
  readonly next: 'none' | 'speaking' | 'awaited';
  /** In `answering` and `cancelled`: audio, text or words of the answer have come. */
  readonly begun: boolean;
  /** Something was asked, or called for, since the last answer began: what comes now is of the next. */
  readonly asked: boolean;
  /** The answer that goes on has an id: audio or text has come, not only words or tool calls. */
  readonly numbered: boolean;
  /** generationComplete has come, and nothing was given to the model to go on with. */
  readonly generated: boolean;
  /** Since then somebody has spoken or asked: what comes now is another answer, turnComplete or not. */
  readonly followed: boolean;
  /** In `cancelled`: calls were refused, so that the model will go on once more. */
  readonly refusing: boolean;
  /** The answer that goes on. */
  readonly current: AnswerWords;
  /** The answer before it, to which late words may belong; undefined when none can come any more. */
  readonly last: AnswerWords | undefined;
  /** What comes now may be the late rest of an answer that was cut off. */
  readonly cut: Cut | undefined;
  /** What was asked last was typed: it cuts an answer off, and is answered at once. */
  readonly typed: boolean;
  /** A turnComplete that is still to come of an answer that is over: it was cut off (then it comes at once), or silent for too long. */
  readonly owesComplete: 'cut' | 'late' | undefined;
}

export type TurnInput =
  | ModelEvent
  /** A microphone's voice was sent, or push-to-talk was opened. */
  | { readonly type: 'person'; readonly phase: 'started' | 'ended' }
  /** A text, a complete context or a tool's answer was sent, and the model is to speak. */
  | { readonly type: 'asked'; readonly by: 'text' | 'tool' }
  /** The person has taken back what they said last. */
  | { readonly type: 'cancel' }
  /** All of the answer was generated and played, and its turnComplete does not come. */
  | { readonly type: 'overdue' };

export interface TurnStep {
  readonly state: TurnState;
  readonly stamp: TurnStamp;
  /** The model has begun an answer or a call: what was sent before has reached it. */
  readonly begins: boolean;
  /** The event speaks of an answer that is over, and says nothing of what has begun since. */
  readonly isStale?: boolean;
}

export const initialTurn: TurnState = {
  phase: 'none',
  answers: 0,
  sinceMs: 0,
  next: 'none',
  begun: false,
  asked: false,
  numbered: false,
  generated: false,
  followed: false,
  refusing: false,
  current: NO_ANSWER,
  last: undefined,
  cut: undefined,
  typed: false,
  owesComplete: undefined,
};

export function stampOf(state: TurnState): TurnStamp {
  return { phase: state.phase, id: idOf(state) };
}

/** Something of the last answer may still come: its words, its sources, or its turnComplete. */
function idOf({ phase, answers, numbered, last, owesComplete, asked }: TurnState): number {
  if (phase === 'answering') return numbered ? answers : answers + 1;
  const isOfLast = last !== undefined && (owesComplete !== undefined || (phase === 'none' && !asked));
  return isOfLast ? answers : answers + 1;
}

/** Nothing begins. */
export function still(state: TurnState): TurnStep {
  return { state, stamp: stampOf(state), begins: false };
}

/** The turn of a conversation of which another process has had the first answers. */
export function turnAfter(answers: number): TurnState {
  return { ...initialTurn, answers };
}

/** What an answer consists of: of a cancelled turn nobody hears or reads it. */
export function isOfAnswer({ type }: ModelEvent): boolean {
  return ANSWER.has(type);
}

const ANSWER: ReadonlySet<ModelEvent['type']> = new Set<ModelEvent['type']>([
  'audio',
  'text',
  'output-transcript',
  'thought',
  'code',
  'code-result',
  'grounding',
  'url-context',
  'generation-complete',
  'tool-calls',
  'input-transcript',
]);
