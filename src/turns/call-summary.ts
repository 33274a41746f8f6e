// The figures of a call for the log line at its end: no words, no names.
import type { CallRecordState } from './recorded.js';

export function callSummary(record: CallRecordState): Readonly<Record<string, unknown>> {
  const { turns, audio, usage, planned, errors } = record;
  const latencies = turns.flatMap(({ latency }) => latency.endOfSpeechToAudioMs ?? []);
  const losses: Record<string, number> = {};
  for (const { code } of record.losses) losses[code] = (losses[code] ?? 0) + 1;
  return {
    turns: turns.length + record.turnsLeftOut,
    interrupted: turns.filter(({ interrupted }) => interrupted).length,
    losses,
    rotations: planned,
    ...audio,
    tokens: usage.total,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    errors: errors.length,
  };
}

function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}
