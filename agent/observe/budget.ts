// What calls have used in the last hour, all together and in each room: calls, minutes and tokens, of this worker and of others.
import type { CostLimits } from '../../src/index.js';

export type Unit = 'calls' | 'minutes' | 'tokens';
const UNITS = ['calls', 'minutes', 'tokens'] as const;

/** The minute, counted from 1970, and the calls, minutes and tokens in it. */
export type UsedSlice = readonly [minute: number, calls: number, minutes: number, tokens: number];

/** What workers have counted in the last hour, by their ids. A worker's later report replaces its earlier one. */
export type Used = Readonly<Record<string, readonly UsedSlice[]>>;

/** Names all calls together where otherwise a room is named. */
export const ALL = '';

export interface BudgetOptions {
  /** Under which this worker's counts are known to others. */
  readonly workerId: string;
  /** In an hour. */
  readonly worker: CostLimits;
  readonly room: CostLimits;
  readonly nowMs: () => number;
}

/** How close a limit is. */
export interface BudgetState {
  readonly limit: 'room-limit' | 'hour-limit';
  readonly unit: Unit;
  /** In the unit; 0 or less: used up. */
  readonly left: number;
  readonly of: number;
}

const SLICE_MS = 60_000;
const SLICES = 60;
/** Rooms that are counted at a time: a worker that runs for months must not keep every name. */
const MAX_ROOMS = 10_000;

/** Sums of the last hour, in slices of a minute. */
class LastHour {
  readonly #own = new Map<number, Record<Unit, number>>();
  others: Used = {};

  add(unit: Unit, amount: number, nowMs: number): void {
    const slice = Math.floor(nowMs / SLICE_MS);
    let sums = this.#own.get(slice);
    if (!sums) {
      sums = { calls: 0, minutes: 0, tokens: 0 };
      this.#own.set(slice, sums);
    }
    sums[unit] += amount;
  }

  sum(unit: Unit, nowMs: number): number {
    const column = UNITS.indexOf(unit) + 1;
    const since = oldest(nowMs);
    let sum = 0;
    for (const [slice, sums] of this.#own) {
      if (slice < since) this.#own.delete(slice);
      else sum += sums[unit];
    }
    for (const slices of Object.values(this.others))
      for (const slice of slices) if (slice[0] >= since) sum += slice[column] ?? 0;
    return sum;
  }

  own(nowMs: number): UsedSlice[] {
    const since = oldest(nowMs);
    return [...this.#own]
      .filter(([slice]) => slice >= since)
      .map(([slice, { calls, minutes, tokens }]) => [slice, calls, Math.round(minutes * 1e4) / 1e4, tokens]);
  }
}

/** The first minute of the last hour. */
export function oldest(nowMs: number): number {
  return Math.floor(nowMs / SLICE_MS) - SLICES + 1;
}

export class Budget {
  readonly #options: BudgetOptions;
  readonly #worker = new LastHour();
  readonly #rooms = new Map<string, LastHour>();

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  add(room: string, unit: Unit, amount: number): void {
    const nowMs = this.#options.nowMs();
    this.#worker.add(unit, amount, nowMs);
    this.#room(room).add(unit, amount, nowMs);
  }

  /** What this worker has counted of a room, or of ALL. */
  own(scope: string): readonly UsedSlice[] {
    return this.#scope(scope)?.own(this.#options.nowMs()) ?? [];
  }

  /** What is known of a room, whichever workers have counted it. */
  used(room: string): Used {
    return { ...this.#rooms.get(room)?.others, [this.#options.workerId]: this.own(room) };
  }

  /** What others have counted of a room, or of ALL. */
  learn(scope: string, used: Used): void {
    const { [this.#options.workerId]: _, ...others } = used;
    const known = scope === ALL ? this.#worker : this.#room(scope);
    const since = oldest(this.#options.nowMs());
    const isRecent = (slices: readonly UsedSlice[]): boolean => slices.some(([minute]) => minute >= since);
    const all = Object.entries({ ...known.others, ...others });
    known.others = Object.fromEntries(all.filter(([, slices]) => isRecent(slices)));
  }

  /** What is left of each limit of the worker. */
  ofWorker(units: readonly Unit[] = UNITS): BudgetState[] {
    return this.#states('hour-limit', this.#options.worker, this.#worker, units);
  }

  /** What is left of each limit of a room. */
  ofRoom(room: string, units: readonly Unit[] = UNITS): BudgetState[] {
    return this.#states('room-limit', this.#options.room, this.#rooms.get(room), units);
  }

  #scope(scope: string): LastHour | undefined {
    return scope === ALL ? this.#worker : this.#rooms.get(scope);
  }

  #room(room: string): LastHour {
    const used = this.#rooms.get(room) ?? new LastHour();
    // The rooms that were used longest ago are the first in the map.
    this.#rooms.delete(room);
    this.#rooms.set(room, used);
    if (this.#rooms.size > MAX_ROOMS) this.#rooms.delete(this.#rooms.keys().next().value ?? '');
    return used;
  }

  #states(
    limit: BudgetState['limit'],
    limits: CostLimits,
    used: LastHour | undefined,
    units: readonly Unit[],
  ): BudgetState[] {
    const nowMs = this.#options.nowMs();
    return units.flatMap((unit) => {
      const of = limits[unit];
      return of === undefined ? [] : [{ limit, unit, of, left: of - (used?.sum(unit, nowMs) ?? 0) }];
    });
  }
}

/** The limit of which the smallest share is left. */
export function closest(states: readonly BudgetState[]): BudgetState | undefined {
  return states.reduce<BudgetState | undefined>(
    (least, state) => (least === undefined || state.left / state.of < least.left / least.of ? state : least),
    undefined,
  );
}
