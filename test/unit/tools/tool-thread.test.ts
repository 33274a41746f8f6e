// Module tools in their thread: what crosses its border, and what one of them that blocks or ends it does to the others.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ToolThread } from '../../../src/tools/tool-thread.js';
import { builtFile } from '../../support/built.js';
import { contextOf, runnerOf, toolOf } from './support.js';

let folder: string;
let script: URL;
let library: string;

beforeAll(async () => {
  script = pathToFileURL(await builtFile('src/tools/tool-thread-main.ts'));
  library = pathToFileURL(await builtFile('src/index.ts')).href;
  folder = await mkdtemp(join(tmpdir(), 'thread-tools-'));
  const define = (name: string, run: string) =>
    writeFile(
      join(folder, `${name}.mjs`),
      `import { answerWith, defineTool, ToolError, z } from ${JSON.stringify(library)};
       export const tool = defineTool({ name: '${name}', description: 'Does it.', scheduling: 'SILENT',
         parameters: z.object({ n: z.number().default(1) }), run: ${run} });`,
    );
  await Promise.all([
    define('add', '({ n }, { data, participants }) => ({ n: n + 1, data, participants })'),
    define('refuse', '() => { throw new ToolError("no_such_order", "there is no such order"); }'),
    define('break', '() => { throw new Error("a secret"); }'),
    define('loud', '() => answerWith("done", { scheduling: "INTERRUPT" })'),
    define(
      'count',
      'async function* () { try { yield 1; yield 2; return 3; } finally { globalThis.ended = true; } }',
    ),
    define('ended', '() => globalThis.ended ?? false'),
    define('block', '() => { for (;;) {} }'),
    define(
      'exit',
      '() => { setTimeout(() => { throw new Error("later"); }, 1); return new Promise(() => {}); }',
    ),
    define('grow', '() => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())); }'),
    define(
      'wait',
      '(_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))',
    ),
    define(
      'log',
      '(_, { log }) => { log.child({ a: 1 }).warn({ b: () => 1, c: 2 }, "told"); log.info({ c: 3 }, "clear"); }',
    ),
    define('promised', '() => { void Promise.reject(new Error("nobody handles this")); return "ok"; }'),
  ]);
  // A build, where there is none of these sources yet.
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

async function startThread() {
  const lines: string[] = [];
  const at = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug: at, info: at, warn: at, error: at, child: () => log };
  const thread = await ToolThread.start({ folder: pathToFileURL(`${folder}/`), log, script });
  const run = (name: string, args: object = {}, more = {}): Promise<unknown> =>
    Promise.resolve(thread.tools.get(name)?.run(args as Record<string, never>, contextOf({ log, ...more })));
  /** As in a call, with a limit. */
  const runner = (timeoutMs: number) =>
    runnerOf(
      [...thread.tools].map(([name, tool]) => toolOf(name, tool.run, { timeoutMs })),
      { log },
    );
  return { thread, lines, run, runner, [Symbol.dispose]: () => thread.close() };
}

test('declarations, arguments with their defaults, context and answers cross the border', async () => {
  using started = await startThread();
  const add = started.thread.tools.get('add');
  expect(add).toMatchObject({ scheduling: 'SILENT', declaration: { name: 'add', description: 'Does it.' } });
  expect(add?.declaration.parameters).toMatchObject({ properties: { n: { type: 'number' } } });
  expect(await started.run('add', { n: 2 })).toEqual({
    n: 3,
    data: { userId: '42' },
    participants: [{ identity: 'ana', kind: 'standard' }],
  });
  expect(await started.run('add')).toMatchObject({ n: 2 });
  expect(await started.run('loud')).toMatchObject({ value: { output: 'done' }, scheduling: 'INTERRUPT' });
});

test('errors keep what they are: for the model, or for the log alone', async () => {
  using started = await startThread();
  await expect(started.run('add', { n: 'two' })).rejects.toMatchObject({ code: 'invalid_arguments' });
  await expect(started.run('refuse')).rejects.toMatchObject({ code: 'no_such_order' });
  await expect(started.run('break')).rejects.toMatchObject({ name: 'Error', message: 'a secret' });
  const { runner, answers } = started.runner(5_000);
  runner.start({ id: 'c1', name: 'break', args: {} });
  await expect.poll(() => answers.length, { timeout: 5_000 }).toBe(1);
  expect(JSON.stringify(answers[0]?.result.response)).not.toContain('secret');
});

test('a generator answers several times, and ends when the call is cancelled', async () => {
  using started = await startThread();
  const { runner, answers } = started.runner(5_000);
  runner.start({ id: 'c1', name: 'count', args: {} });
  await expect.poll(() => answers.length, { timeout: 5_000 }).toBe(3);
  expect(answers.map(({ result }) => result.response)).toEqual([{ output: 1 }, { output: 2 }, { output: 3 }]);
  const iterated = (await started.run('count')) as AsyncGenerator<unknown, unknown>;
  expect((await iterated.next()).value).toEqual({ output: 1 });
  await iterated.return(undefined);
  expect(await started.run('ended')).toEqual({ output: true });
});

test('an aborted call learns of it, and its thread goes on', async () => {
  using started = await startThread();
  const { runner, answers } = started.runner(50);
  runner.start({ id: 'c1', name: 'wait', args: {} });
  await expect.poll(() => answers[0]?.error?.code, { timeout: 5_000 }).toBe('timeout');
  expect(await started.run('add')).toMatchObject({ n: 2 });
  expect(started.lines).toEqual([]);
});

test('a handler that blocks is answered when its time is up, and what waits behind it runs in a new thread', async () => {
  using started = await startThread();
  const { runner, answers } = started.runner(100);
  runner.start({ id: 'c1', name: 'block', args: {} });
  const behind = started.run('add', { n: 41 });
  await expect.poll(() => answers[0]?.error?.code, { timeout: 5_000 }).toBe('timeout');
  expect(await behind).toMatchObject({ n: 42 });
  expect(started.lines.join()).toContain('has blocked the thread');
});

test.each(['exit', 'grow'])(
  'a handler that ends its thread (%s) fails alone, and the next call is answered',
  async (name) => {
    using started = await startThread();
    await expect(started.run(name)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('not known whether it was done'),
    });
    expect(await started.run('add')).toMatchObject({ n: 2 });
  },
  30_000,
);

