// Turn transitions for the model's output: an answer begins, continues, or late parts of an earlier one come.
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

/** Late audio or text of an interrupted answer; the time since the last part decides whether more of it may follow. */
function late(state: TurnState, nowMs: number): TurnStep {
  const { cut } = state;
  const next = cut && !cut.byText ? { ...state, cut: { ...cut, lastMs: nowMs } } : state;
  return { state: next, stamp: { phase: state.phase, id: state.answers }, begins: false };
}

/** @param numbers whether this output gives the answer its id: audio and text do, transcripts and tool calls do not */
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
        // The next answer begins before the turnComplete of this one: a later turnComplete must not end the next answer.
        const next = begun({ ...ended(state, nowMs, false), owesComplete: 'late' }, true, nowMs);
        return { state: next, stamp: stampOf(next), begins: true };
      }
      if (!numbers || state.numbered) return still(state);
      const next: TurnState = {
        ...state,
        begun: true,
        asked: false,
        numbered: true,
        onlyWords: false,
        generated: false,
        answers: state.answers + 1,
      };
      return { ...still(next), begins: state.onlyWords };
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
    onlyWords: false,
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
  // Words of an answer that was interrupted before its first audio belong to no turn.
  if (last === undefined && isLate(state, nowMs)) return { ...still(state), stamp: { phase, id: 0 } };
  if (belongsToLast(state, nowMs)) {
    const isBefore = phase === 'answering' && state.numbered;
    const next = { ...state, last: said(last ?? NO_ANSWER, text, finished) };
    return { state: next, stamp: { phase, id: state.answers - (isBefore ? 1 : 0) }, begins: false };
  }
  if (text === '') return still(state);
  const step = withWords(content(state, false, nowMs), text, finished);
  // Undone when its audio comes: until then these may be words of the answer before.
  return step.begins
    ? { ...step, begins: false, state: { ...step.state, onlyWords: true, cut: state.cut } }
    : step;
}

export function called(state: TurnState, nowMs: number): TurnStep {
  // A tool call begins a new answer: later audio is not the late rest of the interrupted one.
  const step = content({ ...state, cut: undefined }, false, nowMs);
  if (step.state.phase === 'cancelled') return { ...step, state: { ...step.state, refusing: true } };
  const begins = step.begins || (state.phase === 'answering' && state.onlyWords);
  return { ...step, begins, state: { ...step.state, onlyWords: false, asked: true, generated: false } };
}

/** Ends the present answer: it becomes `last`. */
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
    onlyWords: false,
    begun: false,
    generated: false,
    followed: false,
    current: NO_ANSWER,
    last: numbered || onlyWords ? { ...current, endedAtMs, cut } : current.words > 0 ? undefined : state.last,
  };
}
