// The packed package in an empty folder: its worker, commands, local Live API and types, and the code samples of docs/package.md.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { builtFile } from '../support/built.js';
import { fixturePath } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { cleanEnvironment } from '../support/worker.js';

const INSTALL_MS = 180_000;
/** A worker, a call and their ends, each in processes of their own. */
const CALL_MS = 150_000;

let folder = '';
let server: LiveKitServer;
let environment: Record<string, string | undefined>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  server = await startLivekitServer();
  environment = {
    ...cleanEnvironment(),
    LIVEKIT_URL: server.url,
    LIVEKIT_API_KEY: server.apiKey,
    LIVEKIT_API_SECRET: server.apiSecret,
    AGENT_NAME: 'packed',
    AGENT_PORT: '0',
    AGENT_DRAIN_MS: '1',
  };
  await builtFile('agent/start.ts');
  const packed = await ended(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], rootFolder),
  );
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const install = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const installed = await ended(run('npm', [...install, join(folder, filename)]));
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
}, INSTALL_MS);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
}

function run(command: string, args: readonly string[], cwd = folder, env = environment): Running {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const running: Running = { child, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    running.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    running.stderr += text;
  });
  return running;
}

/** A command of the package. */
function packed(name: string, ...args: string[]): Running {
  return run(join(folder, 'node_modules', '.bin', name), args);
}

async function ended(running: Running): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [code] = (await once(running.child, 'close')) as [number | null];
  return { code, stdout: running.stdout, stderr: running.stderr };
}

async function prints(running: Running, pattern: RegExp): Promise<RegExpExecArray> {
  return vi.waitFor(
    () => {
      const found = pattern.exec(running.stdout);
      if (!found) throw new Error(`not printed yet:\n${running.stdout}\n${running.stderr}`.slice(-3_000));
      return found;
    },
    { timeout: 30_000, interval: 50 },
  );
}

async function stop(running: Running): Promise<void> {
  if (running.child.exitCode !== null) return;
  const gone = once(running.child, 'close');
  running.child.kill('SIGINT');
  await gone;
}

/** The code samples of docs/package.md by the name in their first line. */
async function samples(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(rootFolder, 'docs/package.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(\/\/ ([\w-]+)\.mjs[\s\S]*?)^```$/gm)];
  return new Map(blocks.map(([, code = '', name = '']) => [name, code]));
}

async function withLiveApi(use: (url: string) => Promise<void>): Promise<void> {
  const liveApi = packed('live-api', '--port', '0', '--speech', 'tones');
  try {
    const [, url = ''] = await prints(liveApi, /live-api listening on (\S+)/);
    environment.GOOGLE_GEMINI_BASE_URL = url;
    await use(url);
  } finally {
    delete environment.GOOGLE_GEMINI_BASE_URL;
    await stop(liveApi);
  }
}

test('its worker takes a call that its talk makes, against its local Live API', { timeout: CALL_MS }, () =>
  withLiveApi(async () => {
    const worker = packed('gemini-room-agent');
    try {
      await prints(worker, /registered worker/);
      const talk = await ended(packed('talk', fixturePath('card001'), '--json', '--out', 'answer.wav'));
      expect(talk, talk.stderr).toMatchObject({ code: 0 });
      expect(talk.stdout).toContain('"type":"summary"');
    } finally {
      await stop(worker);
    }
  }),
);

test(
  'the samples of docs/package.md run: a call, and a client that reads its events',
  { timeout: CALL_MS },
  () =>
    withLiveApi(async () => {
      for (const [name, code] of await samples()) await writeFile(join(folder, `${name}.mjs`), code);
      const watch = run(process.execPath, ['watch.mjs', 'sampled']);
      const call = run(process.execPath, ['call.mjs', 'sampled']);
      try {
        await prints(watch, /^open$/m);
        call.child.kill('SIGINT');
        const { code, stdout, stderr } = await ended(call);
        // The log goes to the same pipe, and what a call leaves behind may be logged after its end.
        const said = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{"level"'));
        expect({ code, said }, `${stdout}${stderr}`).toEqual({ code: 0, said: ['closed'] });
        await prints(watch, /^closed$/m);
      } finally {
        await Promise.all([stop(watch), stop(call)]);
      }
    }),
);

test('the samples have the types that the package declares', async () => {
  const types = join(folder, 'node_modules', '@types');
  await symlink(join(rootFolder, 'node_modules', '@types', 'node'), join(types, 'node')).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  const files = [...(await samples())].map(([name, code]) => ({ name: `${name}.mts`, code }));
  expect(files.map(({ name }) => name)).toEqual(['call.mts', 'watch.mts']);
  for (const { name, code } of files) await writeFile(join(folder, name), code);
  const compiler = join(rootFolder, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', 'node', '--target', 'es2023'];
  const names = files.map(({ name }) => name);
  const checked = await ended(
    run(process.execPath, [compiler, ...options, '--module', 'nodenext', ...names]),
  );
  expect(checked, checked.stdout).toMatchObject({ code: 0 });
});

test('the protocol imports zod alone, so that a browser can load it', async () => {
  const protocol = join(folder, 'node_modules/gemini-room-agent/dist/src/protocol');
  const scripts = (await readdir(protocol)).filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(scripts.map((file) => readFile(join(protocol, file), 'utf8')));
  const imported = texts.flatMap((text) => [...text.matchAll(/ from '([^']+)'/g)].map(([, name]) => name));
  expect(scripts.length).toBeGreaterThan(2);
  expect([...new Set(imported)].filter((name) => !name?.startsWith('./'))).toEqual(['zod']);
});

test('the main module loads no native library before a call runs', async () => {
  const script = `
    const { preloadCalls } = await import('gemini-room-agent');
    const libraries = () => process.report.getReport().sharedObjects.filter((name) => /livekit|sharp/.test(name)).length;
    const before = libraries();
    await preloadCalls();
    console.log(JSON.stringify({ before, after: libraries() > 0 }));`;
  const { stdout, stderr } = await ended(run(process.execPath, ['--input-type=module', '-e', script]));
  expect(JSON.parse(stdout), stderr).toEqual({ before: 0, after: true });
});
