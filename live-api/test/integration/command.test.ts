// `npm run live-api` as a process: it says when it is ready, what is wrong, and ends when it is told to.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRaw } from '../support/raw-client.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
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

  it('says in one line that the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const process = run({ LIVE_API_PORT: String(port) });
    expect(await process.ended).toBe(1);
    expect(process.output()).toBe(
      `live-api: port ${port} is taken; set LIVE_API_PORT to another, or to 0 for a free one\n`,
    );
    other.close();
  });

  it.each([
    [{ LIVE_API_PORT: 'x' }, /LIVE_API_PORT has to be a port number/],
    [{ LIVE_API_RETIRED: 'maybe' }, /LIVE_API_RETIRED has to be one of serve, refuse/],
    [{ LIVE_API_SCENARIO: '/no/such/file.json' }, /LIVE_API_SCENARIO: .*cannot be read as JSON/],
  ])('says what is wrong with %j', async (env, words) => {
    const process = run({ LIVE_API_PORT: '0', ...(env as Record<string, string>) });
    expect(await process.ended).toBe(1);
    expect(process.output()).toMatch(words);
  });

  it('loads no speech package for tones', async () => {
    const script = `
      const { startLiveApi } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
      const server = await startLiveApi({ speech: 'tones' });
      const objects = process.report.getReport().sharedObjects.filter((name) => name.includes('onnxruntime'));
      console.log(JSON.stringify({ objects, rss: process.memoryUsage().rss / 1e6}));
      await server.close();`;
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    const { objects, rss } = JSON.parse(output) as { objects: string[]; rss: number };
    expect(objects).toEqual([]);
    expect(rss).toBeLessThan(150);
  });
});
