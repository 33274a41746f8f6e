// Which answer late words and late audio belong to: transcripts come late, and nothing marks their end.
import type { TurnState } from './turn.js';

/** Late words are waited for so long after the answer's sound; the latest reported came 4 s after it. */
export const LATE_WORDS_MS = 5_000;
/** The same after an interruption, and for an answer whose words seem complete. */
export const CUT_WORDS_MS = 300;

/** Audio and words that come later than this after `interrupted` are of a new answer. */
export const LATE_AUDIO_MS = 1_500;

/** Late audio of an answer that was cut off by speech follows the cut without a longer gap. */
export const LATE_AUDIO_GAP_MS = 250;
/** A text cuts an answer off and is answered at once: only what was on its way is late. */
const LATE_AUDIO_AFTER_TEXT_MS = 60;

/** What is known of an answer's sound and words. */
export interface AnswerWords {
  readonly startedMs: number;
  readonly soundMs: number;
  /** Letters of its transcript, as English would have them. */
  readonly words: number;
  /** The end of the transcript. */
  readonly text: string;
  /** The service has marked the transcript as complete. */
  readonly finished: boolean;
  /** When its sound has been played. */
  readonly endedAtMs: number;
  /** It was cut off by an interruption or a loss: its transcript need not match its sound. */
  readonly cut: boolean;
}

export const NO_ANSWER: AnswerWords = {
  startedMs: 0,
  soundMs: 0,
  words: 0,
  text: '',
  finished: false,
  endedAtMs: Number.NEGATIVE_INFINITY,
  cut: false,
};

/** Speech has 12 to 16 letters a second. Fewer than this, and words are missing, ... */
const LETTERS_A_SECOND = 10;
/** ... unless the text ends as a sentence does and the speech was slow. */
const SLOW_LETTERS_A_SECOND = 6;
/** Before the first word and after the last. */
const PAUSES_MS = 500;
const SENTENCE_END = /[.!?…。！？؟।]["'”’)\]]*\s*$/u;
/** Scripts that write a syllable or a word in one letter. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const DENSE_WEIGHT = 3;

export function weightOfText(text: string): number {
  return text.length + (text.match(DENSE)?.length ?? 0) * (DENSE_WEIGHT - 1);
}

/** Whether more of the transcript is likely to come. */
export function awaitsWords({
  soundMs,
  words,
  text,
  finished,
}: Omit<AnswerWords, 'startedMs' | 'endedAtMs' | 'cut'>): boolean {
  if (finished || soundMs === 0) return false;
  if (words === 0) return true;
  const lettersASecond = (words * 1000) / Math.max(soundMs - PAUSES_MS, 1);
  if (lettersASecond >= LETTERS_A_SECOND) return false;
  return lettersASecond < SLOW_LETTERS_A_SECOND || !SENTENCE_END.test(text);
}

/** Whether words are those of the answer that is over: transcripts come up to seconds after their audio. */
export function belongsToLast(state: TurnState, nowMs: number): boolean {
  const { phase, last, current, cut } = state;
  if (last === undefined || phase === 'cancelled') return false;
  const sinceMs = nowMs - last.endedAtMs;
  if (last.cut) return phase !== 'answering' && sinceMs < (cut === undefined ? CUT_WORDS_MS : LATE_AUDIO_MS);
  const isSilent = last.words === 0 && last.soundMs > 0 && sinceMs < LATE_WORDS_MS;
  if (phase === 'answering') return isSilent && current.words === 0 && state.numbered;
  if (sinceMs < CUT_WORDS_MS || isSilent) return true;
  return phase !== 'awaited' && sinceMs < LATE_WORDS_MS && awaitsWords(last);
}

/** An answer that was cut off, and the last late piece of it. */
export interface Cut {
  readonly atMs: number;
  readonly lastMs: number;
  readonly byText: boolean;
}

/** Whether what comes now is the rest of an answer that was cut off. */
export function isLate({ cut }: Pick<TurnState, 'cut'>, nowMs: number): boolean {
  if (cut === undefined || nowMs - cut.atMs >= LATE_AUDIO_MS) return false;
  return nowMs - cut.lastMs < (cut.byText ? LATE_AUDIO_AFTER_TEXT_MS : LATE_AUDIO_GAP_MS);
}
