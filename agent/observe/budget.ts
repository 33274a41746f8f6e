// What the calls of a worker have used in the last hour, all together and in each room: calls, minutes and tokens.
import type { CostLimits } from '../../src/index.js';

export type Unit = 'calls' | 'minutes' | 'tokens';
const UNITS = ['calls', 'minutes', 'tokens'] as const;

export interface BudgetOptions {
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
  readonly #slices = new Map<number, Record<Unit, number>>();

  add(unit: Unit, amount: number, nowMs: number): void {
    const slice = Math.floor(nowMs / SLICE_MS);
    let sums = this.#slices.get(slice);
    if (!sums) {
      sums = { calls: 0, minutes: 0, tokens: 0 };
      this.#slices.set(slice, sums);
    }
    sums[unit] += amount;
  }

  sum(unit: Unit, nowMs: number): number {
    const oldest = Math.floor(nowMs / SLICE_MS) - SLICES;
    let sum = 0;
    for (const [slice, sums] of this.#slices) {
      if (slice <= oldest) this.#slices.delete(slice);
      else sum += sums[unit];
    }
    return sum;
  }
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
    const used = this.#rooms.get(room) ?? new LastHour();
    // The rooms that were used longest ago are the first in the map.
    this.#rooms.delete(room);
    this.#rooms.set(room, used);
    used.add(unit, amount, nowMs);
    if (this.#rooms.size > MAX_ROOMS) this.#rooms.delete(this.#rooms.keys().next().value ?? '');
  }

  /** What is left of each limit of the worker. */
  ofWorker(units: readonly Unit[] = UNITS): BudgetState[] {
    return this.#states('hour-limit', this.#options.worker, this.#worker, units);
  }

  /** What is left of each limit of a room. */
  ofRoom(room: string, units: readonly Unit[] = UNITS): BudgetState[] {
    return this.#states('room-limit', this.#options.room, this.#rooms.get(room), units);
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
