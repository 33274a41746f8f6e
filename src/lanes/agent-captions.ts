// Lane: the agent's captions, in step with its voice and cut to what was heard.
import { OUTPUT_RATE } from '../audio/pcm.js';
import { answerAwaitsWords, awaitsWords, LATE_WORDS_MS, weightOfText } from '../session/turn-words.js';
import type { Caption } from '../turns/caption.js';
import { type Fragment, nextRelease, releasedText, textUpTo } from '../turns/heard-text.js';

/** Transcripts are not in step with the audio: text may come up to this long after its turn has ended. */
const LATE_FRAGMENT_MS = 300;
/** A text that fits the length of its audio, and ends within a sentence: more words may come, or the service sends no punctuation. */
const UNPUNCTUATED_MS = 1_000;
/** Five interim captions a second, and fewer of a long text: each is sent whole. */
const INTERIM_EVERY_MS = 200;
const CHARS_AT_FULL_PACE = 8_000;
/** More than an hour of speech. What the service sends beyond it in one turn is left out. */
const MAX_CHARS = 64 * 1_024;

export interface EndedTurn {
  readonly turn: number;
  readonly phase: 'completed' | 'interrupted';
  /** Positions in the playout: where its audio began, how far it was heard, and where it ended. */
  readonly start: number;
  readonly heard: number;
  readonly end: number;
  readonly truncated: boolean;
  /** The service has not said that the answer is complete: its final caption waits for no more words. */
  readonly late?: boolean;
}

export interface AgentCaptionsOptions {
  readonly publish: (caption: Caption) => void;
  /** The position in the playout that listeners have reached. */
  readonly heard: () => number;
  /** The final text of a turn: what was heard of it; for the ledger. */
  readonly onFinal?: (turn: number, text: string, truncated: boolean) => void;
  /** Words have come after the final text of a turn: the whole text, and what was added. */
  readonly onCompleted?: (turn: number, text: string, added: string) => void;
  /** A turn has ended; its final text follows. */
  readonly onEnded?: (turn: number) => void;
  /**
   * How long the first caption of an answer waits for the words that it answers, in ms: clients show messages in the
   * order in which they come. 0 where no words are awaited.
   */
  readonly holdMs?: () => number;
  readonly segmentOf: (turn: number) => string;
}

interface Segment {
  readonly turn: number;
  readonly fragments: Fragment[];
  /** Of all fragments. */
  chars: number;
  /** The position in the playout at which the next fragment is released. */
  dueAt: number;
  published: string;
  publishedAtMs: number;
  /** Until when its first caption waits for the person's words; undefined before that is known. */
  heldUntilMs: number | undefined;
  ended: EndedTurn | undefined;
  endedAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

export class AgentCaptions {
  readonly #options: AgentCaptionsOptions;
  readonly #segments = new Map<number, Segment>();
  #finalised = 0;
  /** The last segment with a final caption, which late words may still complete. */
  #last: Segment | undefined;

  constructor(options: AgentCaptionsOptions) {
    this.#options = options;
  }

  /** Adds text of a turn that came when the playout had been written up to `at`. */
  add(turn: number, text: string, at: number): void {
    if (turn <= this.#finalised) {
      this.#complete(turn, text);
      return;
    }
    const segment = this.#segment(turn);
    const { ended, fragments } = segment;
    if (segment.chars + text.length > MAX_CHARS) return;
    segment.chars += text.length;
    // After the turn's end no audio follows: a late fragment gets the position of the last one.
    fragments.push({ text, at: ended ? (fragments.at(-1)?.at ?? ended.start) : at });
    if (ended) this.#finaliseLater(segment);
    else this.#release(segment);
  }

  /** Words that come after the final caption of their turn: it is sent again, whole. */
  #complete(turn: number, added: string): void {
    const segment = this.#last;
    if (segment?.turn !== turn || performance.now() - segment.endedAtMs >= LATE_WORDS_MS) return;
    segment.fragments.push({ text: added, at: segment.fragments.at(-1)?.at ?? 0 });
    const text = wholeText(segment.fragments);
    this.#options.onCompleted?.(turn, text, added);
    this.#options.publish({ segment: this.#options.segmentOf(turn), text, final: true });
  }

  /** Playout has moved on. */
  progress(): void {
    const heard = this.#options.heard();
    for (const segment of this.#segments.values()) {
      if (!segment.ended && heard >= segment.dueAt) this.#release(segment);
    }
  }

  /** The words that answers have waited for have come. */
  proceed(): void {
    const now = performance.now();
    for (const segment of this.#segments.values()) {
      if (segment.heldUntilMs === undefined || segment.heldUntilMs <= now) continue;
      segment.heldUntilMs = now;
      clearTimeout(segment.timer);
      segment.timer = undefined;
      if (segment.ended) this.#finaliseLater(segment);
      else this.#release(segment);
    }
  }

