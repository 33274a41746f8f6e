// Notices a session that is open and of no use: answers that do not come, come empty, or stop half-way.
import { durationMs, type PcmChunk } from '../audio/pcm.js';
import type { ModelEvent } from './port.js';

/** A model that always answers has begun to within this time. */
export const ANSWER_WITHIN_MS = 10_000;
/** Generation that has produced nothing for so long, past what it gave us to play, has stalled. */
export const STALLED_AFTER_MS = 10_000;
/** A turn whose loudest sample is below this is silence: real speech peaks in the thousands. */
const NEAR_SILENCE = 60;
const PING_EVERY_MS = 20_000;
/** The service may answer seconds late; only this many in a row mean that it is gone. */
const MISSED_PONGS = 2;

export type HealthIssue = 'no-answer' | 'silent-turn' | 'stalled' | 'dead';

export interface WatchdogOptions {
  /** Some models may choose to say nothing, so that no answer is an answer. */
  readonly answersAlways: boolean;
  readonly ping: (onPong: () => void) => void;
  readonly onHealthIssue: (healthIssue: HealthIssue) => void;
}

export class Watchdogs {
  readonly #options: WatchdogOptions;
  #answerTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #toolsInFlight = 0;
  /** Loudest sample and length of the open turn's audio; `undefined` when it has none. */
  #turn: { peak: number; ms: number; startedMs: number } | undefined;
  #hasText = false;
  /** An healthIssue was told since the last real answer: not again for the same turn. */
  #told = false;
  readonly counts: Record<HealthIssue, number> = { 'no-answer': 0, 'silent-turn': 0, stalled: 0, dead: 0 };

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A connection is open. */
  start(): void {
    this.stop();
    this.#unanswered = 0;
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#stallTimer);
    clearInterval(this.#pingTimer);
    this.#turn = undefined;
    this.#hasText = false;
  }

  toolsInFlight(count: number): void {
    this.#toolsInFlight = count;
    if (count > 0) clearTimeout(this.#stallTimer);
  }

  observe(event: ModelEvent): void {
    switch (event.type) {
      case 'input-transcript':
        if (this.#options.answersAlways && !event.interim && event.text.trim() !== '') this.#expectAnswer();
        return;
      case 'audio':
        this.#began();
        this.#measure(event.chunk);
        this.#expectMore();
        return;
      case 'text':
      case 'code':
      case 'code-result':
      case 'tool-calls':
        this.#began();
        this.#hasText = true;
        this.#told = false;
        return;
      case 'generation-complete':
        clearTimeout(this.#stallTimer);
        return;
      case 'interrupted':
        this.#endTurn();
        return;
      case 'turn-complete':
        this.#judgeTurn();
        this.#endTurn();
        return;
      default:
        return;
    }
  }

  #expectAnswer(): void {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#report('no-answer'), ANSWER_WITHIN_MS);
  }

  #began(): void {
    clearTimeout(this.#answerTimer);
  }

  #measure({ samples, ...chunk }: PcmChunk): void {
    this.#turn ??= { peak: 0, ms: 0, startedMs: performance.now() };
    this.#turn.ms += durationMs({ samples, ...chunk });
    // Once the turn is known to be heard, no further sample changes that.
    if (this.#turn.peak >= NEAR_SILENCE) return;
    for (const sample of samples) {
      const level = Math.abs(sample);
      if (level <= this.#turn.peak) continue;
      this.#turn.peak = level;
      if (level >= NEAR_SILENCE) {
        this.#told = false;
        return;
      }
    }
  }

  #expectMore(): void {
    clearTimeout(this.#stallTimer);
    if (this.#toolsInFlight > 0 || !this.#turn) return;
    const playedUntilMs = this.#turn.startedMs + this.#turn.ms;
    const waitMs = Math.max(playedUntilMs - performance.now(), 0) + STALLED_AFTER_MS;
    this.#stallTimer = setTimeout(() => this.#report('stalled'), waitMs);
  }

  #judgeTurn(): void {
    if (this.#turn && !this.#hasText && this.#turn.peak < NEAR_SILENCE) this.#report('silent-turn');
  }

  #endTurn(): void {
    clearTimeout(this.#stallTimer);
    this.#turn = undefined;
    this.#hasText = false;
  }

  #ping(): void {
    if (this.#unanswered >= MISSED_PONGS) {
      this.#unanswered = 0;
      this.counts.dead += 1;
      this.#options.onHealthIssue('dead');
      return;
    }
    this.#unanswered += 1;
    this.#options.ping(() => {
      this.#unanswered = 0;
    });
  }

  #report(healthIssue: HealthIssue): void {
    if (this.#told) return;
    this.#told = true;
    this.counts[healthIssue] += 1;
    this.#options.onHealthIssue(healthIssue);
  }
}
