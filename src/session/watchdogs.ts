// Detects an open session that does not work: answers that do not come, are silent, or stop before their end.
import { durationMs, type PcmChunk } from '../audio/pcm.js';
import type { Due } from './exchange-types.js';
import type { ModelEvent } from './port.js';

/** A model that always answers begins its answer within this time. */
export const ANSWER_WITHIN_MS = 10_000;
/** Generation has stalled when nothing has come for this long after the received audio was played. */
export const STALLED_AFTER_MS = 10_000;
/** turnComplete comes with the last audio; this long after playout a generated answer is treated as complete. */
export const COMPLETE_WITHIN_MS = 1_000;
/** A turn whose loudest sample is below this is silent: speech peaks in the thousands. */
const NEAR_SILENCE = 60;
const PING_EVERY_MS = 20_000;
/** The service may answer a ping seconds late; this many missing answers in a row mean a dead connection. */
const MISSED_PONGS = 2;

export type HealthIssue = 'no-answer' | 'unheard' | 'silent-turn' | 'stalled' | 'dead';

export interface WatchdogOptions {
  /** The answer that is due from the model; undefined: none. */
  readonly due: () => Due | undefined;
  /** When the answer without turnComplete was generated and played; undefined: there is none. */
  readonly completeByMs: () => number | undefined;
  readonly toolsInFlight: () => number;
  readonly ping: (onPong: () => void) => void;
  /** A due answer did not come. Returns the health issue that another connection may solve. */
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
  /** The due answer that was last reported as overdue; it is reported once. */
  #overdueSinceMs: number | undefined;
  /** Loudest sample and length of the open turn's audio; undefined: it has none. */
  #turn: { peak: number; ms: number; startedMs: number } | undefined;
  #hasText = false;
  /** A health issue was reported since the last audible answer; it is not reported twice for one turn. */
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

  /** Starts with an open connection. */
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

  /** Whether an answer is due already: further voice then changes nothing. */
  get isWatching(): boolean {
    return this.#dueTimer !== undefined;
  }

  /** Call when the turn may have changed: sets the timer for the answer that is due now. */
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

  /** Call before the turn tracker applies the event. */
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
    // A timer may fire slightly early by performance.now(), and another answer may be due by now.
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
    // One loud sample is enough: the rest of the turn is not examined.
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

  /** Whether another connection was made for the answer that is still due. */
  get hasReported(): boolean {
    return this.#reported;
  }
}
