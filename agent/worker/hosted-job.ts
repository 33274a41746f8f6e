// One job of the shared worker: what LiveKit has assigned, where it runs, and what its holder has reported of it.
import type { CallRefusal } from '../../src/index.js';
import type { HostJob } from './host-messages.js';
import { KeptCall } from './kept-call.js';
import type { RoomHost } from './room-host.js';

/** A call whose hosts die under it one after the other is most likely why they do. */
const MOVES_AT_MOST = 5;
const MOVES_WITHIN_MS = 60_000;

export class HostedJob {
  readonly assigned: HostJob;
  readonly kept: KeptCall;
  host: RoomHost | undefined;
  /** Whether the call may begin, asked once: it holds for each host that the call is given to. */
  refusal: Promise<CallRefusal | undefined> | undefined;
  /** Why it was asked for its end. */
  stopping: string | undefined;
  /** Resolves when the call is over here. */
  readonly over: Promise<void>;
  isOver = false;
  /** Another worker was given what it needs to take the call: it reports all of the call. */
  isOffered = false;
  #onOver: () => void = () => {};
  #onQuiet: (() => void) | undefined;
  #quietWithinMs = 0;
  /** The server has ended the job when an earlier holder's participant left; it will not end it again. */
  detached = false;
  #movesMs: number[] = [];

  constructor(assigned: HostJob) {
    this.assigned = assigned;
    this.kept = new KeptCall(assigned.carried);
    this.over = new Promise((resolve) => {
      this.#onOver = resolve;
    });
  }

  end(): void {
    this.isOver = true;
    this.#onOver();
  }

  startIn(host: RoomHost, about: Pick<HostJob, 'token' | 'carried' | 'refused'>): void {
    this.host = host;
    if (about.carried) this.kept.add({ state: about.carried.state });
    const { carried: _, used: __, ...rest } = this.assigned;
    host.send({ type: 'start', job: { ...rest, ...about } });
    // The host that was asked before has died, or is about to: the moment that is waited for would not be reported.
    if (this.#onQuiet) this.#askForQuiet();
  }

  /** Resolves at its next quiet moment, after so long in the host that it is in then, or when it is over. */
  quiet(withinMs: number): Promise<void> {
    this.#quietWithinMs = withinMs;
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      void this.over.then(resolve);
      this.#askForQuiet();
    });
  }

  /** The host reports its quiet moment. @returns false where nobody waits for it: the call is to move to another host */
  onQuiet(): boolean {
    this.#onQuiet?.();
    return this.#onQuiet !== undefined;
  }

  #askForQuiet(): void {
    this.host?.send({ type: 'await-quiet', id: this.assigned.id, withinMs: this.#quietWithinMs });
  }

  /** Counts a move that was forced by the death of a host; false when there were too many. */
  mayMove(nowMs = performance.now()): boolean {
    this.#movesMs = [...this.#movesMs.filter((atMs) => nowMs - atMs < MOVES_WITHIN_MS), nowMs];
    return this.#movesMs.length <= MOVES_AT_MOST;
  }
}
