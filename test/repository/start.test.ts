// `npm start` with real processes: what it starts, how it ends, and what it says when something is in the way.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { describe, expect, test, vi } from 'vitest';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';
import { demandDeployment } from '../../scripts/start/deployment.mjs';
import { readLivekitConfig } from '../../scripts/start/livekit-config.mjs';
import { type Clone, isAlive, isFree, makeClone, type Run, standIn, start } from './clone.js';

/** Fails unless every process that was started is gone and every port is free again. */
async function expectNothingLeft(clone: Clone, run: Run): Promise<void> {
  const pids = run.pids();
  expect(pids.length).toBeGreaterThan(0);
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
  for (const port of [clone.ports.livekit, clone.ports.liveApi, clone.ports.agent, clone.ports.web]) {
    await vi.waitFor(async () => expect(await isFree(port), `port ${port}`).toBe(true), { timeout: 10_000 });
  }
}

/** Fails unless it ends with one line, which says what is wrong and what to do, and has started nothing. */
async function expectOneLine(run: Run, ...words: string[]): Promise<void> {
  expect(await run.exit).toBe(1);
  expect(run.output()).toMatch(/^start: [^\n]+\. To fix it: [^\n]+\n$/);
  for (const word of words) expect(run.output()).toContain(word);
}

describe('npm start', () => {
  test('starts everything, and Ctrl-C ends it in order, leaving nothing', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    expect(run.output().split('\n')[0]).toBe(`http://127.0.0.1:${clone.ports.web}`);
    expect(run.output()).toContain(`ws://127.0.0.1:${clone.ports.livekit}`);
    expect(run.output()).toContain('npm run talk -- question.wav');
    expect(run.output()).toContain('https://meet.livekit.io/custom?');
    run.process.kill('SIGINT');
    expect(await run.exit).toBe(0);
    const told = [...run.output().matchAll(/^(\S+) +\| told to end/gm)].map(([, name]) => name);
    expect(told).toEqual(['agent', 'web', 'live-api']);
    await expectNothingLeft(clone, run);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends everything too', async (signal) => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    run.process.kill(signal);
    expect(await run.exit).toBe(0);
    await expectNothingLeft(clone, run);
  });

  test('leaves nothing when it is ended while it starts', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until(/live-api +\| pids/);
    run.process.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.output()).not.toContain('Ready.');
    await expectNothingLeft(clone, run);
  });

  test('one Ctrl-C that npm passes on a second time is still one; another one ends a slow worker at once', async () => {
    using clone = await makeClone({ stopAfterMs: 60_000 });
    await using run = start(clone);
    await run.until('Ready.');
    run.process.kill('SIGINT');
    run.process.kill('SIGINT');
    await run.until(/agent +\| told to end/);
    expect(run.pids().some(isAlive)).toBe(true);
    // As somebody presses who has lost patience: those within 500 ms of the first are taken for npm's.
    await vi.waitFor(
      () => {
        if (run.pids().some(isAlive)) run.process.kill('SIGINT');
        expect(run.pids().filter(isAlive)).toEqual([]);
      },
      { timeout: 8_000, interval: 100 },
    );
    expect(await run.exit).toBe(0);
    expect(run.output()).not.toContain('agent    | ends');
    await expectNothingLeft(clone, run);
  });

  test('prints no warning where the worker asks about a room that is gone, as it does after a call', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    const { LIVEKIT_API_KEY = '', LIVEKIT_API_SECRET = '' } = parse(
      readFileSync(pathsOf(clone.folder).localLivekit, 'utf8'),
    );
    const url = `http://127.0.0.1:${clone.ports.livekit}`;
    const dispatches = new AgentDispatchClient(url, LIVEKIT_API_KEY, LIVEKIT_API_SECRET);
    await expect(dispatches.listDispatch('a room that is gone')).rejects.toThrow('no response from servers');
    run.process.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.output()).not.toMatch(/WARN|DEBUG/);
  });

  test('gives its server a new key each time, which only the owner can read while it runs', async () => {
    using clone = await makeClone();
    const kept = pathsOf(clone.folder).localLivekit;
    const read = () => parse(readFileSync(kept, 'utf8'));
    const keys: (string | undefined)[] = [];
    for (let time = 0; time < 2; time += 1) {
      await using run = start(clone);
      await run.until('Ready.');
      expect(statSync(kept).mode & 0o777).toBe(0o600);
      const { LIVEKIT_API_KEY = '', LIVEKIT_API_SECRET = '', LIVEKIT_URL: url = '' } = read();
      keys.push(LIVEKIT_API_SECRET);
      const own = { url, apiKey: LIVEKIT_API_KEY, apiSecret: LIVEKIT_API_SECRET };
      await demandDeployment(own);
      const known = readLivekitConfig(join(clone.folder, 'livekit.yaml'));
      await expect(
        demandDeployment({ url, apiKey: known.apiKey, apiSecret: known.apiSecret }),
      ).rejects.toThrow('refuses the LiveKit key');
      expect(run.output()).not.toContain(LIVEKIT_API_SECRET);
      run.process.kill('SIGINT');
      await run.exit;
      expect(existsSync(kept)).toBe(false);
    }
    expect(new Set(keys).size).toBe(2);
  });

  test('shows no control character that a service writes', async () => {
    using clone = await makeClone();
    clone.write(
      'dist/web/server/main.js',
      `console.log('\\x1b]0;owned\\x07 \\x9b2J \\u202e\\r');
      console.log(JSON.stringify({ level: 50, msg: 'no', identity: 'eve\\u001b[2J\\u009b2J\\u202e\\r\\nagent', err: { stack: 'a\\nb\\u009b' } }));
      ${standIn('WEB_PORT', 0)}`,
    );
    await using run = start(clone);
    await run.until('Ready.');
    expect(run.output()).toContain('web      | \ufffd]0;owned\ufffd \ufffd2J \ufffd');
    expect(run.output()).toContain(
      'identity="eve\\u001b[2J\ufffd2J\ufffd\\r\\nagent" err=a\n         |     b\ufffd\n',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    expect(run.output()).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test('a service that dies ends the others, with one line that names it', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    await fetch(`http://127.0.0.1:${clone.ports.agent}/crash`).catch(() => {});
    expect(await run.exit).toBe(1);
    expect(run.output()).toContain('start: agent ended with code 3');
    await expectNothingLeft(clone, run);
  });

  test('nothing outlives it even when it is killed', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    run.process.kill('SIGKILL');
    expect(await run.exit).toBe('SIGKILL');
    await expectNothingLeft(clone, run);
  });

  test('a second one beside it says so and leaves the first alone', async () => {
    using clone = await makeClone();
    await using run = start(clone);
    await run.until('Ready.');
    await using second = start(clone);
    await expectOneLine(second, `npm start runs already (process ${run.process.pid})`, 'Ctrl-C');
    expect(run.pids().every(isAlive)).toBe(true);
  });

  test('starts again after one that was killed', async () => {
    using clone = await makeClone();
    {
      await using run = start(clone);
      await run.until('Ready.');
      run.process.kill('SIGKILL');
      await run.exit;
      await expectNothingLeft(clone, run);
    }
    await using again = start(clone);
    await again.until('Ready.');
  });

  test.each([
    ['livekit', 'livekit.yaml'],
    ['liveApi', 'LIVE_API_PORT'],
    ['agent', 'AGENT_PORT'],
    ['web', 'WEB_PORT'],
  ] as const)('a taken %s port is told with what changes it', async (service, remedy) => {
    using clone = await makeClone();
    const port = clone.ports[service];
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      await using run = start(clone);
      await expectOneLine(run, `tcp port ${port}`, remedy);
    } finally {
      other.close();
    }
  });

  test('a taken UDP port is reported too', async () => {
    using clone = await makeClone();
    const other = createSocket('udp4').bind(clone.ports.udp, '127.0.0.1');
    await once(other, 'listening');
    try {
      await using run = start(clone);
      await expectOneLine(run, `udp port ${clone.ports.udp} for the LiveKit server is taken`, 'livekit.yaml');
    } finally {
      other.close();
    }
  });

  test('a missing LiveKit server is reported', async () => {
    using clone = await makeClone({ livekit: false });
    await using run = start(clone);
    await expectOneLine(run, 'there is no LiveKit server', 'npm run setup');
  });

  test('a missing build is reported', async () => {
    using clone = await makeClone();
    rmSync(join(clone.folder, 'dist'), { recursive: true });
    await using run = start(clone);
    await expectOneLine(run, 'web is not built', 'npm run build');
  });

  test('an invalid port is reported by the name of its variable', async () => {
    using clone = await makeClone();
    await using run = start(clone, { AGENT_PORT: 'many' });
    await expectOneLine(run, 'AGENT_PORT is no port');
  });
});

