// The default of AGENT_MAX_ROOMS: a pure function of the machine's cores and memory.

export type Isolation = 'shared' | 'process';

/** The resources that a worker may use. */
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
 * Cost of one room, measured while a person and the model talk. With a process for each room it includes a Node
 * process and a copy of the native SDK; in a shared process only the room's own share.
 */
const COST: Readonly<Record<Isolation, RoomCost>> = {
  process: { cores: 0.18, bytes: 110 * MEGABYTE },
  shared: { cores: 0.1, bytes: 10 * MEGABYTE },
};

/** For the worker's own processes and everything else on the machine. */
const RESERVED_BYTES = 512 * MEGABYTE;
/** Above this share of the cores, audio frames start to come late. */
const USABLE_CORES = 0.8;

/** Rooms that the machine can serve without late audio frames; at least one. */
export function defaultMaxRooms(machine: Machine & { readonly isolation: Isolation }): number {
  const cost = COST[machine.isolation];
  const byCores = (machine.cores * USABLE_CORES) / cost.cores;
  const byMemory = (machine.totalMemoryBytes - RESERVED_BYTES) / cost.bytes;
  return Math.max(1, Math.floor(Math.min(byCores, byMemory)));
}
