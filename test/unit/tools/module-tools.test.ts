import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { parseProfile } from '../../../src/profile/profile.js';
import { deployTools, type ToolDeployment } from '../../../src/tools/deployment.js';
import { loadModuleTools } from '../../../src/tools/module-tools.js';
import { defineTool, z } from '../../../src/tools/tool.js';
import { contextOf } from './support.js';

const OWN_TOOLS = new URL('../../../agent/tools/', import.meta.url);

test('parameters become a declaration in the language of the service', () => {
  const { declaration } = defineTool({
    name: 'book_table',
    description: 'Books a table.',
    parameters: z.object({
      people: z.int().min(1).describe('How many people'),
      deposit: z.number().positive().optional(),
      day: z.iso.date(),
      at: z.iso.datetime().optional(),
      area: z.enum(['inside', 'terrace']).default('inside'),
      note: z.string().nullable().optional(),
      guests: z.array(z.object({ name: z.string() })).optional(),
    }),
    run: () => undefined,
  });
  expect(declaration).toEqual({
    name: 'book_table',
    description: 'Books a table.',
    parameters: {
      type: 'object',
      properties: {
        people: { type: 'integer', minimum: 1, description: 'How many people' },
        deposit: { type: 'number', minimum: 0 },
        day: { type: 'string', pattern: expect.any(String) },
        at: { type: 'string', format: 'date-time', pattern: expect.any(String) },
        area: { type: 'string', enum: ['inside', 'terrace'], default: 'inside' },
        note: { type: 'string', nullable: true },
        guests: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
        },
      },
      required: ['people', 'day'],
    },
  });
});

test('a tool without parameters declares none, and what cannot be declared is refused by name', () => {
  const nothing = defineTool({ name: 'ping', description: '', parameters: z.object({}), run: () => 'pong' });
  expect(nothing.declaration).toEqual({ name: 'ping', description: '' });
  const tree: z.ZodType = z.object({
    get child() {
      return tree.optional();
    },
  });
  expect(() =>
    defineTool({ name: 'grow', description: '', parameters: z.object({ tree }), run: () => 1 }),
  ).toThrow(/grow/);
});

test('a handler gets checked arguments with defaults, and the model gets the names of invalid ones', () => {
  const tool = defineTool({
    name: 'add',
    description: '',
    parameters: z.object({ a: z.number(), b: z.number().default(1) }),
    run: ({ a, b }) => a + b,
  });
  expect(tool.run({ a: 2 }, contextOf())).toBe(3);
  expect(() => tool.run({ a: 'two' }, contextOf())).toThrow(
    expect.objectContaining({ code: 'invalid_arguments', message: expect.stringMatching(/^a: /) }),
  );
});

test('every file of the folder is a tool under its own name', async () => {
  const tools = await loadModuleTools(OWN_TOOLS);
  const tool = tools.get('current-time');
  expect(tool?.declaration.name).toBe('current_time');
  expect(tool?.run({ timeZone: 'Asia/Tokyo' }, contextOf())).toMatchObject({
    timeZone: 'Asia/Tokyo',
    time: expect.stringMatching(/^\d\d:\d\d$/),
  });
  expect(() => tool?.run({ timeZone: 'Mars/Base' }, contextOf())).toThrow('there is no time zone Mars/Base');
});

test.each([
  ['exports no tool', 'export const tool = {};', /broken\.mjs is no tool: it must export `tool`/],
  ['throws', 'throw new Error("no database");', /broken\.mjs cannot be loaded: no database/],
])('a file that %s ends the start', async (_name, source, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'tools-'));
  try {
    await writeFile(join(folder, 'broken.mjs'), source);
    await expect(loadModuleTools(pathToFileURL(`${folder}/`))).rejects.toThrow(message);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const deployment: ToolDeployment = {
  modules: new Map([
    [
      'add',
      defineTool({
        name: 'add',
        description: 'Adds.',
        parameters: z.object({ a: z.number() }),
        run: () => 1,
      }),
    ],
  ]),
  webhooks: { origins: ['https://tools.example'], secret: 'whsec_AAECAw==' },
};

function deploy(tools: readonly object[]) {
  const parsed = parseProfile({ metadata: { tools } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return deployTools(parsed.profile, deployment);
}

test('a module fills in what the profile does not say of it', () => {
  const bare = { declaration: { name: 'sum' }, run: { by: 'module', name: 'add' } };
  const own = {
    declaration: { name: 'total', description: 'Mine.', parameters: { type: 'object', properties: {} } },
    run: { by: 'module', name: 'add' },
  };
  const deployed = deploy([bare, own]);
  expect(deployed).toMatchObject({ ok: true });
  expect(deployed.ok && deployed.profile.tools.map(({ declaration }) => declaration)).toEqual([
    {
      name: 'sum',
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
    },
    { name: 'total', description: 'Mine.' },
  ]);
});

test('every tool that this deployment cannot run is named with its field', () => {
  const result = deploy([
    { declaration: { name: 'a' }, run: { by: 'module', name: 'ad' } },
    { declaration: { name: 'b' }, run: { by: 'webhook', url: 'https://evil.example/x' } },
    { declaration: { name: 'c' }, run: { by: 'webhook', url: 'https://tools.example/x' } },
    { declaration: { name: 'd' }, run: { by: 'module', name: 'elsewhere' } },
  ]);
  expect(result).toEqual({
    ok: false,
    problems: [
      { path: 'tools[0].run.name', message: 'is not a module of this deployment; did you mean add?' },
      { path: 'tools[1].run.url', message: 'is not at an origin that TOOL_WEBHOOK_ORIGINS names' },
      {
        path: 'tools[3].run.name',
        message: 'is not a module of this deployment (agent/tools); there are: add',
      },
    ],
  });
});
