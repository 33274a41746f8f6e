// The tables of docs/models.md, as they follow from the capability table.
import type { CapabilityRow } from '../../../src/capabilities/schema.js';
import { CAPABILITY_TABLE, type TableEntry } from '../../../src/capabilities/table.js';

type Column = readonly [title: string, cell: (row: CapabilityRow, entry: TableEntry) => string];

const yes = (flag: boolean) => (flag ? 'yes' : 'no');
const minutes = (ms: number | undefined) => (ms === undefined ? '-' : `${ms / 60_000} min`);

function functions({ tools }: CapabilityRow): string {
  if (!tools.functions) return 'no';
  if (tools.blocking && tools.nonBlocking)
    return tools.defaultBehavior === 'BLOCKING' ? 'blocking, or not' : 'non-blocking, or not';
  return tools.blocking ? 'blocking only' : 'non-blocking only';
}

function googleTools({ tools }: CapabilityRow): string {
  const named = [
    tools.search && 'search',
    tools.codeExecution && 'code',
    tools.urlContext && 'URLs',
    tools.maps && 'maps',
  ];
  return named.filter((name) => name !== false).join(', ') || '-';
}

function thinking({ thinking: { style, required, levels } }: CapabilityRow): string {
  if (style === 'none') return 'not sent';
  const small = levels.map((level) => level.toLowerCase()).join(', ');
  const how = { budget: 'budget', level: `level: ${small}`, 'level-or-budget': `level (${small}) or budget` }[
    style
  ];
  return required ? `${how}; required` : how;
}

const SCHEDULING = {
  none: 'no',
  'top-level': 'beside `response`',
  both: 'beside and inside `response`',
} as const;

export const ABILITIES: readonly Column[] = [
  ['answers in', (row) => row.modalities.join(', ')],
  ['voices', (row) => String(row.voices.length)],
  [
    'language code',
    ({ languages: { policy, codes } }) => (policy === 'automatic' ? 'not sent' : `${codes.length}`),
  ],
  ['thinking', thinking],
  ['functions', functions],
  ['scheduling', (row) => SCHEDULING[row.tools.scheduling]],
  ['Google’s tools', googleTools],
  ['affective dialog', (row) => yes(row.affectiveDialog)],
  ['proactive audio', (row) => row.proactiveAudio],
  ['pictures', (row) => yes(row.video)],
  ['translates', (row) => yes(row.translation)],
];

export const BEHAVIOUR: readonly Column[] = [
  ['client content', (row) => row.clientContent],
  ['typed turns', (row) => row.textInput],
  ['history', (row) => row.initialHistory],
  ['context update', (row) => yes(row.contextUpdate)],
  ['audioStreamEnd', (row) => yes(row.audioStreamEnd)],
  ['voiceActivity', (row) => yes(row.sendsVoiceActivity)],
  ['always answers', (row) => yes(row.answersAlways)],
  ['handles', (row) => row.resumptionUpdates],
  [
    'turn holds',
    (row) => (row.turnCoverage === 'TURN_INCLUDES_ONLY_ACTIVITY' ? 'activity' : 'activity, all video'),
  ],
  ['everything', (row) => yes(row.turnCoverages.includes('TURN_INCLUDES_ALL_INPUT'))],
  ['context', (row) => String(row.contextTokens)],
  ['connection', ({ limits }) => minutes(limits.connectionMs)],
  ['hard end', ({ limits }) => minutes(limits.rotateBeforeMs)],
  ['session', ({ limits }) => `${minutes(limits.sessionAudioMs)}, ${minutes(limits.sessionVideoMs)}`],
];

export const FATE: readonly Column[] = [
  [
    'retired',
    (_, { retired }) => (retired ? `${retired.since}${retired.confirmed ? '' : ' (reported)'}` : 'no'),
  ],
  ['successor', (_, { retired }) => (retired ? `\`${retired.successor}\`` : '-')],
];

/** A Markdown table, as it has to stand in the page. */
export function tableOf(columns: readonly Column[]): string {
  const head = ['model', ...columns.map(([title]) => title)];
  const rows = [...CAPABILITY_TABLE].map(([model, entry]) => [
    `\`${model}\``,
    ...columns.map(([, cell]) => cell(entry.row, entry)),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
