// Holds calls to what they may use in an hour, all together and in each room: refuses new ones, warns and ends the others.
import { randomUUID } from 'node:crypto';
import {
  type BillLimits,
  type CallFact,
  type CallLimit,
  type CallRefusal,
  hasLimits,
  hasSharedLimits,
  type LimitLeft,
  type Logger,
} from '../../src/index.js';
import { ALL, Budget, type BudgetState, closest, type Used, type UsedSlice } from './budget.js';
import type { ObservedCall } from './worker-observer.js';

/** For a call that is going on: a limit is near, or reached where nothing is left. */
export interface LimitNotice {
  readonly limit: CallLimit;
  readonly left?: LimitLeft;
}

/** Where workers keep what they have counted, so that their calls are limited together. */
export interface SharedUsage {
  readonly workerId: string;
  /** Writes what this worker has counted of rooms and of ALL, and reads what all have; undefined where that fails. */
  exchange(own: ReadonlyMap<string, readonly UsedSlice[]>): Promise<ReadonlyMap<string, Used> | undefined>;
}

export interface CallBudgetOptions {
  readonly limits: BillLimits;
  readonly notify: (call: string, notice: LimitNotice) => void;
  /** Omitted: this worker counts its own calls alone. */
  readonly usage?: SharedUsage | undefined;
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
  /** Rooms in which something was used since it was written for other workers. */
  readonly #unshared = new Set<string>();
  #sharing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CallBudgetOptions) {
    this.#options = options;
    const { limits, usage, nowMs = Date.now } = options;
    this.#now = nowMs;
    const workerId = usage?.workerId ?? randomUUID();
    this.#budget = new Budget({ workerId, worker: limits.hour, room: limits.room, nowMs });
    this.#isLimited = hasSharedLimits(limits);
    const isTimed = limits.hour.minutes !== undefined || limits.room.minutes !== undefined;
    if (isTimed || (usage && this.#isLimited))
      this.#timer = setInterval(() => {
        this.#check();
        void this.#share();
      }, COUNTED_EVERY_MS).unref();
  }

  /** Whether any new call would be refused. */
  get isSpent(): boolean {
    this.#addTime();
    return this.#missing(this.#budget.ofWorker(), this.#awaited()) !== undefined;
  }

  /** @returns why the call may not begin; undefined: it may, and is counted when it does */
  async admit({ id, room }: ObservedCall): Promise<CallRefusal | undefined> {
    if (!this.#isLimited) return undefined;
    await this.#exchange([room]);
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

  fact(call: ObservedCall, fact: CallFact): void {
    if (!this.#isLimited) return;
    const { room } = call;
    if (fact.type === 'begun') this.#begun(call);
    if (fact.type !== 'event' || fact.event.type !== 'usage') return;
    this.#add(room, 'tokens', fact.event.total);
    this.#check();
  }

  ended(id: string): void {
    this.#addTime();
    this.#running.delete(id);
    this.#admitted.delete(id);
  }

  /** What goes with a call to another worker, so that its room is limited there as it was here; undefined: nothing. */
  used(room: string): Used | undefined {
    const { limits, usage } = this.#options;
    if (usage || !hasLimits(limits.room)) return undefined;
    this.#addTime();
    return this.#budget.used(room);
  }

  /** What has come with a call from another worker. */
  learn(room: string, used: Used): void {
    this.#budget.learn(room, used);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sharing;
    await this.#share();
  }

  /** Writes what was used, and reads what calls of other workers have. */
  async #share(): Promise<void> {
    const rooms = new Set(this.#unshared);
    for (const { room } of this.#running.values()) rooms.add(room);
    if (!this.#options.usage || this.#sharing || rooms.size === 0) return;
    this.#unshared.clear();
    this.#sharing = this.#exchange(rooms).finally(() => {
      this.#sharing = undefined;
    });
    await this.#sharing;
    this.#check();
  }

  async #exchange(rooms: Iterable<string>): Promise<void> {
    const { usage, limits } = this.#options;
    if (!usage) return;
    const scopes = [...(hasLimits(limits.hour) ? [ALL] : []), ...(hasLimits(limits.room) ? rooms : [])];
    const used = await usage.exchange(new Map(scopes.map((scope) => [scope, this.#budget.own(scope)])));
    for (const [scope, others] of used ?? []) this.#budget.learn(scope, others);
  }

  #add(room: string, unit: 'calls' | 'minutes' | 'tokens', amount: number): void {
    this.#budget.add(room, unit, amount);
    if (this.#options.usage) this.#unshared.add(room);
  }

  #begun({ id, room, carried }: ObservedCall): void {
    this.#admitted.delete(id);
    const running = this.#running.get(id);
    // In another process than before, which has not warned its room.
    if (running) running.warned = new Set();
    else {
      this.#running.set(id, { room, countedMs: this.#now(), warned: new Set() });
      if (!carried) this.#add(room, 'calls', 1);
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
      this.#add(running.room, 'minutes', (nowMs - running.countedMs) / MINUTE_MS);
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
