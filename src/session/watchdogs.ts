// Notices a session that is open and of no use: answers that do not come, come empty, or stop half-way.
import { durationMs, type PcmChunk } from '../audio/pcm.js';
import type { Due } from './exchange.js';
import type { ModelEvent } from './port.js';

/** A model that always answers has begun to within this time. */
export const ANSWER_WITHIN_MS = 10_000;
/** Generation that has produced nothing for so long, past what it gave us to play, has stalled. */
export const STALLED_AFTER_MS = 10_000;
/** turnComplete follows the last sound at once: an answer that was generated and played for so long is over without it. */
export const COMPLETE_WITHIN_MS = 1_000;
/** A turn whose loudest sample is below this is silence: real speech peaks in the thousands. */
const NEAR_SILENCE = 60;
const PING_EVERY_MS = 20_000;
/** The service may answer seconds late; only this many in a row mean that it is gone. */
const MISSED_PONGS = 2;

export type HealthIssue = 'no-answer' | 'unheard' | 'silent-turn' | 'stalled' | 'dead';

export interface WatchdogOptions {
  /** What the model has to answer, as the turn stands. */
  readonly due: () => Due | undefined;
  /** When an answer of which turnComplete has not come was generated and played; undefined: that is not so. */
  readonly completeByMs: () => number | undefined;
  readonly toolsInFlight: () => number;
  readonly ping: (onPong: () => void) => void;
  /** What is due did not come. Returns what is wrong with the connection, where another one may help. */
  readonly onOverdue: (due: Due) => HealthIssue | undefined;
  readonly onIncomplete: () => void;
  readonly onHealthIssue: (healthIssue: HealthIssue) => void;
}

export class Watchdogs {
  readonly #options: WatchdogOptions;
  #dueTimer: NodeJS.Timeout | undefined;
  #completeTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #isOpen = false;
  #unanswered = 0;
  /** What was found overdue last: it is not found again. */
  #overdueSinceMs: number | undefined;
  /** Loudest sample and length of the open turn's audio; `undefined` when it has none. */
  #turn: { peak: number; ms: number; startedMs: number } | undefined;
  #hasText = false;
  /** A health issue was reported since the last real answer: not again for the same turn. */
  #reported = false;
  readonly counts: Record<HealthIssue, number> = {
    'no-answer': 0,
    unheard: 0,
    'silent-turn': 0,
    stalled: 0,
    dead: 0,
  };

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A connection is open. */
  start(): void {
    this.stop();
    this.#isOpen = true;
    this.#unanswered = 0;
    this.#overdueSinceMs = undefined;
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.watch();
  }

  stop(): void {
    this.#isOpen = false;
    clearTimeout(this.#dueTimer);
    this.#dueTimer = undefined;
    clearTimeout(this.#completeTimer);
    clearTimeout(this.#stallTimer);
    clearInterval(this.#pingTimer);
    this.#turn = undefined;
    this.#hasText = false;
  }

  /** Whether something is waited for already: then voice that goes on need not be looked at. */
  get isWatching(): boolean {
    return this.#dueTimer !== undefined;
  }

  /** The turn may have changed: what is waited for follows it. */
  watch(): void {
    if (!this.#isOpen) return;
    if (this.#options.toolsInFlight() > 0) clearTimeout(this.#stallTimer);
    const due = this.#options.due();
    if (due === undefined || due.sinceMs === this.#overdueSinceMs) {
      clearTimeout(this.#dueTimer);
      this.#dueTimer = undefined;
    } else if (this.#dueTimer === undefined) {
      const waitMs = due.sinceMs + ANSWER_WITHIN_MS - performance.now();
      this.#dueTimer = setTimeout(() => this.#onDue(), Math.max(0, waitMs));
    }
    clearTimeout(this.#completeTimer);
    const completeByMs = this.#options.completeByMs();
    if (completeByMs === undefined) return;
    const waitMs = completeByMs + COMPLETE_WITHIN_MS - performance.now();
    this.#completeTimer = setTimeout(() => this.#options.onIncomplete(), Math.max(0, waitMs));
  }

  /** Before the turn follows it. */
  observe(event: ModelEvent): void {
    switch (event.type) {
      case 'audio':
        this.#measure(event.chunk);
        this.#expectMore();
        return;
      case 'text':
      case 'code':
      case 'code-result':
      case 'tool-calls':
        this.#hasText = true;
        this.#reported = false;
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

  #onDue(): void {
    this.#dueTimer = undefined;
    const due = this.#options.due();
    // A timer may fire a little early by this clock, and what is due may have become later.
    if (due && due.sinceMs + ANSWER_WITHIN_MS <= performance.now() + 1) {
      this.#overdueSinceMs = due.sinceMs;
      const healthIssue = this.#options.onOverdue(due);
      if (healthIssue) this.#report(healthIssue);
    }
    this.watch();
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
        this.#reported = false;
        return;
      }
    }
  }

  #expectMore(): void {
    clearTimeout(this.#stallTimer);
    if (this.#options.toolsInFlight() > 0 || !this.#turn) return;
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
    if (this.#reported) return;
    this.#reported = true;
    this.counts[healthIssue] += 1;
    this.#options.onHealthIssue(healthIssue);
  }

  /** Whether another connection was made for what is still not answered. */
  get hasReported(): boolean {
    return this.#reported;
  }
}
