// Job over @livekit/agents' JobContext: one process, one call.

import type { JobContext } from '@livekit/agents';
import type { Job } from '../../../src/index.js';

export class ProcessJob implements Job {
  readonly room: string;
  readonly url: string;
  readonly token: string;
  readonly metadata: string;
  readonly #ctx: JobContext;
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;
  readonly #onEnd: (reason: string, failed: boolean) => void;
  #onOver: () => void = () => {};
  #isOver = false;

  /** @param onEnd called when the call has ended, before the process may go */
  constructor(ctx: JobContext, onEnd: (reason: string, failed: boolean) => void) {
    this.#ctx = ctx;
    this.#onEnd = onEnd;
    this.room = ctx.job.room?.name ?? '';
    this.url = ctx.info.url;
    this.token = ctx.info.token;
    this.metadata = ctx.job.metadata;
    this.#over = new Promise((resolve) => {
      this.#onOver = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  end(reason: string, failed = false): void {
    this.#isOver = true;
    this.#onEnd(reason, failed);
    this.#onOver();
    // AgentServer sends no job status: when the agent leaves on its own, the server marks the job as failed.
    this.#ctx.shutdown(reason);
  }

  /** Ends the call in order; returns at once. */
  abort(reason: unknown): void {
    this.#stop.abort(reason);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the call is over and has left its room. */
  get over(): Promise<void> {
    return this.#over;
  }
}
