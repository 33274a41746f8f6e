// The comparison as a Markdown table.
import type { SubjectName } from '../subjects/messages.js';
import { markdownTable } from './markdown.js';
import type { Spread, Summary } from './summary.js';

const TITLES: Readonly<Record<SubjectName, string>> = {
  bare: 'bare rtc-node loop',
  ours: 'gemini-room-agent',
  plugin: 'AgentSession + Google plugin',
  delayed: 'bare loop, slow on purpose',
};

export function tableOf(summaries: readonly Summary[]): string {
  const bare = summaries.find(({ subject }) => subject === 'bare');
  const silences = (summaries[0]?.silences ?? []).map(
    ({ blockMs }) =>
      [
        `Silence heard in an answer, loop blocked for ${blockMs} ms, ms (median / most)`,
        (summary: Summary) => {
          const silence = summary.silences.find((other) => other.blockMs === blockMs);
          return silence ? `${whole(silence.median)} / ${whole(silence.most)}` : '–';
        },
      ] as const,
  );
  const rows: readonly (readonly [string, (summary: Summary) => string])[] = [
    ['Room to Live API, ms (median / p95)', ({ toApiMs }) => spreadText(toApiMs)],
    ['Live API to room, ms (median / p95)', ({ toRoomMs }) => spreadText(toRoomMs)],
    [
      'Interruption to silence at the listener, ms (median / p95)',
      ({ toSilenceMs }) => spreadText(toSilenceMs),
    ],
    ['Sessions opened a call', ({ connections }) => rangeText(connections)],
    ['CPU while talking, % of a core', ({ talkCpu }) => percent(talkCpu)],
    [
      'CPU while talking, over the bare loop',
      ({ talkCpu }) => percent(talkCpu - (bare?.talkCpu ?? Number.NaN)),
    ],
    ['CPU in the first talk of a call, % of a core', ({ firstCpu }) => percent(firstCpu)],
    ['CPU while idle, % of a core', ({ idleCpu }) => percent(idleCpu)],
    ['Memory (PSS) at the end of the talk, MB', ({ pssBytes }) => (pssBytes / 1e6).toFixed(0)],
    ['Processes', ({ processes }) => rangeText(processes)],
    ...silences,
  ];
  return markdownTable(
    [
      { title: '', align: 'left' },
      ...summaries.map(({ subject }) => ({ title: TITLES[subject], align: 'right' as const })),
    ],
    rows.map(([title, cell]) => [title, ...summaries.map(cell)]),
  );
}

function spreadText({ median, p95, lost }: Spread): string {
  return `${median.toFixed(1)} / ${p95.toFixed(1)}${lost > 0 ? ` (${lost} lost)` : ''}`;
}

function rangeText([least, most]: readonly [number, number]): string {
  return least === most ? String(least) : `${least}–${most}`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}

function whole(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(0);
}
