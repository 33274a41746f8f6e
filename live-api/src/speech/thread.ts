// Starts a speech thread and waits until it is ready.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Stop, ThreadData } from './messages.js';
import { RunGate } from './run-gate.js';

/** A thread ends within the 0.2 s that one run of a model takes; one that does not is stuck. */
const STOP_LIMIT_MS = 10_000;

export interface Thread<In, Out> {
  /** What the thread said when it was ready. */
  readonly ready: Extract<Out, { type: 'ready' }>;
  post(message: In, transfer?: readonly ArrayBuffer[]): void;
  close(): Promise<void>;
}

export interface ThreadEvents<Out> {
  message(message: Out): void;
  /** The thread has died and will not come back. Not called after close(). */
  failed(error: Error): void;
}

/** Starts `<name>.js` of this folder. Rejects when it fails before it is ready. */
export async function startThread<
  In extends { readonly type: string },
  Out extends { readonly type: string },
>(
  name: 'detection-thread' | 'recognition-thread',
  data: object,
  events: ThreadEvents<Out>,
): Promise<Thread<In, Out>> {
  const gate = new RunGate();
  const workerData: ThreadData = { ...data, gate: gate.shared };
  const worker = new Worker(threadUrl(name, import.meta.url), { workerData, execArgv: [] });
  const atExit = () => gate.close();
  process.on('exit', atExit);
  let closing = false;
  let started = false;
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      process.removeListener('exit', atExit);
      resolve();
    });
  });
  const ready = await new Promise<Extract<Out, { type: 'ready' }>>((resolve, reject) => {
    worker.on('message', (message: Out) => {
      if (!started) {
        started = true;
        resolve(message as Extract<Out, { type: 'ready' }>);
      } else if (!closing) events.message(message);
    });
    worker.on('error', (error: Error) => {
      failure = error;
    });
    worker.on('exit', (code) => {
      const reason = failure?.message ?? `it ended with code ${code}`;
      const error = new Error(`the speech thread ${name} does not run: ${reason}`, { cause: failure });
      if (!started) reject(error);
      else if (!closing) events.failed(error);
    });
  });
  return {
    ready,
    post: (message, transfer) => {
      if (!closing) worker.postMessage(message, transfer ?? []);
    },
    close: async () => {
      if (!closing) worker.postMessage({ type: 'stop' } satisfies Stop);
      closing = true;
      const stuck = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
      await exited;
      clearTimeout(stuck);
    },
  };
}

/** A worker thread cannot run TypeScript, so the sources use the compiled file of the same name. */
export function threadUrl(name: string, here: string): URL {
  const url = new URL(`./${name}.js`, here);
  if (!here.endsWith('.ts')) return url;
  const built = new URL(url.href.replace(/\/src\/(?=speech\/[^/]+$)/, '/dist/'));
  if (!existsSync(built)) {
    throw new Error(`${fileURLToPath(built)} is missing: build the local Live API first (npm run build)`);
  }
  return built;
}
