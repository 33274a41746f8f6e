// What a process and all below it have used of the processor and hold of the memory, from Linux's /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

export interface TreeUse {
  readonly pids: readonly number[];
  /** User and system time since the processes began, their ended children's included. */
  readonly cpuMs: number;
  /** Proportional set size: memory of its own, and its share of what is shared. */
  readonly pssBytes: number;
}

/** @throws where there is no /proc, or no such process */
export function useOf(pid: number): TreeUse {
  const pids = treeOf(pid, parents());
  let cpuMs = 0;
  let pssBytes = 0;
  for (const member of pids) {
    cpuMs += cpuMsOf(readFileSync(`/proc/${member}/stat`, 'utf8'));
    pssBytes += pssOf(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'));
  }
  return { pids, cpuMs, pssBytes };
}

/** A process and its descendants, given each process's parent. */
export function treeOf(root: number, parentOf: ReadonlyMap<number, number>): number[] {
  const tree = [root];
  for (const member of tree) {
    for (const [pid, parent] of parentOf) if (parent === member) tree.push(pid);
  }
  return tree;
}

/** @param stat the content of /proc/PID/stat */
export function cpuMsOf(stat: string): number {
  const fields = fieldsOf(stat);
  // utime, stime, cutime, cstime: fields 14 to 17, counted from 1.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return (ticks * 1000) / TICKS_A_SECOND;
}

/** @param rollup the content of /proc/PID/smaps_rollup */
export function pssOf(rollup: string): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) * 1024;
}

function parents(): Map<number, number> {
  const parentOf = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parentOf.set(Number(name), Number(fieldsOf(readFileSync(`/proc/${name}/stat`, 'utf8'))[1]));
    } catch {
      // It has ended since it was listed.
    }
  }
  return parentOf;
}

/** The fields from the third on; the second is the program's name in parentheses, which may hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
