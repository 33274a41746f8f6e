// Finds who said the words of a transcript, which names no speaker: by where in the audio they are, as far as that is known.
import type { ModelEventOf, Stretch } from '../session/port.js';
import { wordStarts } from '../util/words.js';
import { ServiceClock } from './service-clock.js';
import { afterSlot, type Named, type Voice, type VoiceLog } from './voice-log.js';

/** Words of one person, or of several where nothing tells them apart: who was heard most comes first. */
export interface Piece<T> {
  readonly text: string;
  readonly speakers: readonly T[];
}

type Transcript = Pick<ModelEventOf<'input-transcript'>, 'text' | 'interim' | 'stretch' | 'words'>;

export interface WordSpeakersOptions<T extends Named> {
  readonly log: VoiceLog<T>;
  /** The service reports speech, and transcribes an utterance when it is over; others transcribe while it goes on. */
  readonly reportsSpeech: boolean;
}

/** In the time of one word both speak where the softer one has at least this share. */
const WORD_SHARE = 0.5;
const WORD_SLACK_MS = 50;
/** An interim transcript may leave out a word that is only half said. */
const INTERIM_SLACK_MS = 400;
/** What transcripts that come while somebody speaks are behind at most. */
const MOST_LATE_MS = 2_500;
/** A pause that ends an utterance at every service, and one that may end it. */
const END_PAUSE_MS = 1_200;
const SHORT_PAUSE_MS = 400;
/** Speech is no part of an utterance that begins after such a pause. */
const LONG_PAUSE_MS = 2_000;
/** Who was heard within this time speaks now. */
const NOW_MS = 300;
/** Speech begins a little before its beginning is reported. */
const ONSET_MS = 300;

interface Timed {
  /** Index in the text. */
  readonly at: number;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Mark<T> {
  /** The words up to here, counted in letters: captions differ from transcripts in white space. */
  readonly letters: number;
  readonly speakers: readonly T[];
}

export class WordSpeakers<T extends Named> {
  readonly #log: VoiceLog<T>;
  readonly #reportsSpeech: boolean;
  readonly #clock = new ServiceClock();
  /** What was sent before is transcribed. */
  #fromMs = 0;
  /** Where the present utterance begins according to the service. */
  #startedMs: number | undefined;
  #toMs: number | undefined;
  #marks: Mark<T>[] = [];
  /** How many words the interim transcripts had, and up to where they cover the audio. */
  #interims: { readonly words: number; readonly untilMs: number; readonly lateMs: number }[] = [];
  #interim: Mark<T> = { letters: 0, speakers: [] };
  /** When the last transcript of this utterance came, while somebody spoke. */
  #midwayMs: number | undefined;

  constructor({ log, reportsSpeech }: WordSpeakersOptions<T>) {
    this.#log = log;
    this.#reportsSpeech = reportsSpeech;
  }

  /** The service reports that speech begins. */
  started(offsetMs: number | undefined): void {
    const { positionMs } = this.#log;
    if (offsetMs !== undefined) this.#clock.started(offsetMs, positionMs);
    const atMs = offsetMs === undefined ? undefined : this.#clock.positionOf(offsetMs, positionMs);
    this.#startedMs = (atMs ?? positionMs - ONSET_MS) - ONSET_MS;
  }

