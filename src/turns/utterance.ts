// Captions of one person's utterance, as a pure reducer: transcript fragments in, one segment with one final text out.
import { awaitsWords, LATE_WORDS_MS, weightOfText } from '../session/turn-words.js';
import {
  countWords,
  dropWords,
  endsSentence,
  firstWords,
  fromAlike,
  sentencesFrom,
  withoutExpected,
} from '../util/words.js';

/** The final caption follows this long after the last fragment when no event ends the utterance. */
export const IDLE_FINAL_MS = 1_500;
/** The same after the end of speech was reported or the model has begun to answer: only late fragments can come. */
export const ENDED_FINAL_MS = 300;
/** An interim transcript becomes final when the recogniser has sent nothing else for this long. */
export const HYPOTHESIS_FINAL_MS = 6_000;

/** The same while the person speaks according to the service: fragments of one utterance may come far apart. */
export const SPEAKING_FINAL_MS = 10_000;

/** Some minutes of speech without an end: what follows is another utterance, since each interim caption has the whole text. */
const MAX_CHARS = 8_000;

/** What is sent again after a loss has been transcribed by then. */
const AGAIN_WITHIN_MS = 30_000;

export interface Utterance {
  /** Segment number; rises by one with each utterance. */
  readonly segment: number;
  readonly text: string;
  /** The interim transcript, which the next fragment replaces. */
  readonly interim: string;
  /** Since when only late fragments can come. */
  readonly endedAtMs: number | undefined;
  /** The person speaks, according to the service. */
  readonly speaking: boolean;
  /** The text is shorter than the audio of the utterance suggests. */
  readonly partial: boolean;
  /** The transcript from before the utterance was replayed after a loss. */
  readonly earlier: string;
  /** These words are heard for the second time, and stand in an earlier segment. */
  readonly again: string;
  /** Until then they are expected. */
  readonly againUntilMs: number;
  /** When the final caption is due; undefined while there is no text. */
  readonly dueAtMs: number | undefined;
}

export const noUtterance: Utterance = {
  segment: 1,
  text: '',
  interim: '',
  endedAtMs: undefined,
  speaking: false,
  partial: false,
  earlier: '',
  again: '',
  againUntilMs: 0,
  dueAtMs: undefined,
};

export type UtteranceInput =
  | {
      readonly type: 'input-transcript';
      readonly text: string;
      readonly finished: boolean;
      readonly interim: boolean;
    }
  | { readonly type: 'activity'; readonly phase: 'started' | 'ended' }
  /** The model has begun to answer, or calls a tool. */
  | { readonly type: 'answered' }
  /** The utterance is replayed after a loss, so its transcript comes again. */
  | { readonly type: 'restarted' /** What was transcribed of it before. */; readonly text: string }
  /** Time has passed. */
  | { readonly type: 'tick' }
  /** The call or the connection is over: the text so far becomes final. */
  | { readonly type: 'flush' };

interface Caption {
  readonly segment: number;
  readonly text: string;
  readonly final: boolean;
}

export interface UtteranceStep {
  readonly utterance: Utterance;
  readonly captions: readonly Caption[];
}

/** @param voicedMs how long the person has spoken, from which the length of the text is estimated; 0: unknown */
export function advanceUtterance(
  before: Utterance,
  input: UtteranceInput,
  atMs: number,
  voicedMs = 0,
): UtteranceStep {
  switch (input.type) {
    case 'input-transcript':
      return withFragment(before, input, atMs, voicedMs);
    case 'activity':
      return input.phase === 'started' ? started(before, atMs) : ended({ ...before, speaking: false }, atMs);
    case 'restarted':
      return restarted(before, input.text, atMs);
    case 'answered':
      return ended(before, atMs);
    case 'tick':
      return before.dueAtMs !== undefined && atMs >= before.dueAtMs ? finish(before, atMs) : still(before);
    case 'flush':
      return flush(before, atMs);
  }
}

interface TextFragment {
  readonly text: string;
  readonly finished: boolean;
  readonly interim: boolean;
}

function withFragment(
  state: Utterance,
  fragment: TextFragment,
  atMs: number,
  voicedMs: number,
): UtteranceStep {
  const before = withoutHeardAgain(state, fragment, atMs);
  const said = fragment.interim ? fragment.text : before.text + fragment.text;
  if (said.trim() === '') return still(before);
  const [text, interim] = fragment.interim ? [before.text, said] : [said, ''];
  const endedAtMs = stillEnded(before, atMs);
  const partial = awaitsWords({ soundMs: voicedMs, words: weightOfText(said), text: said, finished: false });
  const next: Utterance = { ...before, text, interim, endedAtMs, partial };
  const utterance: Utterance = { ...next, dueAtMs: atMs + waitMs(next) };
  if ((fragment.finished || text.length > MAX_CHARS) && !fragment.interim) return finish(utterance, atMs);
  const shown = withoutAgain(next);
  const isShown = fragment.text !== '' && shown.trim() !== '';
  return { utterance, captions: isShown ? [caption(utterance, shown, false)] : [] };
}

/** Before a fragment: what is expected again expires, and what was left out stays left out where another utterance follows. */
function withoutHeardAgain(state: Utterance, { text }: TextFragment, atMs: number): Utterance {
  if (state.again === '') return state;
  if (state.text === '') return atMs < state.againUntilMs ? state : { ...state, again: '' };
  const isLeftOut = state.earlier === '' && withoutAgain(state) === '';
  const shown = isLeftOut ? withoutAgain({ ...state, text: state.text + text }) : '';
  if (shown.length <= text.length) return state;
  const { utterance } = finish(state, atMs);
  return { ...utterance, speaking: state.speaking, endedAtMs: state.endedAtMs };
}

