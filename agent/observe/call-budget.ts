// Holds calls to what they may use in an hour, of this worker and of each room: refuses new ones, warns and ends the others.
import {
  type BillLimits,
  type CallFact,
  type CallLimit,
  type CallRefusal,
  hasSharedLimits,
  type LimitLeft,
  type Logger,
} from '../../src/index.js';
import { Budget, type BudgetState, closest } from './budget.js';
import type { ObservedCall } from './worker-observer.js';

/** For a call that is going on: a limit is near, or reached where nothing is left. */
export interface LimitNotice {
  readonly limit: CallLimit;
  readonly left?: LimitLeft;
}

export interface CallBudgetOptions {
  readonly limits: BillLimits;
  readonly notify: (call: string, notice: LimitNotice) => void;
  readonly log: Logger;
  readonly nowMs?: () => number;
}

interface Running {
  readonly room: string;
  countedMs: number;
  /** Limits of which it was warned. */
  warned: Set<CallLimit>;
}

const COUNTED_EVERY_MS = 1_000;
/** The warning comes when this share of a limit is left. */
const WARN_AT = 0.1;
const MINUTE_MS = 60_000;
/** A call that was admitted and has not begun in this time is not awaited: its profile was refused, or its process has ended. */
const BEGINS_WITHIN_MS = 60_000;
/** What a running call uses; that it is one of so many calls does not end it. */
const USES = ['minutes', 'tokens'] as const;

export class CallBudget {
  readonly #options: CallBudgetOptions;
  readonly #budget: Budget;
  readonly #isLimited: boolean;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  /** Calls that were admitted and have not begun. */
  readonly #admitted = new Map<string, { readonly room: string; readonly atMs: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CallBudgetOptions) {
    this.#options = options;
    const { limits, nowMs = Date.now } = options;
    this.#now = nowMs;
    this.#budget = new Budget({ worker: limits.hour, room: limits.room, nowMs });
    this.#isLimited = hasSharedLimits(limits);
    if (limits.hour.minutes !== undefined || limits.room.minutes !== undefined)
      this.#timer = setInterval(() => this.#check(), COUNTED_EVERY_MS).unref();
  }

  /** Whether any new call would be refused. */
  get isSpent(): boolean {
    this.#addTime();
    return this.#missing(this.#budget.ofWorker(), this.#awaited()) !== undefined;
  }

  /** @returns why the call may not begin; undefined: it may, and is counted when it does */
  admit({ id, room }: ObservedCall): CallRefusal | undefined {
    if (!this.#isLimited) return undefined;
    this.#addTime();
    const state =
      this.#missing(this.#budget.ofRoom(room), this.#awaited(room)) ??
      this.#missing(this.#budget.ofWorker(), this.#awaited());
    if (!state) {
      this.#admitted.set(id, { room, atMs: this.#now() });
      return undefined;
    }
    const { limit, unit, of } = state;
    this.#options.log.warn({ room, limit, unit, of }, 'a call is refused: the limit of this hour is reached');
    const whose = limit === 'room-limit' ? 'this room' : 'this agent';
    return { limit, message: `${whose} has used up its ${unit} of this hour: try again later` };
  }

  fact({ id, room }: ObservedCall, fact: CallFact): void {
    if (!this.#isLimited) return;
    if (fact.type === 'begun') this.#begun(id, room);
    if (fact.type !== 'event' || fact.event.type !== 'usage') return;
    this.#budget.add(room, 'tokens', fact.event.total);
    this.#check();
  }

  ended(id: string): void {
    this.#addTime();
    this.#running.delete(id);
    this.#admitted.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #begun(id: string, room: string): void {
    this.#admitted.delete(id);
    const running = this.#running.get(id);
    // In another process than before, which has not warned its room.
    if (running) running.warned = new Set();
    else {
      this.#running.set(id, { room, countedMs: this.#now(), warned: new Set() });
      this.#budget.add(room, 'calls', 1);
    }
    this.#check();
  }

  /** The first of the limits of which nothing is left, given the calls that are about to begin. */
  #missing(states: readonly BudgetState[], awaited: number): BudgetState | undefined {
    return states.find(({ unit, left }) => (unit === 'calls' ? left - awaited : left) <= 0);
  }

  #awaited(room?: string): number {
    const sinceMs = this.#now() - BEGINS_WITHIN_MS;
    let count = 0;
    for (const [id, admitted] of this.#admitted) {
      if (admitted.atMs < sinceMs) this.#admitted.delete(id);
      else if (room === undefined || admitted.room === room) count += 1;
    }
    return count;
  }

  #addTime(): void {
    const nowMs = this.#now();
    for (const running of this.#running.values()) {
      this.#budget.add(running.room, 'minutes', (nowMs - running.countedMs) / MINUTE_MS);
      running.countedMs = nowMs;
    }
  }

  #check(): void {
    this.#addTime();
    const ofWorker = this.#budget.ofWorker(USES);
    for (const [id, running] of this.#running) {
      const state = closest([...ofWorker, ...this.#budget.ofRoom(running.room, USES)]);
      if (!state || state.left > state.of * WARN_AT) continue;
      if (state.left > 0 && running.warned.has(state.limit)) continue;
      running.warned.add(state.limit);
      this.#options.notify(id, this.#noticeOf(state, running.room));
    }
  }

  #noticeOf({ limit, unit, left }: BudgetState, room: string): LimitNotice {
    if (left <= 0) return { limit };
    if (unit === 'tokens') return { limit, left: { leftTokens: left } };
    const all = [...this.#running.values()];
    const sharing = limit === 'room-limit' ? all.filter((running) => running.room === room) : all;
    return { limit, left: { leftMs: Math.round((left * MINUTE_MS) / sharing.length) } };
  }
}
