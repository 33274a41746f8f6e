// A real Redis for a test: a free port, nothing kept on disk, gone when the test is.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** A connection of the test's own. */
  readonly client: Redis;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const INSTALL = 'apt-get install -y --no-install-recommends redis-server';

export async function startRedis(): Promise<TestRedis> {
  const command = findServer();
  const port = await freePort();
  let child: ChildProcess | undefined;
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: null });
  client.on('error', () => {});
  const start = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    child = spawn(command, args, { cwd: tmpdir(), stdio: 'ignore' });
    process.once('exit', () => child?.kill('SIGKILL'));
    await vi.waitFor(() => client.ping(), { timeout: 10_000 });
  };
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await stop();
    },
  };
}

/** Installed where that is allowed: by root, with apt. */
function findServer(): string {
  const found = onPath('redis-server');
  if (found) return found;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    execFileSync('sh', ['-c', `apt-get update && ${INSTALL}`], { stdio: 'ignore', timeout: 120_000 });
    const installed = onPath('redis-server');
    if (installed) return installed;
  }
  throw new Error(`these tests need a Redis server: run \`${INSTALL}\`, or put redis-server on the PATH`);
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