test('what a handler logs arrives, also what cannot be cloned, and a rejection that nobody handles', async () => {
  using started = await startThread();
  await started.run('log');
  expect(started.lines).toContain('clear {"c":3}');
  expect(started.lines[0]).toMatch(/^told /);
  expect(await started.run('promised')).toEqual({ output: 'ok' });
  await expect.poll(() => started.lines.join(), { timeout: 5_000 }).toContain('no module tool handled');
  expect(await started.run('add')).toMatchObject({ n: 2 });
});

test('a file that is no tool is named', async () => {
  const broken = await mkdtemp(join(tmpdir(), 'broken-tools-'));
  try {
    await writeFile(join(broken, 'broken.mjs'), 'export const tool = {};');
    const { log } = contextOf();
    const starting = ToolThread.start({ folder: pathToFileURL(`${broken}/`), log, script });
    await expect(starting).rejects.toMatchObject({
      code: 'tool_module',
      message: expect.stringMatching(/broken\.mjs is no tool/),
    });
  } finally {
    await rm(broken, { recursive: true });
  }
});

test('it keeps no process alive that has nothing else to do', async () => {
  // No tool, by its name.
  const program = join(folder, 'a.program.mjs');
  await writeFile(
    program,
    `import { ToolThread } from ${JSON.stringify(library)};
     const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
     await ToolThread.start({ folder: new URL('./', import.meta.url), log });`,
  );
  const { stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 });
  expect(stderr).toBe('');
}, 30_000);