describe('npm start with LIVEKIT_URL', () => {
  test('says that it does not answer, and starts nothing', async () => {
    using clone = await makeClone();
    mkdirSync(join(clone.folder, 'node_modules'));
    symlinkSync(join(rootFolder, 'node_modules/dotenv'), join(clone.folder, 'node_modules/dotenv'));
    clone.write('.env', `LIVEKIT_URL=ws://127.0.0.1:${clone.ports.livekit}`);
    await using run = start(clone);
    await expectOneLine(run, `LIVEKIT_URL does not answer (127.0.0.1:${clone.ports.livekit})`, 'unset it');
  });

  test('says so as well of one that takes the connection and then says nothing', async () => {
    using clone = await makeClone();
    const mute = createServer(() => {}).listen(clone.ports.livekit, '127.0.0.1');
    await once(mute, 'listening');
    try {
      await using run = start(clone, { LIVEKIT_URL: `ws://127.0.0.1:${clone.ports.livekit}` });
      await expectOneLine(run, `LIVEKIT_URL does not answer (127.0.0.1:${clone.ports.livekit})`, 'unset it');
    } finally {
      mute.close().closeAllConnections();
    }
  });

  test('uses a server that runs, refuses a wrong key, and leaves that server running', async () => {
    using home = await makeClone();
    await using server = start(home);
    await server.until('Ready.');
    using clone = await makeClone({ livekit: false });
    const LIVEKIT_URL = `http://127.0.0.1:${home.ports.livekit}`;

    await using stranger = start(clone, {
      LIVEKIT_URL,
      LIVEKIT_API_KEY: 'stranger',
      LIVEKIT_API_SECRET: 'a secret that this server was never given',
    });
    await expectOneLine(stranger, 'refuses the LiveKit key', 'LIVEKIT_API_SECRET');

    const { LIVEKIT_API_KEY = '', LIVEKIT_API_SECRET = '' } = parse(
      readFileSync(pathsOf(home.folder).localLivekit, 'utf8'),
    );
    await using run = start(clone, { LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET });
    await run.until('Ready.');
    expect(run.output()).not.toContain('livekit  |');
    run.process.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(await isFree(home.ports.livekit)).toBe(false);
  });

  test('starts no local Live API where there is a key', async () => {
    using clone = await makeClone();
    clone.write('live-api/dist/main.js', 'process.exit(9);');
    await using run = start(clone, { GEMINI_API_KEY: 'a-key' });
    await run.until('Ready.');
    expect(run.output()).toContain("Google's Live API");
    expect(run.output()).not.toContain('a-key');
  });
});
