// How many rooms a worker takes when nobody says: a pure function of what the machine has.

export type Isolation = 'shared' | 'process';

/** The machine, as a worker may use it. */
export interface Machine {
  readonly cores: number;
  /** What this process may use: the machine's memory, or its container's limit where that is lower. */
  readonly totalMemoryBytes: number;
}

const MEGABYTE = 1024 * 1024;

interface RoomCost {
  readonly cores: number;
  readonly bytes: number;
}

/**
 * What one room costs, measured with a talking person and a talking model: a process a room brings
 * its own Node and its own native SDK, a shared process only what the room itself holds.
 */
const COST: Readonly<Record<Isolation, RoomCost>> = {
  process: { cores: 0.18, bytes: 110 * MEGABYTE },
  shared: { cores: 0.18, bytes: 10 * MEGABYTE },
};

/** The worker's own processes, and air for everything else on the machine. */
const RESERVED_BYTES = 512 * MEGABYTE;
/** Above this share of the cores, audio frames start to come late. */
const USABLE_CORES = 0.8;

/** Rooms that the machine holds without audio suffering; at least one. */
export function defaultMaxRooms(machine: Machine & { readonly isolation: Isolation }): number {
  const cost = COST[machine.isolation];
  const byCores = (machine.cores * USABLE_CORES) / cost.cores;
  const byMemory = (machine.totalMemoryBytes - RESERVED_BYTES) / cost.bytes;
  return Math.max(1, Math.floor(Math.min(byCores, byMemory)));
}
