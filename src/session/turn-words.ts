// Assigns late transcripts and late audio to an answer: transcripts come after their audio, and nothing marks their end.
import { endsSentence } from '../util/words.js';
import type { TurnState } from './turn.js';

/** How long transcripts are expected after the answer's audio; the latest one that was observed came 4 s after it. */
export const LATE_WORDS_MS = 5_000;
/** The same after an interruption, and for an answer whose transcript seems complete. */
export const CUT_WORDS_MS = 300;

/** Audio and transcripts that come later than this after `interrupted` belong to a new answer. */
export const LATE_AUDIO_MS = 1_500;

/** Late audio of an answer that speech interrupted comes without a longer gap than this. */
export const LATE_AUDIO_GAP_MS = 250;
/** A text interrupts an answer and is answered at once: only audio that was already in transit is late. */
const LATE_AUDIO_AFTER_TEXT_MS = 60;

/** Audio and transcript of an answer. */
export interface AnswerWords {
  readonly startedMs: number;
  readonly soundMs: number;
  /** Length of its transcript in letters, converted to those of English. */
  readonly words: number;
  /** The end of the transcript. */
  readonly text: string;
  /** The service has marked the transcript as complete. */
  readonly finished: boolean;
  /** When its audio has been played. */
  readonly endedAtMs: number;
  /** It was ended by an interruption or a loss: its transcript may be shorter than its audio. */
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

/** Speech has 12 to 16 letters a second; below this rate the transcript is incomplete, … */
const LETTERS_A_SECOND = 10;
/** … unless it ends with a sentence and has at least this rate. */
const SLOW_LETTERS_A_SECOND = 6;
/** Silence before the first word and after the last. */
const PAUSES_MS = 500;
/** Scripts in which one letter is a syllable or a word. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const DENSE_WEIGHT = 3;

export function weightOfText(text: string): number {
  return text.length + (text.match(DENSE)?.length ?? 0) * (DENSE_WEIGHT - 1);
}

/** Whether the transcript is likely to be incomplete. */
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
  return lettersASecond < SLOW_LETTERS_A_SECOND || !endsSentence(text);
}

/** Faster speech than this there is not: its words are all there, whatever they end with. */
const FASTEST_LETTERS_A_SECOND = 25;
/** Shorter answers may be words without a sentence. */
const PUNCTUATED_MS = 3_000;

/** The same for the model's transcripts, which have punctuation: without the end of a sentence more will come. */
export function answerAwaitsWords(answer: Omit<AnswerWords, 'startedMs' | 'endedAtMs' | 'cut'>): boolean {
  const { soundMs, words, text, finished } = answer;
  if (awaitsWords(answer)) return true;
  if (finished || soundMs < PUNCTUATED_MS || endsSentence(text)) return false;
  return words * 1000 < FASTEST_LETTERS_A_SECOND * Math.max(soundMs - PAUSES_MS, 1);
}

/** Whether a transcript belongs to the previous answer: transcripts come up to seconds after their audio. */
export function belongsToLast(state: TurnState, nowMs: number): boolean {
  const { phase, last, current, cut } = state;
  if (last === undefined || phase === 'cancelled') return false;
  const sinceMs = nowMs - last.endedAtMs;
  if (last.cut) return phase !== 'answering' && sinceMs < (cut === undefined ? CUT_WORDS_MS : LATE_AUDIO_MS);
  const isLate = last.soundMs > 0 && sinceMs < LATE_WORDS_MS;
  // Its words have not come, or not to the end of a sentence: those of the next answer come with its sound.
  const isUnfinished = isLate && !last.finished && answerAwaitsWords(last) && !endsSentence(last.text);
  if (phase === 'answering') return isUnfinished && current.words === 0;
  if (sinceMs < CUT_WORDS_MS || isUnfinished) return true;
  return phase !== 'awaited' && isLate && answerAwaitsWords(last);
}

/** An interrupted answer, and when its last late part came. */
export interface Cut {
  readonly atMs: number;
  readonly lastMs: number;
  readonly byText: boolean;
}

/** Whether output that comes now is the late rest of an interrupted answer. */
export function isLate({ cut }: Pick<TurnState, 'cut'>, nowMs: number): boolean {
  if (cut === undefined || nowMs - cut.atMs >= LATE_AUDIO_MS) return false;
  return nowMs - cut.lastMs < (cut.byText ? LATE_AUDIO_AFTER_TEXT_MS : LATE_AUDIO_GAP_MS);
}
