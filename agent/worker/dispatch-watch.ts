// Ends calls whose dispatch was deleted, also when the server treats their job as ended already.
import { isDispatched, type Logger } from '../../src/index.js';
import type { HostedJob } from './hosted-job.js';
import type { LiveKitAccess } from './livekit-connection.js';

export interface DispatchWatchOptions {
  readonly livekit: LiveKitAccess;
  readonly agentName: string;
  readonly jobs: () => Iterable<HostedJob>;
  /** A server that has just come back knows none of the dispatches that these calls began with. */
  readonly isRegistered: () => boolean;
  readonly stop: (job: HostedJob, reason: string) => void;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 2_000;

export class DispatchWatch {
  readonly #options: DispatchWatchOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: DispatchWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#lookAtDetached(), LOOK_EVERY_MS).unref();
  }

  /**
   * The server ends a job when a participant of its identity leaves, also when this is the participant that the job
   * has just replaced. In an intended end the dispatch was deleted or the room closed.
   */
  async terminated(job: HostedJob | undefined): Promise<void> {
    if (!job) return;
    job.detached = true;
    await this.#stopUnlessDispatched(job);
  }

  /** The server was restarted and knows no earlier dispatch. */
  forgetDetached(): void {
    for (const job of this.#options.jobs()) job.detached = false;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #lookAtDetached(): Promise<void> {
    for (const job of [...this.#options.jobs()]) if (job.detached) await this.#stopUnlessDispatched(job);
  }

  async #stopUnlessDispatched(job: HostedJob): Promise<void> {
    const { livekit, agentName, isRegistered, stop, log } = this.#options;
    if (!isRegistered()) return;
    const { room, dispatchId } = job.assigned;
    try {
      if (await isDispatched({ ...livekit, room, agentName }, dispatchId)) return;
      if (job.detached && isRegistered()) stop(job, 'the dispatch was taken back');
    } catch (error) {
      // The room of a call that has ended meanwhile is gone, and nobody answers for it.
      if (job.isOver) return;
      log.warn({ err: error, room }, 'could not ask whether the call is still dispatched: it goes on');
    }
  }
}
