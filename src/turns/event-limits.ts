// How many events of a kind a room is sent: a fault of the service must not become thousands, which push out or hold up
// what others read. What is beyond the rate is counted, and reported as one event.
import type { RoomEventBody } from '../protocol/events.js';
import { RateLimits } from '../util/rate-limits.js';

/** Of each kind; above what a service sends. All kinds at once fit into the outbox. */
const RATE = { burst: 40, perSecond: 20 };
/** A flood is counted for so long before it is reported, */
const FIRST_REPORT_MS = 1_000;
/** and reported at most this often. */
const REPORT_EVERY_MS = 10_000;
/** So many turns are remembered whose events were not sent: their captions come seconds later. */
const REMEMBERED_TURNS = 10_000;

/** How many events were not sent, by their type. */
export type NotSent = Readonly<Record<string, number>>;

export class EventLimits {
  readonly #report: (notSent: NotSent, count: number) => void;
  readonly #rates = new RateLimits(RATE);
  readonly #notSent = new Map<string, number>();
  readonly #turns = new Set<number>();
  /** The last `started` of each person: whether it was sent. Both events of a pair are sent, or none. */
  readonly #speech = new Map<string, boolean>();
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(report: (notSent: NotSent, count: number) => void) {
    this.#report = report;
  }

  /** @param isOfService errors of the service do not use up the rate of the agent's own */
  admits(event: RoomEventBody, isOfService = false): boolean {
    const isAdmitted = this.#isWithin(event, isOfService);
    if (!isAdmitted) this.#count(event.type);
    return isAdmitted;
  }

  /** Whether captions of this turn are sent: those of a turn whose events are not would be read without it. */
  admitsTurn(turn: number): boolean {
    return !this.#turns.has(turn);
  }

  /** Reports what has not been reported. */
  close(): void {
    if (this.#timer) this.#reportNow();
  }

  #isWithin(event: RoomEventBody, isOfService: boolean): boolean {
    switch (event.type) {
      case 'turn':
        return this.#isTurnWithin(event);
      case 'latency':
        return this.admitsTurn(event.turn) && this.#rates.take(event.type);
      case 'speech':
        return this.#isSpeechWithin(event);
      case 'error':
        return event.fatal || this.#rates.take(isOfService ? 'error of the service' : 'error');
      case 'thought':
      case 'code':
      case 'code_result':
      case 'grounding':
      case 'url_context':
      case 'usage':
        return this.#rates.take(event.type);
      // Others have limits where they come from.
      default:
        return true;
    }
  }

  #isTurnWithin({ turn, phase }: Extract<RoomEventBody, { type: 'turn' }>): boolean {
    if (phase !== 'started' || this.#turns.has(turn)) return this.admitsTurn(turn);
    if (this.#rates.take('turn')) return true;
    this.#turns.add(turn);
    const [oldest] = this.#turns;
    if (oldest !== undefined && this.#turns.size > REMEMBERED_TURNS) this.#turns.delete(oldest);
    return false;
  }

  #isSpeechWithin({ participant, phase }: Extract<RoomEventBody, { type: 'speech' }>): boolean {
    const begun = this.#speech.get(participant);
    if (phase === 'ended' && begun !== undefined) {
      this.#speech.delete(participant);
      return begun;
    }
    const isWithin = this.#rates.take(`speech of ${participant}`);
    if (phase === 'started') this.#speech.set(participant, isWithin);
    return isWithin;
  }

  #count(type: string): void {
    this.#notSent.set(type, (this.#notSent.get(type) ?? 0) + 1);
    const waitMs = this.#reportedAtMs + REPORT_EVERY_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#reportNow(), Math.max(FIRST_REPORT_MS, waitMs));
  }

  #reportNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reportedAtMs = performance.now();
    let count = 0;
    for (const number of this.#notSent.values()) count += number;
    const notSent = Object.fromEntries(this.#notSent);
    this.#notSent.clear();
    this.#report(notSent, count);
  }
}
