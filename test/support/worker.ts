// The real worker as a process of its own, on any free port: its logs, its job processes, and dispatches to it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { vi } from 'vitest';
import { builtFile } from './built.js';
import { type Image, imageProcess } from './image.js';
import type { LiveKitServer } from './livekit-server.js';

export interface WorkerOptions {
  readonly livekit: LiveKitServer;
  readonly liveApi: { readonly url: string };
  readonly agentName?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Errors can be planted in its processes by signal (job-faults.mjs). */
  readonly faults?: boolean;
  /** An image to run instead of what set-up has built. */
  readonly image?: Pick<Image, 'folder' | 'command' | 'env' | 'uid' | 'gid'>;
}

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export interface TestWorker extends AsyncDisposable {
  readonly pid: number;
  readonly agentName: string;
  /** Where it tells how it is. */
  readonly healthUrl: string;
  /** What it and its jobs have logged, oldest first. */
  readonly logs: readonly Record<string, unknown>[];
  /** Lines that are no JSON, on standard output and error. */
  readonly text: string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number | null>;
  /** Every process that it has started, and theirs. */
  processes(): Promise<ProcessInfo[]>;
  /** The process that runs the call in this room now, once there is one. */
  jobIn(room: string): Promise<number>;
  /** @returns the dispatch's id */
  dispatch(room: string, profile?: object): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Where there is no .env file. */
const HERE = fileURLToPath(new URL('.', import.meta.url));

export const JOB_PROCESS = 'job_proc_lazy_main';
export const HOST_PROCESS = 'host-process';
const FAULTS = new URL('./job-faults.mjs', import.meta.url).href;
const READY_WITHIN_MS = 20_000;
const BEGUN = /^the call (has begun|was taken over)$/;
const HEALTH = 'health is served on this port';

/** Registered, with an idle job process, when this resolves. */
export async function startWorker(options: WorkerOptions): Promise<TestWorker> {
  const { image } = options;
  const worker = new Worker(options, image ? '' : await builtFile('agent/main.ts'));
  try {
    await worker.ready();
    return worker;
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts workers of one name that hand their calls over to each other when they end. */
export function handingOver(
  options: WorkerOptions & { readonly agentName: string },
): (more?: Readonly<Record<string, string>>) => Promise<TestWorker> {
  const AGENT_STATE_KEY = randomBytes(32).toString('base64');
  const env = { AGENT_ISOLATION: 'shared', AGENT_STATE_KEY, AGENT_DRAIN_MS: '300', ...options.env };
  return (more = {}) => startWorker({ ...options, env: { ...env, ...more } });
}

/** The number of calls that it has, as it tells LiveKit. */
export async function callsOf({ healthUrl }: Pick<TestWorker, 'healthUrl'>): Promise<number> {
  const status = (await (await fetch(`${healthUrl}/worker`)).json()) as { active_jobs: number };
  return status.active_jobs;
}

/** Without what a shell or another test may have set for the product itself. */
export function cleanEnvironment(): Record<string, string | undefined> {
  const ours =
    /^(LIVEKIT|GOOGLE|GEMINI|AGENT|CALL|TOOL|REDIS|OTEL|LOG_LEVEL|LOG_FORMAT|NODE_ENV|NODE_OPTIONS|VITEST|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

class Worker implements TestWorker {
  readonly agentName: string;
  readonly logs: Record<string, unknown>[] = [];
  readonly ended: Promise<number | null>;
  text = '';
  readonly #child: ChildProcess;
  readonly #dispatches: AgentDispatchClient;

  constructor({ livekit, liveApi, env, faults, image, ...options }: WorkerOptions, script: string) {
    this.agentName = options.agentName ?? `test-${randomUUID().slice(0, 8)}`;
    this.#dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
    const started = image
      ? imageProcess(image)
      : { args: [script, 'start'], env: {}, options: { cwd: HERE } };
    this.#child = spawn(process.execPath, started.args, {
      ...started.options,
      env: {
        ...cleanEnvironment(),
        ...started.env,
        LIVEKIT_URL: livekit.url,
        LIVEKIT_API_KEY: livekit.apiKey,
        LIVEKIT_API_SECRET: livekit.apiSecret,
        GOOGLE_API_KEY: 'test-key',
        GOOGLE_GEMINI_BASE_URL: liveApi.url,
        AGENT_NAME: this.agentName,
        AGENT_PORT: '0',
        ...(faults ? { NODE_OPTIONS: `--import=${FAULTS}` } : {}),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killed = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', killed);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (more: string) => {
        const lines = (rest + more).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#read(line);
      });
    }
    this.ended = once(this.#child, 'close').then(([code]) => {
      process.removeListener('exit', killed);
      return code as number | null;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get healthUrl(): string {
    const [port] = this.logs.flatMap((line) => (line.msg === HEALTH ? [Number(line.port)] : []));
    if (!port) throw new Error('the worker has not told its port yet');
    return `http://127.0.0.1:${port}`;
  }

  async ready(): Promise<void> {
    await this.#eventually(async () => {
      const response = await fetch(this.healthUrl);
      await response.body?.cancel();
      return response.ok && this.logs.some(({ msg }) => msg === 'registered worker');
    });
    await this.#eventually(async () => (await this.processes()).length > 0);
  }

  async processes(): Promise<ProcessInfo[]> {
    return descendants(await allProcesses(), this.pid);
  }

  jobIn(room: string): Promise<number> {
    return this.#eventually(async () => {
      const begun = this.logs.findLast((line) => BEGUN.test(String(line.msg)) && line.room === room);
      return begun?.pid as number | undefined;
    });
  }

  async dispatch(room: string, profile: object = {}): Promise<string> {
    const metadata = JSON.stringify(profile);
    return (await this.#dispatches.createDispatch(room, this.agentName, { metadata })).id;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its children too: they ignore what ends it, and would be missed only after 15 s.
    const children = await this.processes();
    this.#child.kill('SIGKILL');
    for (const { pid } of children) killIfThere(pid);
    await this.ended;
  }

  async #eventually<T>(probe: () => Promise<T | undefined | false>): Promise<T> {
    return vi.waitFor(
      async () => {
        if (this.#child.exitCode !== null) throw new Error(`the worker has ended:\n${this.#told()}`);
        const found = await probe();
        if (found === undefined || found === false) throw new Error(`not yet:\n${this.#told()}`);
        return found;
      },
      { timeout: READY_WITHIN_MS, interval: 50 },
    );
  }

  #told(): string {
    return `${this.text}${this.logs.map((line) => JSON.stringify(line)).join('\n')}`.slice(-3000);
  }

  #read(line: string): void {
    try {
      this.logs.push(JSON.parse(line) as Record<string, unknown>);
    } catch {
      if (line.trim() !== '') this.text += `${line}\n`;
    }
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function allProcesses(): Promise<ProcessInfo[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid && parent ? [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }] : [];
  });
}

function descendants(all: readonly ProcessInfo[], pid: number): ProcessInfo[] {
  return all
    .filter(({ parent }) => parent === pid)
    .flatMap((child) => [child, ...descendants(all, child.pid)]);
}
