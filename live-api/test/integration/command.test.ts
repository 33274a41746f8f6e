// `npm run live-api` as a process: its ready line, its error messages, and its end by a signal.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { openRaw, rawClient } from '../support/raw-client.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

function run(env: Record<string, string>, args: readonly string[] = []) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? '', LIVE_API_SPEECH: 'tones', ...env },
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<string>((resolve, reject) => {
    const take = (data: Buffer) => {
      output += data;
      const url = /live-api listening on (http:\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    void ended.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  ready.catch(() => undefined);
  return { child: child as ChildProcess, ready, ended, output: () => output };
}

describe('the command', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, also with sessions open', async (signal) => {
    const process = run({ LIVE_API_PORT: '0' });
    const url = await process.ready;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const client = await openRaw(url);
    process.child.kill(signal);
    expect(await process.ended).toBe(0);
    expect((await client.closed).code).toBe(1001);
  });

  it('prints no control character of a client', async () => {
    const process = run({ LIVE_API_PORT: '0' });
    const client = await openRaw(await process.ready);
    client.socket.close(1000, 'bye\u001b[2J\u009b1A\u202e');
    await vi.waitFor(() => expect(process.output()).toContain('ended: 1000 bye\ufffd[2J\ufffd1A\ufffd'));
    process.child.kill('SIGTERM');
    await process.ended;
  });

  it('says in one line that the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const process = run({ LIVE_API_PORT: String(port) });
    expect(await process.ended).toBe(1);
    expect(process.output()).toBe(
      `live-api: port ${port} is taken; set LIVE_API_PORT or --port to another, or to 0 for a free one\n`,
    );
    other.close();
  });

  it.each<[Record<string, string>, string[], RegExp]>([
    [{ LIVE_API_PORT: 'x' }, [], /^live-api: LIVE_API_PORT has to be a port number, 0 for a free one$/],
    [{}, ['--port', 'x'], /^live-api: --port has to be a port number, 0 for a free one$/],
    [{ LIVE_API_RETIRED: 'maybe' }, [], /^live-api: LIVE_API_RETIRED has to be one of serve, refuse$/],
    [{}, ['--scenaro=f.yaml'], /^live-api: Unknown option '--scenaro'; --help lists the options$/],
    [{ LIVE_API_SCENARIO: '/no/such/file.json' }, [], /^live-api: scenario \/no\/such\/file.json cannot be/],
    [{}, ['--scenario', main], /^live-api: scenario \S+main\.js: .* at line \d+, column \d+$/],
  ])('says in one line what is wrong with %j %j', async (env, args, words) => {
    const process = run({ LIVE_API_PORT: '0', ...env }, args);
    expect(await process.ended).toBe(1);
    expect(process.output().trimEnd()).toMatch(words);
    expect(process.output().trimEnd()).not.toContain('\n');
  });

  it('prints its options', async () => {
    const process = run({}, ['--help']);
    expect(await process.ended).toBe(0);
    for (const option of [
      '--scenario FILE',
      '--port N',
      '--speech KIND',
      '--model-dir',
      '--retired',
      '--record',
    ])
      expect(process.output()).toContain(option);
  });

  it('takes a scenario in YAML and a port', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const scenario = fileURLToPath(new URL('../../../examples/scenarios/greeting.yaml', import.meta.url));
    const process = run({ LIVE_API_PORT: '1' }, ['--scenario', scenario, '--port', String(port), '--record']);
    const url = await process.ready;
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const client = await openRaw(url, { outputAudioTranscription: {} });
    await vi.waitFor(() => expect(JSON.stringify(client.messages)).toContain('Welcome to the'), 5000);
    const { sessions } = (await (await fetch(`${url}/control/sessions`)).json()) as {
      sessions: { id: string }[];
    };
    const session = await fetch(`${url}/control/sessions/${sessions[0]?.id}`);
    const { frames } = (await session.json()) as { frames: { from: string }[] };
    expect(frames.slice(0, 2).map(({ from }) => from)).toEqual(['client', 'server']);
    process.child.kill();
    expect(await process.ended).toBe(0);
  });

  it('takes empty variables for unset ones', async () => {
    const empty = {
      LIVE_API_SPEECH: '',
      LIVE_API_RETIRED: '',
      LIVE_API_SCENARIO: '',
      LIVE_API_MODEL_DIR: '',
    };
    const process = run({ ...empty, LIVE_API_PORT: '0' }, ['--speech', 'tones']);
    const url = await process.ready;
    const client = await openRaw(url, { model: 'models/gemini-2.0-flash-live-001' });
    client.socket.terminate();
    process.child.kill();
    expect(await process.ended).toBe(0);
  });

  it('refuses retired models with that option', async () => {
    const process = run({ LIVE_API_PORT: '0', LIVE_API_RETIRED: 'refuse' });
    const url = await process.ready;
    const client = rawClient(url, { setup: { model: 'models/gemini-2.0-flash-live-001' } });
    expect(await client.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/is not found/) });
    process.child.kill();
    expect(await process.ended).toBe(0);
  });

  it('loads no speech package for sessions in text or tones', async () => {
    const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { on, once } from 'node:events';
      import { createRequire } from 'node:module';
      import { WebSocket } from 'ws';
      import { startLiveApi } from ${here('../../dist/index.js')};
      const server = await startLiveApi({ speech: 'tones', pace: 'prompt' });
      const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
      const talk = async (modality) => {
        const socket = new WebSocket(server.url.replace('http', 'ws') + path);
        await once(socket, 'open');
        const generationConfig = { responseModalities: [modality] };
        socket.send(JSON.stringify({ setup: { model: 'models/gemini-2.0-flash-live-001', generationConfig } }));
        socket.send(JSON.stringify({ realtimeInput: { text: 'hello' } }));
        for await (const [data] of on(socket, 'message')) if (/inlineData|turnComplete/.test(data)) break;
        socket.terminate();
      };
      await talk('TEXT');
      await talk('AUDIO');
      const loaded = [
        ...process.report.getReport().sharedObjects,
        ...Object.keys(createRequire(import.meta.url).cache),
      ].filter((name) => /onnxruntime|flite|silero/.test(name));
      console.log(JSON.stringify({ loaded, rss: process.memoryUsage().rss / 1e6 }));
      await server.close();`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], { cwd }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    const { loaded, rss } = JSON.parse(output) as { loaded: string[]; rss: number };
    expect(loaded).toEqual([]);
    expect(rss).toBeLessThan(150);
  });
});
