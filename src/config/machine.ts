// The cores and the memory that this process may use: the machine's, or its container's limits where those are lower.
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { posix } from 'node:path';
import type { Machine } from './rooms.js';

type ReadText = (path: string) => string | undefined;

const CGROUPS = '/sys/fs/cgroup';

/** What this process may use of its machine: read anew with each call, since a container's limits can be changed. */
export function thisMachine(): Machine {
  // In a container totalmem() is the host's; the limit is what counts. 0 and huge values mean none.
  const limit = process.constrainedMemory();
  const total = totalmem();
  return {
    cores: Math.min(availableParallelism(), cpuQuota() ?? Number.POSITIVE_INFINITY),
    totalMemoryBytes: limit > 0 ? Math.min(limit, total) : total,
  };
}

/**
 * The CPU limit of the cgroup that this process is in, in cores; undefined without one. Node 20 counts the cores of the
 * whole node: a container with 2 of its 64 would start 64 room hosts, and never report itself full.
 */
export function cpuQuota(read: ReadText = readText): number | undefined {
  const quotas = [...quotasV2(read), quotaV1(read)].filter((quota) => quota !== undefined);
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/** Of the own group and of all above it: each limits those below. */
function quotasV2(read: ReadText): (number | undefined)[] {
  const own = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (own === undefined) return [];
  const quotas: (number | undefined)[] = [];
  for (let group = posix.normalize(own); ; group = posix.dirname(group)) {
    const [quota, period] = (read(posix.join(CGROUPS, group, 'cpu.max')) ?? '').trim().split(' ');
    quotas.push(share(quota, period));
    if (group === '/') return quotas;
  }
}

function quotaV1(read: ReadText): number | undefined {
  const value = (name: string): string | undefined => read(`${CGROUPS}/cpu/cpu.cfs_${name}_us`)?.trim();
  return share(value('quota'), value('period'));
}

/** `max` (version 2) and -1 (version 1) are no limit. */
function share(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
