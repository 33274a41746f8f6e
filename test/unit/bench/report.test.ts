// The report: what calls come to, what is met of the targets, and where it is written.
import { describe, expect, test } from 'vitest';
import type { CallResult } from '../../../bench/src/measure/sitting.js';
import { readOptions } from '../../../bench/src/options.js';
import { END, START, withReport } from '../../../bench/src/report/document.js';
import { markdownTable } from '../../../bench/src/report/markdown.js';
import { type Summary, summarise } from '../../../bench/src/report/summary.js';
import { tableOf } from '../../../bench/src/report/table.js';
import { verdictsOn } from '../../../bench/src/report/targets.js';
import type { SubjectName } from '../../../bench/src/subjects/messages.js';

interface Figures {
  readonly api?: number;
  readonly room?: number;
  readonly silence?: number;
  readonly cpu?: number;
}

function call(subject: SubjectName, figures: Figures = {}): CallResult {
  const { api = 50, room = 60, silence = 55, cpu = 0.1 } = figures;
  const use = { cpuShare: cpu, pssBytes: 80e6, processes: 1 };
  return {
    subject,
    connections: 1,
    first: { ...use, cpuShare: cpu * 2 },
    idle: { ...use, cpuShare: cpu / 2 },
    talking: use,
    rounds: [
      { toApiMs: api, toRoomMs: room, toSilenceMs: silence },
      { toApiMs: api + 2, toRoomMs: undefined, toSilenceMs: silence },
    ],
    blocked: [{ blockMs: 300, silenceMs: 0 }],
  };
}

function summaryOf(subject: SubjectName, figures: Figures): Summary {
  return summarise(subject, [call(subject, figures)]);
}

describe('a summary', () => {
  test('takes the calls of its subject only, and counts what was lost', () => {
    const summary = summarise('ours', [
      call('ours'),
      call('bare', { api: 900 }),
      { ...call('ours', { cpu: 0.2 }), connections: 2, blocked: [{ blockMs: 300, silenceMs: 80 }] },
    ]);
    expect(summary).toMatchObject({
      calls: 2,
      rounds: 4,
      toApiMs: { median: 51, lost: 0, count: 4 },
      toRoomMs: { median: 60, lost: 2, count: 2 },
      connections: [1, 2],
      silences: [{ blockMs: 300, median: 40, most: 80 }],
    });
    expect(summary.talkCpu).toBeCloseTo(0.15);
    expect(summary.firstCpu).toBeCloseTo(0.3);
  });
});

test('the table has a column a subject and says what was lost', () => {
  const table = tableOf([summaryOf('bare', { cpu: 0.08 }), summaryOf('ours', {})]);
  const cells = table.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  expect(cells[0]).toEqual(['', 'bare rtc-node loop', 'gemini-room-agent']);
  const rows = new Map(cells.map(([title, ...values]) => [title, values]));
  expect(rows.get('Live API to room, ms (median / p95)')).toEqual([
    '60.0 / 60.0 (1 lost)',
    '60.0 / 60.0 (1 lost)',
  ]);
  expect(rows.get('CPU while talking, over the bare loop')).toEqual(['0.0', '2.0']);
  expect(rows.get('Memory (PSS) at the end of the talk, MB')).toEqual(['80', '80']);
});

test('tables come as the formatter leaves them', () => {
  const table = markdownTable(
    [
      { title: 'a', align: 'left' },
      { title: 'longer', align: 'right' },
    ],
    [
      ['1234', '5'],
      ['', '6'],
    ],
  );
  expect(table).toBe('| a    | longer |\n| ---- | -----: |\n| 1234 |      5 |\n|      |      6 |');
});

describe('the targets', () => {
  const bare = { api: 50, room: 60, silence: 50, cpu: 0.1 };
  const plugin = { api: 150, room: 160, silence: 250, cpu: 0.2 };
  const met = (ours: Figures): boolean[] =>
    verdictsOn(
      summaryOf('bare', bare),
      summaryOf('ours', { ...bare, ...ours }),
      summaryOf('plugin', plugin),
    ).map((verdict) => verdict.met);

  test('are all met by an agent as fast as the bare loop', () => {
    expect(met({})).toEqual(Array(7).fill(true));
  });

  // Order: room to API and ahead, API to room and ahead, silence and ahead, CPU.
  test.each<[string, Figures, number]>([
    ['slow to the Live API', { api: 70 }, 0],
    ['slow to the room', { room: 80 }, 2],
    ['slow to fall silent', { silence: 71 }, 4],
    ['hungry', { cpu: 0.121 }, 6],
  ])('%s misses one', (_, ours, index) => {
    expect(met(ours)).toEqual(Array.from({ length: 7 }, (__, other) => other !== index));
  });

  test('behind the plugin misses that as well', () => {
    expect(met({ api: 151 }).slice(0, 2)).toEqual([false, false]);
  });
});

describe('a document', () => {
  test('takes the report between its markers and keeps the rest', () => {
    const document = `# A\n\n${START}\nold\n${END}\n\nB\n`;
    expect(withReport(document, '\nnew\n')).toBe(`# A\n\n${START}\n\nnew\n\n${END}\n\nB\n`);
  });

  test.each([`${START}`, `${END}${START}`, `${START}${START}${END}`, ''])(
    'without them it is an error',
    (text) => {
      expect(() => withReport(text, 'new')).toThrow('each once');
    },
  );
});

describe('the command line', () => {
  test('compares sixty rounds by default', () => {
    expect(readOptions([])).toEqual({ rounds: 60, write: false, mode: 'compare' });
    expect(readOptions(['--rounds', '4', '--write'])).toEqual({ rounds: 4, write: true, mode: 'compare' });
    expect(readOptions(['--profile']).mode).toBe('profile');
    expect(readOptions(['--check']).mode).toBe('check');
  });

  test.each([['--rounds', '0'], ['--rounds', 'x'], ['--check', '--write'], ['--fast']])(
    'refuses %s %s',
    (...args) => {
      expect(() => readOptions(args.filter((arg) => arg !== undefined))).toThrow();
    },
  );
});
