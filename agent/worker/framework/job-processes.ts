// A channel from the worker to its job processes: AgentServer does not export them, and asks each for its end only once.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

/** Sent when the time for calls to end by themselves is over. */
export const WORKER_ENDS = { case: 'gemini-worker-ends' } as const;

/** The channel of Node that reports each process that is started. */
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

  get count(): number {
    return this.#running.size;
  }

  /** Ends every call in order. Without the channel, closing AgentServer ends them later and without last messages. */
  end(): void {
    for (const child of this.#running) if (child.connected) child.send(WORKER_ENDS);
  }
}

/** In a job process: calls back once, when the worker ends or is gone. */
export function onWorkerEnd(listener: () => void): void {
  let notified = false;
  const notify = (): void => {
    if (notified) return;
    notified = true;
    listener();
  };
  process.on('message', (message: { readonly case?: unknown }) => {
    if (message.case === WORKER_ENDS.case) notify();
  });
  // The worker was killed: the framework would end this process after 15 s, without last messages.
  process.once('disconnect', notify);
}
