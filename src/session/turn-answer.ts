// What the model says, as steps of the turn: an answer begins, goes on, or is the late rest of one that is over.
import { stampOf, still, type TurnState, type TurnStep } from './turn.js';
import { type AnswerWords, belongsToLast, isLate, NO_ANSWER, weightOfText } from './turn-words.js';

export function sound(state: TurnState, ms: number, nowMs: number): TurnStep {
  if (isLate(state, nowMs)) return late(state, nowMs);
  const step = content(state, true, nowMs);
  if (step.state.phase !== 'answering') return step;
  const { current } = step.state;
  const startedMs = current.soundMs === 0 ? nowMs : current.startedMs;
  return {
    ...step,
    state: { ...step.state, current: { ...current, startedMs, soundMs: current.soundMs + ms } },
  };
}

export function written(state: TurnState, text: string, nowMs: number): TurnStep {
  if (isLate(state, nowMs)) return late(state, nowMs);
  return withWords(content(state, true, nowMs), text, false);
}

function withWords(step: TurnStep, text: string, finished: boolean): TurnStep {
  const { state } = step;
  if (state.phase !== 'answering') return step;
  return { ...step, state: { ...state, current: said(state.current, text, finished) } };
}

function said(answer: AnswerWords, text: string, finished: boolean): AnswerWords {
  return { ...answer, words: answer.words + weightOfText(text), finished, text: answer.text + text };
}

/** Of an answer that was cut off: each piece moves the gap on. */
function late(state: TurnState, nowMs: number): TurnStep {
  const { cut } = state;
  const next = cut && !cut.byText ? { ...state, cut: { ...cut, lastMs: nowMs } } : state;
  return { state: next, stamp: { phase: state.phase, id: state.answers }, begins: false };
}

/** @param numbers whether the answer gets its id by this: something to hear or to read */
export function content(state: TurnState, numbers: boolean, nowMs: number): TurnStep {
  switch (state.phase) {
    case 'cancelled': {
      const begins = !state.begun;
      const next: TurnState = { ...state, begun: true };
      return { state: next, stamp: { phase: 'cancelled', id: state.answers + 1 }, begins };
    }
    case 'answering': {
      const isNext = numbers && state.numbered && state.followed;
      if (isNext) {
        // turnComplete has not come, and what was asked meanwhile is answered: it is owed.
        const next = begun({ ...ended(state, nowMs, false), owesComplete: 'late' }, true, nowMs);
        return { state: next, stamp: stampOf(next), begins: true };
      }
      if (!numbers || state.numbered) return still(state);
      return still({
        ...state,
        begun: true,
        asked: false,
        numbered: true,
        generated: false,
        answers: state.answers + 1,
      });
    }
    case 'none':
    case 'speaking':
    case 'awaited': {
      const next = begun(state, numbers, nowMs);
      return { state: next, stamp: stampOf(next), begins: true };
    }
  }
}

function begun(state: TurnState, numbered: boolean, nowMs: number): TurnState {
  return {
    ...state,
    phase: 'answering',
    sinceMs: nowMs,
    next: 'none',
    begun: true,
    asked: state.asked && !numbered,
    numbered,
    generated: false,
    followed: false,
    answers: state.answers + (numbered ? 1 : 0),
    current: { ...NO_ANSWER, startedMs: nowMs },
    cut: undefined,
    typed: false,
    owesComplete: state.owesComplete === 'cut' ? undefined : state.owesComplete,
  };
}

export function words(state: TurnState, text: string, finished: boolean, nowMs: number): TurnStep {
  const { phase, last } = state;
  if (text === '' && !finished) return still(state);
  // Of an answer that was cut off before anything of it was heard.
  if (last === undefined && isLate(state, nowMs)) return { ...still(state), stamp: { phase, id: 0 } };
  if (belongsToLast(state, nowMs)) {
    const isBefore = phase === 'answering' && state.numbered;
    const next = { ...state, last: said(last ?? NO_ANSWER, text, finished) };
    return { state: next, stamp: { phase, id: state.answers - (isBefore ? 1 : 0) }, begins: false };
  }
  if (text === '') return still(state);
  return withWords(content(state, false, nowMs), text, finished);
}

export function called(state: TurnState, nowMs: number): TurnStep {
  // The model has turned to something new, which is not the rest of what was cut off.
  const step = content({ ...state, cut: undefined }, false, nowMs);
  if (step.state.phase === 'cancelled') return { ...step, state: { ...step.state, refusing: true } };
  return { ...step, state: { ...step.state, asked: true, generated: false } };
}

/** The answer that goes on becomes the last. */
export function ended(state: TurnState, nowMs: number, cut: boolean): TurnState {
  if (state.phase !== 'answering')
    return cut && state.last ? { ...state, last: { ...state.last, cut } } : state;
  const { current, numbered } = state;
  const onlyWords = !numbered && current.words > 0 && !cut;
  const endedAtMs = cut ? nowMs : Math.max(nowMs, current.startedMs + current.soundMs);
  return {
    ...state,
    answers: state.answers + (onlyWords ? 1 : 0),
    numbered: false,
    begun: false,
    generated: false,
    followed: false,
    current: NO_ANSWER,
    last: numbered || onlyWords ? { ...current, endedAtMs, cut } : current.words > 0 ? undefined : state.last,
  };
}
