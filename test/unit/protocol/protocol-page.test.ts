// docs/protocol.md says what the code does: its tables have the events, methods, codes and features that there are.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandHandlers } from '../../../src/bridge/commands.js';
import { COMMAND_REFUSED } from '../../../src/lanes/control.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import { ROOM_EVENT_TYPES, roomEventSchema } from '../../../src/protocol/events.js';
import * as topics from '../../../src/protocol/topics.js';
import { FEATURE_GROUPS, tableOf } from '../../support/feature-table.js';
import { plainSetup } from '../../support/features/feature.js';

const file = new URL('../../../docs/protocol.md', import.meta.url);
const [BEGIN, END] = ['<!-- features:begin -->', '<!-- features:end -->'];
const page = readFileSync(file, 'utf8');

function section(title: string): string {
  const from = page.indexOf(`\n## ${title}\n`);
  if (from < 0) throw new Error(`there is no section ${title}`);
  const to = page.indexOf('\n## ', from + 1);
  return page.slice(from, to < 0 ? undefined : to);
}

/** The first cells of a section's tables, without their quotes. */
function firstCells(title: string): string[] {
  return [...section(title).matchAll(/^\| `([^`]+)`/gm)].map(([, cell]) => cell ?? '');
}

/** Without the blanks that align the columns. */
const unaligned = (text: string) => text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');

test('the table of features (UPDATE_PAGES=1 writes it anew; npm run fix aligns it)', () => {
  const table = FEATURE_GROUPS.map((group) => `### ${group.title}\n\n${tableOf(group)}`).join('\n\n');
  const expected = `${BEGIN}\n\n${table}\n\n${END}`;
  const there = page.slice(page.indexOf(BEGIN), page.indexOf(END) + END.length);
  if (process.env.UPDATE_PAGES)
    writeFileSync(
      file,
      page.replace(there, () => expected),
    );
  else expect(unaligned(there)).toBe(expected);
});

test('no feature is listed twice', () => {
  const names = FEATURE_GROUPS.flatMap(({ features }) => features.map(({ feature }) => feature));
  expect(new Set(names).size).toBe(names.length);
});

test('the setup that every session has', () => {
  const [, shown = '{}'] = /```json\n(\{\s+"setup"[\s\S]*?)```/.exec(page) ?? [];
  expect(JSON.parse(shown)).toEqual({ setup: plainSetup() });
});

test('the topics and attributes', () => {
  for (const [name, value] of Object.entries(topics)) {
    if (name.startsWith('TOPIC_') || name.startsWith('ATTRIBUTE_')) {
      expect(firstCells('The agent in the room')).toContain(value);
    }
  }
});

describe('the events', () => {
  test('each type has its row, in the order of the schema', () => {
    const told = firstCells('Events').filter((cell) =>
      (ROOM_EVENT_TYPES as readonly string[]).includes(cell),
    );
    expect(told).toEqual(ROOM_EVENT_TYPES);
  });

  test.each(roomEventSchema.options.map(({ shape }) => [shape.type.value, shape] as const))(
    'the fields of %s are named',
    (type, shape) => {
      const [row = ''] = new RegExp(`^\\| \`${type.replace('.', '\\.')}\` .*$`, 'm').exec(page) ?? [];
      for (const field of Object.keys(shape)) {
        if (!['v', 'call', 'epoch', 'seq', 'at', 'type'].includes(field))
          expect(row).toContain(`\`${field}\``);
      }
    },
  );
});

test('the commands', () => {
  const nothing = () => {};
  const handlers = commandHandlers({
    capabilities: capabilitiesOf('gemini-3.8-live'),
    manualTurns: () => undefined,

    floor: () => undefined,
    mayBeHeard: () => true,
    interrupt: nothing,
    say: nothing,
    refusal: () => undefined,
    addContext: nothing,
    configure: () => 'now',
    approve: () => 'decided',
    hangUp: nothing,
    transcript: () => ({ turns: [] }),
    state: () => ({}),
  });
  expect(firstCells('Commands').sort()).toEqual(Object.keys(handlers).sort());
  for (const code of Object.values(COMMAND_REFUSED)) expect(section('Commands')).toContain(`| ${code} `);
});

describe('what the service sends', () => {
  const types = readFileSync(
    new URL('../../../node_modules/@google/genai/dist/genai.d.ts', import.meta.url),
    'utf8',
  ).replaceAll('\r', '');
  const titles = ['Captions', 'Events', 'Feature by feature', 'What has no event'];
  const quoted = titles.flatMap((title) => [
    ...section(title)
      .replace(/```[\s\S]*?```/g, '')
      .matchAll(/`([^`]+)`/g),
  ]);
  const told = new Set(quoted.flatMap(([, text = '']) => text.split(/\W+/)));
  /** Told by what they become, under another name. */
  const becomes: Readonly<Record<string, string>> = {
    responseTokenCount: 'response',
    responseTokensDetails: 'byModality',
    promptTokenCount: 'prompt',
    promptTokensDetails: 'byModality',
    thoughtsTokenCount: 'thoughts',
    totalTokenCount: 'total',
    groundingMetadata: 'grounding',
    urlContextMetadata: 'url_context',
    executableCode: 'code',
    codeExecutionResult: 'code_result',
    thought: 'thought',
    text: 'transcription',
    interrupted: 'interrupted',
    turnComplete: 'completed',
    generationComplete: 'generated',
    toolCallCancellation: 'cancelled',
    ids: 'ids',
    interimInputTranscription: 'transcription_final',
    voiceActivityDetectionSignal: 'speech',
    vadSignalType: 'speech',
    voiceActivityType: 'speech',
    usageMetadata: 'usage',
    args: 'args',
    id: 'id',
    name: 'name',
    outputTranscription: 'transcription',
  };

  test.each([
    'LiveServerMessage',
    'LiveServerSetupComplete',
    'LiveServerContent',
    'LiveServerToolCall',
    'LiveServerToolCallCancellation',
    'LiveServerGoAway',
    'LiveServerSessionResumptionUpdate',
    'VoiceActivity',
    'VoiceActivityDetectionSignal',
    'UsageMetadata',
    'Transcription',
    'FunctionCall',
    'Part',
  ])('every field of %s is an event or has its reason', (name) => {
    const [, body = ''] =
      new RegExp(`declare (?:class|interface) ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(types) ?? [];
    const fields = [...body.matchAll(/^ {4}(\w+)\?: /gm)].map(([, field]) => field ?? '');
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter((field) => !told.has(becomes[field] ?? field))).toEqual([]);
  });
});

test('the errors: every code of AgentError has its row', () => {
  const source = readFileSync(new URL('../../../src/util/agent-error.ts', import.meta.url), 'utf8');
  const [, union = ''] = /export type AgentErrorCode =([\s\S]*?);/.exec(source) ?? [];
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(4);
  expect(firstCells('Errors').sort()).toEqual(codes.sort());
});
