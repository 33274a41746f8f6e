// A real Redis for a test: a free port, nothing kept on disk, gone when the test is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { debianProgram } from './debian.js';
import { freePort } from './free-port.js';

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** A connection of the test's own. */
  readonly client: Redis;
  /** Ends the process at once. */
  stop(): Promise<void>;
  /** Starts it again, with no memory. */
  start(): Promise<void>;
  /** It accepts connections and commands, and answers nothing. */
  hang(): void;
  /** It answers what has come meanwhile, and goes on. */
  goOn(): void;
}

export async function startRedis(): Promise<TestRedis> {
  const command = debianProgram('redis-server');
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
    hang: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await stop();
    },
  };
}