  /** Words of the present utterance. */
  add(transcript: Transcript): void {
    const { positionMs, voicedUntilMs } = this.#log;
    const { text, interim } = transcript;
    const stretch = this.#positions(transcript.stretch);
    if (interim) {
      this.#interim = { letters: lettersIn(text), speakers: speakersOf(this.#window(stretch)) };
      this.#interims.push({
        words: wordStarts(text).length,
        untilMs: stretch?.endMs ?? positionMs,
        lateMs: stretch ? INTERIM_SLACK_MS : MOST_LATE_MS,
      });
      return;
    }
    this.#mark(transcript, stretch);
    this.#interims = [];
    this.#interim = { letters: 0, speakers: [] };
    this.#midwayMs = positionMs - voicedUntilMs < NOW_MS ? positionMs : undefined;
  }

  /** A caption of the present utterance, whose first words may be left out: by whom its parts are. */
  split(text: string): readonly Piece<T>[] {
    const settled = this.#marks.at(-1)?.letters ?? 0;
    const skipped = settled + this.#interim.letters - lettersIn(text);
    const last = this.#marks.at(-1) ?? this.#interim;
    // Words from before a loss, of which nothing is known any more.
    if (skipped < 0) return [{ text, speakers: last.speakers }];
    const pieces: Piece<T>[] = [];
    let rest = text;
    let done = skipped;
    for (const { letters, speakers } of this.#marks.slice(0, -1)) {
      const cut = indexOfLetter(rest, letters - done);
      if (cut === 0) continue;
      pieces.push({ text: rest.slice(0, cut).trim(), speakers });
      rest = rest.slice(cut);
      done = letters;
    }
    return [...pieces, { text: rest.trim(), speakers: last.speakers }];
  }

  /** The transcript begins again: speech is repeated after a loss. */
  restart(): void {
    this.#marks = [];
    this.#interims = [];
    this.#interim = { letters: 0, speakers: [] };
  }

  /** The utterance is over, and its words are known. */
  end(): void {
    this.#fromMs = afterSlot(this.#toMs ?? this.#log.positionMs);
    this.#toMs = undefined;
    this.#startedMs = undefined;
    this.#midwayMs = undefined;
    this.restart();
  }

  #mark(transcript: Transcript, stretch: Stretch | undefined): void {
    const { text } = transcript;
    const voices = this.#window(stretch);
    const timed = voices.length > 1 ? (this.#wordTimes(transcript) ?? this.#interimTimes(text)) : [];
    const before = this.#marks.at(-1)?.letters ?? 0;
    const marks: Mark<T>[] = [];
    let speakers: readonly T[] = [];
    timed.forEach(({ fromMs, toMs }, index) => {
      const found = this.#saidIn(fromMs, toMs, voices);
      if (found.length > 0) speakers = found;
      if (speakers.length === 0) speakers = speakersOf(voices);
      // White space and punctuation belong to the word before.
      const letters = before + lettersIn(text.slice(0, timed[index + 1]?.at ?? text.length));
      add(marks, { letters, speakers });
    });
    if (timed.length === 0) marks.push({ letters: before + lettersIn(text), speakers: speakersOf(voices) });
    for (const mark of marks) add(this.#marks, mark);
  }

  /** The voices of the audio that a transcript which comes now is about, who was heard most first. */
  #window(stretch: Stretch | undefined): readonly Voice<T>[] {
    if (stretch) {
      this.#toMs = stretch.endMs;
      return this.#log.speakers(stretch.startMs, stretch.endMs);
    }
    const { positionMs, voicedUntilMs } = this.#log;
    let fromMs = Math.max(this.#fromMs, this.#startedMs ?? 0);
    let toMs = positionMs;
    if (this.#reportsSpeech) {
      const isSpoken = positionMs - voicedUntilMs < NOW_MS;
      // What was said just before it began is no part of it, and neither is the pause after that.
      const spokenMs = Math.max(fromMs, this.#startedMs === undefined ? 0 : this.#startedMs + ONSET_MS);
      toMs =
        this.#log.pausedMs(END_PAUSE_MS, spokenMs) ??
        (isSpoken ? this.#log.pausedMs(SHORT_PAUSE_MS, spokenMs) : undefined) ??
        positionMs;
    }
    if (this.#startedMs === undefined) fromMs = Math.max(fromMs, this.#log.beganMs(LONG_PAUSE_MS, toMs));
    if (!this.#reportsSpeech && this.#midwayMs !== undefined)
      fromMs = Math.max(fromMs, this.#midwayMs - MOST_LATE_MS);
    this.#toMs = toMs;
    return this.#log.speakers(fromMs, toMs);
  }

  #saidIn(fromMs: number, toMs: number, among: readonly Voice<T>[]): readonly T[] {
    const voices = this.#log
      .voices(fromMs, toMs)
      .filter(({ who }) => among.some((voice) => voice.who.sid === who.sid));
    const least = WORD_SHARE * (voices[0]?.weight ?? 0);
    return speakersOf(voices.filter(({ weight }) => weight >= least));
  }

  /** Where each word was said, by the service's own times. */
  #wordTimes({ text, words }: Transcript): readonly Timed[] | undefined {
    if (!words) return undefined;
    const timed: Timed[] = [];
    let at = 0;
    for (const { word, ...stretch } of words) {
      const where = this.#positions(stretch);
      const index = text.indexOf(word.trim(), at);
      if (!where || index < 0) return undefined;
      timed.push({ at: index, fromMs: where.startMs - WORD_SLACK_MS, toMs: where.endMs + WORD_SLACK_MS });
      at = index + word.trim().length;
    }
    return timed;
  }

  /** Where each word was said, by which interim transcripts had it. */
  #interimTimes(text: string): readonly Timed[] {
    if (this.#interims.length === 0) return [];
    const endMs = this.#toMs ?? this.#log.positionMs;
    return wordStarts(text).map((at, index) => {
      const next = this.#interims.findIndex(({ words }) => words > index);
      const before = next < 0 ? this.#interims.at(-1) : this.#interims[next - 1];
      return {
        at,
        fromMs: before ? before.untilMs - before.lateMs : (this.#startedMs ?? this.#fromMs),
        toMs: this.#interims[next]?.untilMs ?? endMs,
      };
    });
  }

  #positions(stretch: Stretch | undefined): Stretch | undefined {
    if (!stretch) return undefined;
    const startMs = this.#clock.positionOf(stretch.startMs, this.#log.positionMs);
    const endMs = this.#clock.positionOf(stretch.endMs, this.#log.positionMs);
    return startMs === undefined || endMs === undefined ? undefined : { startMs, endMs };
  }
}

function speakersOf<T>(voices: readonly Voice<T>[]): readonly T[] {
  return voices.map(({ who }) => who);
}

/** Adds to the last mark where it has the same speakers. */
function add<T extends Named>(marks: Mark<T>[], mark: Mark<T>): void {
  const last = marks.at(-1);
  if (last && isSame(last.speakers, mark.speakers))
    marks[marks.length - 1] = { ...last, letters: mark.letters };
  else marks.push(mark);
}

function isSame<T extends Named>(some: readonly T[], others: readonly T[]): boolean {
  return some.length === others.length && some.every(({ sid }) => others.some((other) => other.sid === sid));
}

function lettersIn(text: string): number {
  return text.replace(/\s+/gu, '').length;
}

/** Where the text goes on after so many letters, white space aside. */
function indexOfLetter(text: string, letters: number): number {
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (seen >= letters) return seen === 0 ? 0 : at;
    if (!/\s/u.test(text.charAt(at))) seen += 1;
  }
  return letters <= 0 ? 0 : text.length;
}
