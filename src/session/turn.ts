// Types of the turn: its phases, the stamp on each event, and the state of the tracker.
import type { ModelEvent } from './port.js';
import { type AnswerWords, type Cut, NO_ANSWER } from './turn-words.js';

/**
 * - `none`: no answer is due.
 * - `speaking`: a person speaks, according to the service or to the microphone's level.
 * - `awaited`: speech, a text or a tool result was sent, and the model has not begun to answer.
 * - `answering`: the model speaks, writes or has called a tool, until its turn is complete or interrupted.
 * - `cancelled`: the last utterance was cancelled. The answer to it is discarded to its end.
 */
export type TurnPhase = 'none' | 'speaking' | 'awaited' | 'answering' | 'cancelled';

/** Part of each event of the session: the phase after the event, and the answer that the event belongs to. */
export interface TurnStamp {
  readonly phase: TurnPhase;
  /** The answer's number in the call, from 1. Before an answer has begun: the number that it will have. */
  readonly id: number;
}

export interface TurnState {
  readonly phase: TurnPhase;
  /** Number of answers with audio or text; it is the id of the last one. */
  readonly answers: number;
  /** When the phase began, in ms. */
  readonly sinceMs: number;
  /** The phase that follows the present answer: a person spoke, or an input was sent, during it. */
  readonly next: 'none' | 'speaking' | 'awaited';
  /** In `answering` and `cancelled`: audio, text or a transcript of the answer has come. */
  readonly begun: boolean;
  /** Since the last answer began an input was sent or a tool was called: output that comes now belongs to the next. */
  readonly asked: boolean;
  /** The present answer has an id: audio or text has come, not only transcripts or tool calls. */
  readonly numbered: boolean;
  /** Nothing but words has come of it: they may be late ones of the answer before, and acknowledge no input. */
  readonly onlyWords: boolean;
  /** generationComplete has come, and no tool result was sent after it. */
  readonly generated: boolean;
  /** After generationComplete a person spoke or typed: output that comes now is the next answer, even before turnComplete. */
  readonly followed: boolean;
  /** In `cancelled`: tool calls were refused, so the model will answer once more. */
  readonly refusing: boolean;
  /** Audio and transcript of the present answer. */
  readonly current: AnswerWords;
  /** The previous answer, to which late transcripts may belong; undefined when none can come any more. */
  readonly last: AnswerWords | undefined;
  /** An answer was interrupted: output that comes now may be its late rest. */
  readonly cut: Cut | undefined;
  /** The last input was a text: it interrupts an answer, and is answered at once. */
  readonly typed: boolean;
  /** The turnComplete of an earlier answer is still to come: after an interruption (`cut`), or overdue (`late`). */
  readonly owesComplete: 'cut' | 'late' | undefined;
}

export type TurnInput =
  | ModelEvent
  /** Voice was sent, or push-to-talk was pressed or released. */
  | { readonly type: 'person'; readonly phase: 'started' | 'ended' }
  /** A text, a complete context or a tool result was sent, which the model answers. */
  | { readonly type: 'asked'; readonly by: 'text' | 'tool' }
  /** The last utterance was cancelled. */
  | { readonly type: 'cancel' }
  /** The answer was generated and played, and its turnComplete has not come in time. */
  | { readonly type: 'overdue' };

export interface TurnStep {
  readonly state: TurnState;
  readonly stamp: TurnStamp;
  /** The model has begun an answer or made a call, so earlier inputs have reached it. */
  readonly begins: boolean;
  /** The event belongs to an earlier answer and must not end the present one. */
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
  onlyWords: false,
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

/** The id for an event without output: of the last answer while its transcript, sources or turnComplete may come. */
function idOf({ phase, answers, numbered, last, owesComplete, asked }: TurnState): number {
  if (phase === 'answering') return numbered ? answers : answers + 1;
  const isOfLast = last !== undefined && (owesComplete !== undefined || (phase === 'none' && !asked));
  return isOfLast ? answers : answers + 1;
}

/** A step in which no answer begins. */
export function still(state: TurnState): TurnStep {
  return { state, stamp: stampOf(state), begins: false };
}

/** The turn of a conversation whose first answers were given in another process. */
export function turnAfter(answers: number): TurnState {
  return { ...initialTurn, answers };
}

/** Whether the event is output of an answer; of a cancelled turn it is not emitted. */
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
