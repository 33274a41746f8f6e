// The call on one axis: rows of spans, from the log.
import type { CallLog } from './log-types.js';
import { nameOf } from './names.js';

export interface TimelineSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'speech' | 'wait' | 'answer' | 'interrupted' | 'tool' | 'tool-failed' | 'loss';
  readonly label: string;
}

export interface TimelineRow {
  readonly name: string;
  readonly spans: readonly TimelineSpan[];
}

/** @param now where what has not ended yet is drawn to, ms since 1970 */
export function timelineOf(log: CallLog, names: ReadonlyMap<string, string>, now: number): TimelineRow[] {
  const at = (time: number): number => Math.max(0, time - log.startedAt);
  const people = [...new Set(log.speech.map(({ participant }) => participant))];
  const rows: TimelineRow[] = people.map((participant) => ({
    name: nameOf(participant, names),
    spans: log.speech
      .filter((span) => span.participant === participant)
      .map(({ at: from, endedAt }) => span(at(from), at(endedAt ?? now), 'speech', 'speaks')),
  }));
  const waits = log.turns.flatMap(({ at: from, waitMs, turn }) =>
    waitMs === undefined ? [] : [span(at(from) - waitMs, at(from), 'wait', `waits for turn ${turn}`)],
  );
  const answers = log.turns.map(({ at: from, endedAt, phase, turn }) =>
    span(
      at(from),
      at(endedAt ?? now),
      phase === 'interrupted' ? 'interrupted' : 'answer',
      `turn ${turn}, ${phase}`,
    ),
  );
  rows.push({ name: 'Agent', spans: [...waits, ...answers] });
  if (log.tools.length > 0) {
    const spans = log.tools.map(({ at: from, durationMs, state, name }) =>
      span(
        at(from),
        at(
          durationMs === undefined
            ? state === 'open' || state === 'approval'
              ? now
              : from
            : from + durationMs,
        ),
        state === 'failed' ? 'tool-failed' : 'tool',
        `${name}, ${state}`,
      ),
    );
    rows.push({ name: 'Tools', spans });
  }
  if (log.losses.length > 0) {
    const spans = log.losses.map(({ at: from, endedAt, what }) =>
      span(at(from), at(endedAt ?? now), 'loss', what === 'model' ? 'model away' : 'room away'),
    );
    rows.push({ name: 'Losses', spans });
  }
  return rows;
}

function span(fromMs: number, toMs: number, kind: TimelineSpan['kind'], label: string): TimelineSpan {
  return { fromMs: Math.max(0, fromMs), toMs: Math.max(fromMs, toMs), kind, label };
}

/** Seconds between the marks of the axis, so that they stand some 80 pixels apart. */
export function stepOf(pixelsPerSecond: number): number {
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  return steps.find((step) => step * pixelsPerSecond >= 80) ?? 3600;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
