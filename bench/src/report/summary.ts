// What many calls with one subject come to.

import type { Round } from '../measure/round.js';
import type { CallResult } from '../measure/sitting.js';
import { mean, median, p95, quantile } from '../measure/statistics.js';
import type { SubjectName } from '../subjects/messages.js';

export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly count: number;
  /** What was asked for and never came. */
  readonly lost: number;
}

export interface Summary {
  readonly subject: SubjectName;
  readonly calls: number;
  readonly rounds: number;
  readonly toApiMs: Spread;
  readonly toRoomMs: Spread;
  readonly toSilenceMs: Spread;
  /** Of all calls alike, or the least and the most. */
  readonly connections: readonly [number, number];
  readonly processes: readonly [number, number];
  /** Means over the calls, as shares of one core. */
  readonly firstCpu: number;
  readonly idleCpu: number;
  readonly talkCpu: number;
  /** Median over the calls. */
  readonly pssBytes: number;
  /** Silence inside an answer by how long the loop was blocked. */
  readonly silences: readonly { readonly blockMs: number; readonly median: number; readonly most: number }[];
}

export function summarise(subject: SubjectName, results: readonly CallResult[]): Summary {
  const calls = results.filter((result) => result.subject === subject);
  const rounds = calls.flatMap((call) => call.rounds);
  return {
    subject,
    calls: calls.length,
    rounds: rounds.length,
    toApiMs: spread(rounds, 'toApiMs'),
    toRoomMs: spread(rounds, 'toRoomMs'),
    toSilenceMs: spread(rounds, 'toSilenceMs'),
    connections: range(calls.map(({ connections }) => connections)),
    processes: range(calls.map(({ talking }) => talking.processes)),
    firstCpu: mean(calls.map(({ first }) => first.cpuShare)),
    idleCpu: mean(calls.map(({ idle }) => idle.cpuShare)),
    talkCpu: mean(calls.map(({ talking }) => talking.cpuShare)),
    pssBytes: median(calls.map(({ talking }) => talking.pssBytes)),
    silences: silences(calls),
  };
}

function spread(rounds: readonly Round[], key: keyof Round): Spread {
  const values = rounds.map((round) => round[key]).filter((value) => value !== undefined);
  const lost = rounds.length - values.length;
  return { median: median(values), p95: p95(values), count: values.length, lost };
}

function silences(calls: readonly CallResult[]): Summary['silences'] {
  const byBlock = new Map<number, number[]>();
  for (const { blockMs, silenceMs } of calls.flatMap((call) => call.blocked)) {
    const values = byBlock.get(blockMs) ?? [];
    if (silenceMs !== undefined) values.push(silenceMs);
    byBlock.set(blockMs, values);
  }
  return [...byBlock].map(([blockMs, values]) => ({
    blockMs,
    median: median(values),
    most: quantile(values, 1),
  }));
}

function range(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
