// The packed package alone in an empty folder: its command by npx, its types, its example, a read-only tree.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { speechModelDir } from '../fixtures/speech-model.js';
import { openRaw } from '../support/raw-client.js';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const rootFolder = join(packageFolder, '..');
const INSTALL_MS = 180_000;

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-api-'));
  await ended(start(process.execPath, [join(packageFolder, 'setup/bundle-vad.mjs')]));
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const packed = await ended(start('npm', pack, packageFolder));
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const install = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const installed = await ended(start('npm', [...install, join(folder, filename)]));
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
}, INSTALL_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
}

function start(command: string, args: readonly string[], cwd = folder, env = {}): Running {
  const { PATH = '', HOME = folder } = process.env;
  const child = spawn(command, args, { cwd, env: { ...npmVariables(), PATH, HOME, ...env } });
  const running: Running = { child, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    running.stdout += text;
    child.emit('printed');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    running.stderr += text;
  });
  return running;
}

/** How npm reaches its registry here. */
function npmVariables(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) => /^npm_config_|_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(running: Running): Promise<Ended> {
  const [code] = (await once(running.child, 'close')) as [number | null];
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** What it prints that the pattern's group matches; rejects with all that it printed when it ends first. */
function printed(running: Running, pattern: RegExp): Promise<string> {
  const { child } = running;
  return new Promise((resolve, reject) => {
    child.on('printed', () => {
      const [, found] = pattern.exec(running.stdout) ?? [];
      if (found) resolve(found);
    });
    child.once('close', () => reject(new Error(`it ended:\n${running.stdout}${running.stderr}`)));
  });
}

const ADDRESS = /live-api listening on (http:\S+)\n/;

it('is found by npx', async () => {
  const { code, stdout } = await ended(start('npx', ['--no-install', 'live-api', '--help']));
  expect({ code, first: stdout.split('\n', 1)[0] }).toEqual({
    code: 0,
    first: 'Usage: live-api [options], in a clone: npm run live-api -- [options]',
  });
});

it('serves a session until it is ended', async () => {
  // Not by npx: it does not pass SIGTERM on to what it runs.
  const command = join(folder, 'node_modules/.bin/live-api');
  const server = start(command, ['--speech', 'tones', '--port', '0']);
  const client = await openRaw(await printed(server, ADDRESS));
  server.child.kill('SIGTERM');
  expect((await client.closed).code).toBe(1001);
});

it('keeps model and certificate in the folder of the user, and says which one', async () => {
  const env = { XDG_CACHE_HOME: join(folder, 'cache') };
  const main = join(folder, 'node_modules/@gemini-room-agent/live-api/dist/main.js');
  const server = start(process.execPath, [main, '--port', '0', '--tls', '--speech', 'tones'], folder, env);
  const authority = await printed(server, /SSL_CERT_FILE=(\S+)\n/);
  server.child.kill('SIGTERM');
  await ended(server);
  expect(authority).toBe(join(folder, 'cache/gemini-live-api/live-api/authority.pem'));
  const fetched = await ended(
    start(process.execPath, [main, 'fetch-model'], folder, { ...env, LIVE_API_MODEL_DIR: speechModelDir() }),
  );
  expect(fetched).toEqual({ code: 0, stdout: `speech model in ${speechModelDir()}\n`, stderr: '' });
});

it('says in one line that there is no pip to fetch the model with', async () => {
  const main = join(folder, 'node_modules/@gemini-room-agent/live-api/dist/main.js');
  const args = [main, 'fetch-model', '--model-dir', join(folder, 'no-model')];
  const { code, stderr } = await ended(start(process.execPath, args, folder, { PATH: '' }));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^live-api: its model is downloaded with pip, and there is no pip \([^\n]+\)\n$/);
});

it('runs the example of its README, with the types that it declares', async () => {
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  await writeFile(join(folder, 'example.mts'), code);
  await writeFile(join(folder, 'example.mjs'), code);
  const ran = await ended(start(process.execPath, ['example.mjs']));
  expect(ran, ran.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/),
  });
  const compiler = join(rootFolder, 'node_modules', 'typescript', 'bin', 'tsc');
  const roots = ['--typeRoots', join(rootFolder, 'node_modules/@types'), '--types', 'node'];
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext'];
  const checked = await ended(start(process.execPath, [compiler, ...options, ...roots, 'example.mts']));
  expect(checked, checked.stdout).toMatchObject({ code: 0 });
});

it('has nothing of the agent in it', async () => {
  const { stdout } = await ended(start('npm', ['ls', '--all', '--parseable']));
  expect(stdout).toContain('@gemini-room-agent/live-api');
  expect(stdout).not.toMatch(/node_modules\/(gemini-room-agent|@google\/genai|@livekit\/.*)$/m);
});
