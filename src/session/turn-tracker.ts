// The turn of a conversation as a pure function, across connections. Its table: docs/states.md.

import { stampOf, still, type TurnInput, type TurnState, type TurnStep } from './turn.js';
import { called, content, ended, sound, words, written } from './turn-answer.js';

export * from './turn.js';
export { LATE_AUDIO_GAP_MS, LATE_AUDIO_MS } from './turn-words.js';

/** When the answer to a cancelled utterance has not begun after this time, it will not come. */
export const CANCELLED_WITHIN_MS = 10_000;
/** An activity start this soon after `interrupted` is the one that caused it. */
export const SAME_BARGE_IN_MS = 250;

/** Audio that was in transit at an interruption comes with it: the connection keeps its order. */
const IN_TRANSIT_MS = 15;

/** Advances the turn by one input. Never throws; inputs come in any order. */
export function trackTurn(before: TurnState, input: TurnInput, nowMs: number): TurnStep {
  const state = expired(before, nowMs);
  switch (input.type) {
    case 'person':
      return input.phase === 'started' ? personStarted(state, nowMs) : asked(state, 'speech', nowMs);
    case 'activity':
      return input.phase === 'started'
        ? personStarted(withoutCut(state, nowMs), nowMs)
        : asked(state, 'speech', nowMs);
    case 'asked':
      return asked(state, input.by, nowMs);
    case 'cancel':
      return cancelled(state, nowMs);
    case 'audio':
      return input.chunk.samples.length === 0
        ? still(state)
        : sound(state, (input.chunk.samples.length / input.chunk.rate) * 1000, nowMs);
    case 'text':
      return written(state, input.text, nowMs);
    case 'output-transcript':
      return words(state, input.text, input.finished, nowMs);
    case 'code':
    case 'code-result':
      return content(state, false, nowMs);
    case 'tool-calls':
      return called(state, nowMs);
    case 'generation-complete':
      if (state.phase !== 'answering') return still(state);
      // What was asked meanwhile is answered by what comes after this, also without a turnComplete between.
      return still({ ...state, generated: true, followed: state.followed || state.next !== 'none' });
    case 'turn-complete':
      return complete(state, nowMs);
    case 'overdue':
      return overdue(state, nowMs);
    case 'interrupted':
      return interrupted(state, nowMs);
    case 'connection':
      return input.state === 'open' || input.state === 'connecting'
        ? still(state.phase === 'cancelled' ? { ...state, sinceMs: nowMs } : state)
        : lost(state, nowMs);
    default:
      return still(state);
  }
}

function expired(state: TurnState, nowMs: number): TurnState {
  const { phase, begun, sinceMs } = state;
  if (phase !== 'cancelled' || begun || nowMs - sinceMs <= CANCELLED_WITHIN_MS) return state;
  return { ...state, phase: 'none', sinceMs: nowMs, refusing: false };
}

// Transitions by people.

function personStarted(state: TurnState, nowMs: number): TurnStep {
  switch (state.phase) {
    case 'speaking':
      return still(state);
    case 'none':
    case 'awaited':
      return still({ ...state, phase: 'speaking', sinceMs: nowMs });
    case 'answering':
    case 'cancelled':
      return still({
        ...state,
        next: state.next === 'awaited' ? 'awaited' : 'speaking',
        followed: state.generated,
      });
  }
}

function asked(state: TurnState, by: 'speech' | 'text' | 'tool', nowMs: number): TurnStep {
  switch (state.phase) {
    case 'none':
    case 'speaking':
    case 'awaited':
      // A tool result does not end the speech of a person.
      if (by === 'tool' && state.phase === 'speaking') return still(state);
      return still({
        ...state,
        phase: 'awaited',
        sinceMs: nowMs,
        asked: true,
        typed: by === 'text',
        cut: by === 'text' ? cutBeforeText(state.cut, nowMs) : state.cut,
      });
    case 'answering':
      // After a tool result the model continues the turn in which it made the call.
      if (by === 'tool') return still({ ...state, generated: false });
      if (by === 'speech' && state.next !== 'speaking') return still(state);
      return still({ ...state, next: 'awaited', followed: state.generated, typed: by === 'text' });
    case 'cancelled':
      if (by === 'tool' || (by === 'speech' && state.next !== 'speaking')) return still(state);
      // The cancelled answer goes on until this input interrupts it, or until it is complete.
      if (state.begun) return still({ ...state, next: 'awaited', typed: by === 'text' });
      return still({
        ...state,
        phase: 'awaited',
        sinceMs: nowMs,
        asked: true,
        next: 'none',
        refusing: false,
      });
  }
}