  end(ended: EndedTurn): void {
    const segment = this.#segment(ended.turn);
    segment.ended = ended;
    segment.endedAtMs = performance.now();
    this.#options.onEnded?.(ended.turn);
    this.#finaliseLater(segment);
  }

  /** Sends every final caption that is still due. */
  close(): void {
    for (const segment of [...this.#segments.values()]) this.#finalise(segment);
  }

  #segment(turn: number): Segment {
    let segment = this.#segments.get(turn);
    if (!segment) {
      segment = {
        turn,
        fragments: [],
        chars: 0,
        dueAt: Number.POSITIVE_INFINITY,
        published: '',
        publishedAtMs: Number.NEGATIVE_INFINITY,
        heldUntilMs: undefined,
        ended: undefined,
        endedAtMs: 0,
        timer: undefined,
      };
      this.#segments.set(turn, segment);
    }
    return segment;
  }

  /** Sends the final caption later if the text is shorter than the audio suggests; an interrupted answer gets no more text. */
  #finaliseLater(segment: Segment): void {
    const { ended, endedAtMs, fragments } = segment;
    if (!ended) return;
    const text = wholeText(fragments);
    const withinMs = finalWithinMs(ended, text);
    const restMs = withinMs - (performance.now() - endedAtMs);
    // A fragment that completes the text may be followed by another one at once.
    const waitMs = restMs > 0 ? restMs : withinMs > LATE_FRAGMENT_MS ? 0 : LATE_FRAGMENT_MS;
    clearTimeout(segment.timer);
    segment.timer = setTimeout(() => this.#finalise(segment), Math.max(waitMs, this.#heldMs(segment)));
  }

  /** How long the segment's first caption still waits. */
  #heldMs(segment: Segment): number {
    if (segment.published !== '' || segment.fragments.length === 0) return 0;
    const now = performance.now();
    segment.heldUntilMs ??= now + (this.#options.holdMs?.() ?? 0);
    return Math.max(0, segment.heldUntilMs - now);
  }

  #release(segment: Segment): void {
    if (segment.timer) return;
    const heard = this.#options.heard();
    const text = releasedText(segment.fragments, heard).trim();
    segment.dueAt = nextRelease(segment.fragments, heard) ?? Number.POSITIVE_INFINITY;
    if (text === segment.published) return;
    const now = performance.now();
    const paceMs = INTERIM_EVERY_MS * Math.max(1, text.length / CHARS_AT_FULL_PACE);
    const waitMs = Math.max(segment.publishedAtMs + paceMs - now, this.#heldMs(segment));
    if (waitMs > 0) {
      // One caption per interval, with the text that was heard by then.
      segment.timer = setTimeout(() => {
        segment.timer = undefined;
        this.#release(segment);
      }, waitMs);
      return;
    }
    segment.published = text;
    segment.publishedAtMs = now;
    this.#options.publish({ segment: this.#options.segmentOf(segment.turn), text, final: false });
  }

  #finalise(segment: Segment): void {
    clearTimeout(segment.timer);
    if (!this.#segments.delete(segment.turn)) return;
    this.#finalised = Math.max(this.#finalised, segment.turn);
    const { ended, fragments } = segment;
    // Answers in text have no audio: all text that was sent counts as read.
    const isCut = ended?.phase === 'interrupted' && ended.end > ended.start;
    const text = isCut ? textUpTo(fragments, ended.heard, ended.end, ended.start) : wholeText(fragments);
    // An earlier turn may have waited longer for its words than a later one.
    if (ended && isWhole(ended) && text !== '' && segment.turn > (this.#last?.turn ?? 0)) {
      const isDue = performance.now() - segment.endedAtMs >= LATE_WORDS_MS;
      this.#last = !isDue && answerAwaitsWords(saidOf(ended, text)) ? segment : undefined;
    }
    this.#options.onFinal?.(segment.turn, text, ended?.truncated ?? true);
    if (text === '' && segment.published === '') return;
    this.#options.publish({ segment: this.#options.segmentOf(segment.turn), text, final: true });
  }
}

/** Completed, and every word of it is expected. */
function isWhole({ phase, truncated }: EndedTurn): boolean {
  return phase === 'completed' && !truncated;
}

/** How long after the end of its turn the final caption waits for words that the voice has and the text lacks. */
function finalWithinMs(ended: EndedTurn, text: string): number {
  if (!isWhole(ended) || (ended.late && text !== '')) return LATE_FRAGMENT_MS;
  const said = saidOf(ended, text);
  if (awaitsWords(said)) return LATE_WORDS_MS;
  return answerAwaitsWords(said) ? UNPUNCTUATED_MS : LATE_FRAGMENT_MS;
}

function saidOf({ start, end }: EndedTurn, text: string): Parameters<typeof awaitsWords>[0] {
  return { soundMs: ((end - start) * 1000) / OUTPUT_RATE, words: weightOfText(text), text, finished: false };
}

function wholeText(fragments: readonly Fragment[]): string {
  return fragments
    .map(({ text }) => text)
    .join('')
    .trim();
}
