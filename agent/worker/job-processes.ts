// A line from the worker to its job processes: AgentServer keeps them to itself, and asks each for its end only once.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

/** Told when the time for calls to end by themselves is over. */
export const WORKER_ENDS = { case: 'gemini-worker-ends' } as const;

/** Where Node tells of each process that is started. */
const CHANNEL = 'child_process';

export class JobProcesses {
  readonly #running = new Set<ChildProcess>();

  /** Follows the processes that are started from now on. */
  constructor() {
    subscribe(CHANNEL, (message) => {
      const { process: child } = message as { readonly process: ChildProcess };
      this.#running.add(child);
      child.once('exit', () => this.#running.delete(child));
    });
  }

  /** Asks every call for its end. */
  end(): void {
    for (const child of this.#running) if (child.connected) child.send(WORKER_ENDS);
  }
}

/** In a job process: calls back once, when the worker ends or is gone. */
export function onWorkerEnd(listener: () => void): void {
  let told = false;
  const tell = (): void => {
    if (told) return;
    told = true;
    listener();
  };
  process.on('message', (message: { readonly case?: unknown }) => {
    if (message.case === WORKER_ENDS.case) tell();
  });
  // Its worker was killed: the framework would end this process after 15 s, without a goodbye.
  process.once('disconnect', tell);
}