/** A service need not transcribe again what is sent again: words that are not alike are new. */
function withoutAgain({ again, text, interim }: Utterance): string {
  return withoutExpected(text + interim, again).fresh;
}

function waitMs(utterance: Utterance): number {
  const { text, interim, endedAtMs, speaking, partial, again, earlier } = utterance;
  if (interim !== '') return HYPOTHESIS_FINAL_MS;
  if (speaking) return SPEAKING_FINAL_MS;
  // Of a second hearing that is cut off here the rest would be shown as new words.
  const isAgain = earlier === '' ? again !== '' && withoutAgain(utterance) === '' : goesOn(earlier, text);
  if (partial || (isAgain && !endsSentence(text))) return LATE_WORDS_MS;
  return endedAtMs === undefined ? IDLE_FINAL_MS : ENDED_FINAL_MS;
}

/** Whether the first hearing has more words after those of the second. */
function goesOn(earlier: string, heard: string): boolean {
  return countWords(fromAlike(earlier, heard)) > countWords(heard);
}

/** A new activity ends the previous utterance; the transcript of the new one comes later. */
function started(before: Utterance, atMs: number): UtteranceStep {
  // The replayed utterance, not a new one.
  if (before.earlier !== '') return still({ ...before, speaking: true });
  const { utterance, captions } = finish(before, atMs);
  return { utterance: { ...utterance, speaking: true }, captions };
}

function restarted(before: Utterance, known: string, atMs: number): UtteranceStep {
  const heard = withoutAgain(before);
  // Lost again in the midst of the second hearing: the first has what it left out, and may have more of its end.
  const alike = fromAlike(before.earlier, heard);
  const missed = firstWords(before.earlier, countWords(before.earlier) - countWords(alike)).trim();
  const pending = `${missed} ${countWords(heard) < countWords(alike) ? alike : heard}`.trim();
  const surplus = countWords(pending) - countWords(known);
  // What is not sent again stays as it is: it was answered.
  const kept = firstWords(pending, surplus).trim();
  const open = dropWords(pending, surplus);
  // What is still open is replaced by the second hearing; what is final is not shown again.
  const again = firstWords(known, -surplus);
  // Its first word may have been cut by the caption before.
  const whole = dropWords(known, -surplus).trim();
  const earlier = open !== '' && whole.endsWith(open) ? whole : open;
  const dueAtMs = earlier === '' ? undefined : atMs + SPEAKING_FINAL_MS;
  const utterance: Utterance = {
    ...before,
    segment: before.segment + (kept === '' ? 0 : 1),
    text: '',
    interim: '',
    earlier,
    again,
    againUntilMs: atMs + AGAIN_WITHIN_MS,
    endedAtMs: undefined,
    dueAtMs,
  };
  return { utterance, captions: kept === '' ? [] : [caption(before, kept, true)] };
}

/** Discards an end that no transcript has followed for long: it belonged to a greeting or to the answer to a text. */
function stillEnded(before: Utterance, atMs: number): number | undefined {
  const { endedAtMs, dueAtMs } = before;
  const isStale = endedAtMs !== undefined && dueAtMs === undefined && atMs - endedAtMs >= IDLE_FINAL_MS;
  return isStale ? undefined : endedAtMs;
}

function ended(before: Utterance, atMs: number): UtteranceStep {
  const { dueAtMs } = before;
  const endedAtMs = dueAtMs === undefined ? atMs : (before.endedAtMs ?? atMs);
  if (dueAtMs === undefined) return still({ ...before, endedAtMs });
  const next = { ...before, endedAtMs };
  // A later event never postpones the final caption.
  const isKnown = before.endedAtMs !== undefined;
  const nextDueAtMs = atMs + waitMs(next);
  return still({ ...next, dueAtMs: isKnown ? Math.min(dueAtMs, nextDueAtMs) : nextDueAtMs });
}

function finish(before: Utterance, atMs: number): UtteranceStep {
  const heard = withoutExpected(before.text + before.interim, before.again);
  const fresh = heard.fresh.trim();
  const { missed, rest } =
    fresh === '' ? { missed: before.earlier.trim(), rest: '' } : notHeardAgain(before.earlier, fresh);
  const { againUntilMs } = before;
  // What was shown in place of a second hearing may still be heard.
  const again = `${heard.rest} ${missed}`.trim();
  const texts = [missed, fresh].filter((text) => text !== '');
  const captions = texts.map((text, index) => caption({ segment: before.segment + index }, text, true));
  const segment = before.segment + texts.length;
  const open = rest === '' ? {} : { earlier: rest, dueAtMs: atMs + SPEAKING_FINAL_MS };
  return { utterance: { ...noUtterance, segment, again, againUntilMs, ...open }, captions };
}

/** Nothing follows: what is still expected for the second time is final as it was heard first. */
function flush(before: Utterance, atMs: number): UtteranceStep {
  const step = finish(before, atMs);
  const last = finish(step.utterance, atMs);
  return { utterance: last.utterance, captions: [...step.captions, ...last.captions] };
}

/** The utterances of the first hearing before and after the words of the second: nothing else shows them. */
function notHeardAgain(earlier: string, heard: string): { readonly missed: string; readonly rest: string } {
  const before = countWords(earlier) - countWords(fromAlike(earlier, heard));
  const missed = firstWords(earlier, before).trim();
  return {
    // One word within a sentence may have been heard otherwise.
    missed: countWords(missed) > 1 || endsSentence(missed) ? missed : '',
    rest: sentencesFrom(earlier, before + countWords(heard)),
  };
}

function caption({ segment }: Pick<Utterance, 'segment'>, text: string, final: boolean): Caption {
  return { segment, text: text.trim(), final };
}

function still(utterance: Utterance): UtteranceStep {
  return { utterance, captions: [] };
}
