// One tool without a room, as `npm run tool` runs it: found by either name, beside broken ones, with errors that name the place.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineTool, z } from '../../../src/index.js';
import { loneTool } from '../../../src/tools/lone-tool.js';
import { McpServers } from '../../../src/tools/mcp/servers.js';
import { builtFile } from '../../support/built.js';
import { runCommand } from '../../support/command.js';
import { quiet } from './support.js';

let folder: string;
let script: URL;

beforeAll(async () => {
  script = pathToFileURL(await builtFile('src/tools/tool-thread-main.ts'));
  const library = pathToFileURL(await builtFile('src/index.ts')).href;
  folder = await mkdtemp(join(tmpdir(), 'lone-tools-'));
  const write = (name: string, text: string) => writeFile(join(folder, `${name}.mjs`), text);
  const define = (name: string, run: string) =>
    write(
      name,
      `import { defineTool, z } from ${JSON.stringify(library)};
       export const tool = defineTool({ name: '${name.replaceAll('-', '_')}', description: 'Does it.',
         parameters: z.object({ items: z.array(z.object({ count: z.int() })).default([]) }), run: ${run} });`,
    );
  await Promise.all([
    define(
      'add-up',
      '({ items }, { data }) => ({ sum: items.reduce((sum, { count }) => sum + count, 0), data })',
    ),
    define('in-parts', 'async function* () { yield { at: 1 }; yield { at: 2 }; return { at: 3 }; }'),
    define('blocks', '() => { for (;;) {} }'),
    write('broken', 'throw new Error("no database");'),
    write('no-tool', 'export const tool = 1;'),
  ]);
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

const open = (name: string, more: { timeoutMs?: number; mcp?: McpServers } = {}) =>
  loneTool({
    folder: pathToFileURL(`${folder}/`),
    name,
    timeoutMs: 15_000,
    data: { user: 1 },
    log: quiet,
    script,
    ...more,
  });

async function run(name: string, args: Record<string, unknown> = {}, timeoutMs = 15_000) {
  const tool = await open(name, { timeoutMs });
  const parts: unknown[] = [];
  try {
    const answer = await tool.run(args, new AbortController().signal, (part) => parts.push(part));
    return { parts, answer };
  } finally {
    await tool.close();
  }
}

test.each(['add-up', 'add_up'])('%s is found by the name of its file and of its function', async (name) => {
  const { answer } = await run(name, { items: [{ count: 2 }, { count: 3 }] });
  expect(answer).toEqual({ sum: 5, data: { user: 1 } });
});

test('an answer in parts comes in parts', async () => {
  expect(await run('in-parts')).toEqual({ parts: [{ at: 1 }, { at: 2 }], answer: { at: 3 } });
});

test('a wrong argument is named by its path', async () => {
  await expect(run('add-up', { items: [{ count: 1 }, { count: 'x' }] })).rejects.toMatchObject({
    code: 'invalid_arguments',
    message: expect.stringMatching(/^items\[1\]\.count: /),
  });
});

test('an argument that is not declared is named, with the one that was probably meant', async () => {
  const tool = await open('add-up');
  await tool.close();
  expect(tool.undeclared({ item: [], items: [{ count: 1, cuont: 2 }] })).toEqual([
    'item is not declared; did you mean items?',
    'items[0].cuont is not declared; did you mean count?',
  ]);
});

test('a tool that blocks is given up when its time is over', async () => {
  await expect(run('blocks', {}, 300)).rejects.toMatchObject({ code: 'timeout' });
});

test.each([
  ['ad-up', 'unknown_tool', 'there is no tool ad-up; did you mean add-up?'],
  ['broken', 'tool_module', 'broken.mjs cannot be loaded: no database'],
  ['no-tool', 'tool_module', 'no-tool.mjs is no tool: it must export `tool`, made by defineTool'],
])('%s: %s', async (name, code, message) => {
  await expect(open(name)).rejects.toMatchObject({ code, message });
});

test('a server of AGENT_MCP that cannot be reached is named', async () => {
  const config = { kind: 'stdio' as const, command: join(folder, 'missing'), args: [], env: {} };
  const mcp = new McpServers(new Map([['files', config]]), quiet);
  await expect(open('files__read', { mcp })).rejects.toThrow('the MCP server files cannot be reached');
  await mcp.close();
});

test('types follow from the schema to the handler', () => {
  const tool = defineTool({
    name: 'typed',
    description: '',
    parameters: z.object({
      n: z.number(),
      day: z.enum(['mo', 'tu']).default('mo'),
      note: z.string().optional(),
    }),
    run: ({ n, day, note }) => {
      const exact: { n: number; day: 'mo' | 'tu'; note: string | undefined } = { n, day, note };
      // @ts-expect-error a number has no length
      void n.length;
      return exact;
    },
  });
  expect(tool.declaration.parameters).toMatchObject({ required: ['n'] });
});

test('the command: usage, errors with their exit code, and the template', async () => {
  const tool = (...args: string[]) => runCommand('cli/tool.ts', args, { cwd: folder });
  const [zone, wrong, unknown, noJson, template] = await Promise.all([
    tool('current-time', '{"timeZone":"Europe/Berlin"}'),
    tool('current-time', '{"timeZone":5}'),
    tool('curent-time'),
    tool('current-time', '{timeZone}'),
    readFile(new URL('../../../examples/tools/order-status.ts', import.meta.url), 'utf8'),
  ]);
  expect(JSON.parse(zone.stdout)).toMatchObject({ timeZone: 'Europe/Berlin' });
  expect(zone.code).toBe(0);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('invalid_arguments: timeZone: ')]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean current-time?')]);
  expect([noJson.code, noJson.stderr]).toEqual([2, expect.stringContaining('must be JSON')]);
  expect(template).toContain('defineTool');
}, 30_000);
