// The machine and the state in which it was measured, in one line.
import { cpus, loadavg, totalmem } from 'node:os';

export interface MachineState {
  readonly at: Date;
  readonly load: number;
}

export function machineNow(): MachineState {
  return { at: new Date(), load: loadavg()[0] ?? 0 };
}

/** `loopP99Ms`: how late the measuring process's own loop was. */
export function machineLine(before: MachineState, after: MachineState, loopP99Ms: number): string {
  const cores = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const minutes = ((after.at.getTime() - before.at.getTime()) / 60_000).toFixed(0);
  return [
    `Measured on ${before.at.toISOString().slice(0, 10)} in ${minutes} minutes`,
    `on ${cores.length} cores (${cores[0]?.model ?? 'unknown'}), ${memory} GiB of memory`,
    `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `load average ${before.load.toFixed(2)} before and ${after.load.toFixed(2)} after`,
    `the measuring process's own loop late by ${loopP99Ms.toFixed(1)} ms at most in 99 of 100 turns.`,
  ].join('; ');
}
