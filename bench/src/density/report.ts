// The density figures as a table, and what the agent is held to beside the plugin of the same run.
import type { Round } from '../measure/round.js';
import { median, p95 } from '../measure/statistics.js';
import { markdownTable } from '../report/markdown.js';
import type { Verdict } from '../report/targets.js';
import type { Capacity } from './capacity.js';
import type { Latencies, WorkerFigures } from './density.js';
import { WORKERS } from './worker.js';

/** Each of the plugin's. */
const CPU_SHARE = 0.5;
const MEMORY_SHARE = 0.1;
const READY_SHARE = 1 / 3;
const IDLE_SHARE = 1 / 5;
/** Of the median of one call. */
const LATENCY_FACTOR = 1.1;
const LEAST_CALLS = 14;
const CALLS_FACTOR = 1.5;

const KEYS = ['toApiMs', 'toRoomMs', 'toSilenceMs'] as const;
const LATENCY_TITLES: Readonly<Record<keyof Round, string>> = {
  toApiMs: 'room to Live API',
  toRoomMs: 'Live API to room',
  toSilenceMs: 'interruption to silence',
};

export function densityTable(workers: readonly WorkerFigures[]): string {
  const sizes = workers[0]?.spans.map(({ calls }) => calls) ?? [];
  const rows: [string, (figures: WorkerFigures) => string][] = [
    ['Worker ready, ms', ({ readyMs }) => readyMs.toFixed(0)],
    ['Idle worker, memory (PSS), MB', ({ idlePssBytes }) => megabytes(idlePssBytes)],
    ['Idle worker, processes', ({ idleProcesses }) => String(idleProcesses)],
    [
      'Dispatch to published voice, ms (median / p95)',
      ({ dispatchMs }) => `${median(dispatchMs).toFixed(0)} / ${p95(dispatchMs).toFixed(0)}`,
    ],
    ['Dispatches that no agent came for', ({ lostDispatches }) => String(lostDispatches)],
    ...sizes.flatMap((size): typeof rows => [
      [`CPU a call at ${size}, % of a core`, (figures) => percent(spanOf(figures, size)?.cpuPerCall)],
      [`Silence inside answers at ${size}, %`, (figures) => percent(spanOf(figures, size)?.silentShare, 2)],
      [`Microphone that arrives at ${size}, %`, (figures) => percent(spanOf(figures, size)?.inputShare)],
    ]),
    ...sizes.map((size): (typeof rows)[number] => [
      `Memory at ${size} (PSS), MB`,
      (figures) => megabytes(spanOf(figures, size)?.pssBytes ?? Number.NaN),
    ]),
    ['Memory that a call adds (PSS), MB', (figures) => megabytes(addedBytes(figures))],
  ];
  const table = markdownTable(
    [
      { title: '', align: 'left' },
      ...workers.map(({ worker }) => ({ title: WORKERS[worker].title, align: 'right' as const })),
    ],
    rows.map(([title, cell]) => [title, ...workers.map(cell)]),
  );
  const latencies = workers.flatMap(({ latencies: own }) => own);
  return `${table}\n\nLatencies of gemini-room-agent while the other calls talk, ms (median / p95):\n\n${latencyTable(latencies)}`;
}

function latencyTable(latencies: readonly Latencies[]): string {
  return markdownTable(
    [
      { title: 'calls', align: 'right' },
      { title: 'rounds', align: 'right' },
      ...KEYS.map((key) => ({ title: LATENCY_TITLES[key], align: 'right' as const })),
    ],
    latencies.map(({ calls, rounds }) => [
      String(calls),
      String(rounds.length),
      ...KEYS.map((key) => {
        const values = valuesOf(rounds, key);
        const lost = rounds.length - values.length;
        return `${median(values).toFixed(0)} / ${p95(values).toFixed(0)}${lost > 0 ? ` (${lost} lost)` : ''}`;
      }),
    ]),
  );
}

export function densityVerdicts(ours: WorkerFigures, plugin: WorkerFigures): Verdict[] {
  const share = (
    target: string,
    part: number | undefined,
    whole: number | undefined,
    most: number,
  ): Verdict => {
    const value = (part ?? Number.NaN) / (whole ?? Number.NaN);
    return {
      target: `${target}: at most ${most.toFixed(2)} of the plugin's`,
      met: value <= most,
      measured: value.toFixed(2),
    };
  };
  const cpu = ours.spans
    .filter(({ calls }) => calls > 1)
    .map(({ calls, cpuPerCall }) =>
      share(`CPU a call at ${calls} calls`, cpuPerCall, spanOf(plugin, calls)?.cpuPerCall, CPU_SHARE),
    );
  const [one, ...more] = ours.latencies;
  const latencies = more.flatMap(({ calls, rounds }) =>
    KEYS.map((key): Verdict => {
      const factor = median(valuesOf(rounds, key)) / median(valuesOf(one?.rounds ?? [], key));
      return {
        target: `${LATENCY_TITLES[key]} at ${calls} calls: median at most ${LATENCY_FACTOR} of one call's`,
        met: factor <= LATENCY_FACTOR,
        measured: factor.toFixed(2),
      };
    }),
  );
  return [
    ...cpu,
    share('Memory that a call adds', addedBytes(ours), addedBytes(plugin), MEMORY_SHARE),
    share('Worker ready', ours.readyMs, plugin.readyMs, READY_SHARE),
    share('Idle worker, memory', ours.idlePssBytes, plugin.idlePssBytes, IDLE_SHARE),
    share('Dispatch to published voice', median(ours.dispatchMs), median(plugin.dispatchMs), 1),
    {
      target: 'Dispatches that no agent came for: none',
      met: ours.lostDispatches === 0,
      measured: String(ours.lostDispatches),
    },
    ...latencies,
  ];
}

export function capacityReport(ours: Capacity, plugin: Capacity): string {
  const lines = [ours, plugin].map(
    ({ worker, calls, reason }) => `- ${WORKERS[worker].title}: ${calls} calls (with more, ${reason})`,
  );
  const least = Math.max(LEAST_CALLS, CALLS_FACTOR * plugin.calls);
  const met = ours.calls >= least;
  return `${lines.join('\n')}\n- ${met ? 'met' : '**missed**'}: at least ${LEAST_CALLS} calls, and ${CALLS_FACTOR} times the plugin's (${ours.calls} of ${least})`;
}

/** By how much the worker grows a call once it has several: the first ones bring a room host with them. */
function addedBytes({ spans }: WorkerFigures): number {
  const [first, last] = [spans.find(({ calls }) => calls > 1), spans.at(-1)];
  if (!first || !last || last.calls === first.calls) return Number.NaN;
  return (last.pssBytes - first.pssBytes) / (last.calls - first.calls);
}

function spanOf({ spans }: WorkerFigures, size: number): WorkerFigures['spans'][number] | undefined {
  return spans.find(({ calls }) => calls === size);
}

function valuesOf(rounds: readonly Round[], key: keyof Round): number[] {
  return rounds.map((each) => each[key]).filter((value) => value !== undefined);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function percent(share: number | undefined, digits = 1): string {
  return share === undefined ? '–' : (share * 100).toFixed(digits);
}
