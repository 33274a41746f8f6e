// Lane: captions of people, one segment per utterance with exactly one final text.

import type { Caption } from '../turns/caption.js';
import { advanceUtterance, noUtterance, type Utterance, type UtteranceInput } from '../turns/utterance.js';
import { RateLimits } from '../util/rate-limits.js';

/**
 * Utterances that the service ends by itself: final captions are never dropped, so that thousands at once would hold up
 * all other messages. The words of those beyond it become one utterance.
 */
const FINISHED_RATE = { burst: 20, perSecond: 5 };

/** One state of an utterance's text. */
export interface UserCaption extends Pick<Caption, 'text' | 'final'> {
  /** Its number, from 1. */
  readonly utterance: number;
}

export interface UserCaptionsOptions {
  readonly publish: (caption: UserCaption) => void;
  readonly onFinal?: (text: string) => void;
  /** How long the speaker of the transcript has spoken, in ms; 0 when unknown. */
  readonly voicedMs?: () => number;
}

export class UserCaptions {
  readonly #options: UserCaptionsOptions;
  #utterance: Utterance = noUtterance;
  #timer: NodeJS.Timeout | undefined;
  readonly #finished = new RateLimits(FINISHED_RATE);

  constructor(options: UserCaptionsOptions) {
    this.#options = options;
  }

  advance(event: UtteranceInput): void {
    const input = this.#limited(event);
    const now = performance.now();
    const voicedMs = this.#options.voicedMs?.() ?? 0;
    const { utterance, captions } = advanceUtterance(this.#utterance, input, now, voicedMs);
    const isTimerGood = utterance.dueAtMs === this.#utterance.dueAtMs && input.type !== 'tick';
    this.#utterance = utterance;
    for (const { segment, text, final } of captions) {
      this.#options.publish({ utterance: segment, text, final });
      if (final) this.#options.onFinal?.(text);
    }
    if (isTimerGood) return;
    clearTimeout(this.#timer);
    if (utterance.dueAtMs === undefined) return;
    // A timer may fire slightly early by performance.now(): 1 ms is added, and advance() sets it again if needed.
    this.#timer = setTimeout(() => this.advance({ type: 'tick' }), utterance.dueAtMs - now + 1);
  }

  #limited(event: UtteranceInput): UtteranceInput {
    if (event.type !== 'input-transcript' || !event.finished || this.#finished.take('')) return event;
    return { ...event, finished: false };
  }

  close(): void {
    this.advance({ type: 'flush' });
    clearTimeout(this.#timer);
  }
}
