// A worker as a process of its own: how long it takes to be ready, what it uses, and calls that are dispatched to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type TreeUse, useOf } from '../measure/process-tree.js';
import { API_KEY, API_SECRET } from '../room/livekit-server.js';

export type WorkerName = 'ours' | 'plugin';

export const WORKERS: Readonly<Record<WorkerName, { readonly title: string; readonly agentName: string }>> = {
  ours: { title: 'gemini-room-agent', agentName: 'bench-ours' },
  plugin: { title: 'AgentSession + Google plugin', agentName: 'bench-plugin' },
};

/** Compiled, this file lies five folders below the repository's root. */
const ROOT = new URL('../../../../../', import.meta.url);
const REGISTERED = 'registered worker';
const READY_WITHIN_MS = 60_000;
const USE_TRIES = 5;
const WORDS = 4_000;

export class BenchWorker implements AsyncDisposable {
  readonly name: WorkerName;
  readonly #child: ChildProcess;
  readonly #startedMs = performance.now();
  #words = '';
  /** From its start until the server has registered it. */
  readyMs = Number.NaN;

  private constructor(name: WorkerName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  static async start(name: WorkerName, livekitUrl: string, liveApiUrl: string): Promise<BenchWorker> {
    const { agentName } = WORKERS[name];
    const script =
      name === 'ours' ? new URL('dist/agent/main.js', ROOT) : new URL('./plugin-worker.js', import.meta.url);
    const child = spawn(process.execPath, [fileURLToPath(script), 'start', String(await freePort())], {
      // Where there is no .env file.
      cwd: tmpdir(),
      // Nothing else: what a machine has set for LiveKit or Google must not change what is measured.
      env: {
        NODE_ENV: 'production',
        LIVEKIT_URL: livekitUrl,
        LIVEKIT_API_KEY: API_KEY,
        LIVEKIT_API_SECRET: API_SECRET,
        GOOGLE_API_KEY: 'no-key',
        ...(name === 'ours'
          ? {
              GOOGLE_GEMINI_BASE_URL: liveApiUrl,
              AGENT_NAME: agentName,
              AGENT_ISOLATION: 'shared',
              AGENT_MAX_ROOMS: '100',
              AGENT_PORT: '0',
            }
          : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const worker = new BenchWorker(name, child);
    await worker.#ready();
    return worker;
  }

  /** @throws when its processes come and go too fast to be counted */
  use(): TreeUse {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return useOf(this.#child.pid ?? 0);
      } catch (error) {
        // One has ended between being listed and being read.
        if (attempt === USE_TRIES) throw error;
      }
    }
  }

  get words(): string {
    return this.#words.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'exit');
    // All at once: nothing is to be handed over or said goodbye.
    for (const pid of this.use().pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended since it was listed.
      }
    }
    await closed;
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        void this[Symbol.asyncDispose]();
        reject(new Error(`the worker ${this.name} ${why}; its last words:\n${this.words}`));
      };
      const timer = setTimeout(() => fail('did not register in time'), READY_WITHIN_MS);
      const end = (): void => void this.#child.kill('SIGKILL');
      process.once('exit', end);
      this.#child.once('exit', () => {
        process.removeListener('exit', end);
        clearTimeout(timer);
        fail('has ended');
      });
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          this.#words = (this.#words + text).slice(-WORDS);
          if (!Number.isNaN(this.readyMs) || !this.#words.includes(REGISTERED)) return;
          this.readyMs = performance.now() - this.#startedMs;
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