/** A text is answered at once: of the interrupted answer only audio that was in transit may still come. */
function cutBeforeText(cut: TurnState['cut'], nowMs: number): TurnState['cut'] {
  return cut === undefined || nowMs - cut.lastMs >= IN_TRANSIT_MS ? undefined : { ...cut, byText: true };
}

function cancelled(state: TurnState, nowMs: number): TurnStep {
  const begun = state.phase === 'answering' || (state.phase === 'cancelled' && state.begun);
  return still({
    ...ended(state, nowMs, true),
    phase: 'cancelled',
    sinceMs: nowMs,
    next: 'none',
    begun,
    refusing: begun && state.phase === 'answering' && !state.numbered,
  });
}

// Transitions at the end of an answer.

function complete(state: TurnState, nowMs: number): TurnStep {
  const { id } = stampOf(state);
  const passed = (next: TurnState): TurnStep => ({
    state: next,
    stamp: { phase: next.phase, id },
    begins: false,
  });
  switch (state.phase) {
    case 'answering': {
      if (state.owesComplete === 'late' && !state.generated) {
        return { ...still({ ...state, owesComplete: undefined }), isStale: true };
      }
      return passed(after(ended(state, nowMs, false), nowMs));
    }
    case 'cancelled': {
      // After the error result of a refused call the model answers once more, which belongs to the cancelled turn.
      const goesOn = state.refusing && state.next === 'none';
      const next: TurnState = goesOn
        ? { ...state, begun: false, refusing: false, sinceMs: nowMs }
        : after({ ...state, refusing: false, begun: false }, nowMs);
      return passed(next);
    }
    case 'awaited':
      // turnComplete of the earlier answer; otherwise the model has decided not to answer.
      if (state.owesComplete !== undefined)
        return still({ ...state, owesComplete: undefined, cut: undefined });
      return still({ ...state, phase: 'none', sinceMs: nowMs });
    case 'none':
    case 'speaking':
      return still({ ...state, owesComplete: undefined, cut: undefined });
  }
}

function overdue(state: TurnState, nowMs: number): TurnStep {
  if (state.phase !== 'answering' || !state.generated) return still(state);
  const next = after({ ...ended(state, nowMs, false), owesComplete: 'late' }, nowMs);
  return { state: next, stamp: { ...stampOf(state), phase: next.phase }, begins: false };
}

function interrupted(state: TurnState, nowMs: number): TurnStep {
  const { phase, next } = state;
  const cut: TurnState = {
    ...ended(state, nowMs, true),
    cut: { atMs: nowMs, lastMs: nowMs, byText: state.typed },
    owesComplete: 'cut',
  };
  switch (phase) {
    case 'answering':
      // Somebody has spoken, even if the microphone's level was below that of voice.
      return still(after({ ...cut, next: next === 'none' ? 'speaking' : next }, nowMs));
    case 'cancelled':
      return still(state.begun ? after({ ...cut, refusing: false, begun: false }, nowMs) : state);
    case 'none':
    case 'speaking':
    case 'awaited':
      return still(cut);
  }
}

function lost(state: TurnState, nowMs: number): TurnStep {
  const closed: TurnState = {
    ...ended(state, nowMs, true),
    last: undefined,
    cut: undefined,
    owesComplete: undefined,
  };
  if (state.phase === 'answering') return still(after(closed, nowMs));
  return still(state.phase === 'cancelled' ? { ...closed, begun: false, sinceMs: nowMs } : closed);
}

function after(state: TurnState, nowMs: number): TurnState {
  const asked = state.asked || state.next === 'awaited';
  return { ...state, phase: state.next, next: 'none', asked, sinceMs: nowMs };
}

/** After a new activity no output counts as late; the activity that caused the interruption does not change that. */
function withoutCut(state: TurnState, nowMs: number): TurnState {
  const { cut } = state;
  return cut === undefined || nowMs - cut.atMs < SAME_BARGE_IN_MS ? state : { ...state, cut: undefined };
}
