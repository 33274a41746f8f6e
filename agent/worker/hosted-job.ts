// One job of the shared worker: what LiveKit has assigned, where it runs, and what its holder has reported of it.
import { CallRecord, type CallRefusal, type CallState } from '../../src/index.js';
import type { HostJob } from './host-messages.js';
import type { RoomHost } from './room-host.js';

/** A call whose hosts die under it one after the other is most likely why they do. */
const MOVES_AT_MOST = 5;
const MOVES_WITHIN_MS = 60_000;

export class HostedJob {
  readonly assigned: HostJob;
  /** Of the whole call, whichever processes and workers have run it. */
  readonly record: CallRecord;
  host: RoomHost | undefined;
  /** Whether the call may begin, asked once: it holds for each host that the call is given to. */
  refusal: Promise<CallRefusal | undefined> | undefined;
  /** Why it was asked for its end. */
  stopping: string | undefined;
  /** Called at the next quiet moment; where undefined, the call moves to another host then. */
  onQuiet: (() => void) | undefined;
  /** Resolves when the call is over here. */
  readonly over: Promise<void>;
  isOver = false;
  /** Another worker was given what it needs to take the call: it reports all of the call. */
  isOffered = false;
  #onOver: () => void = () => {};
  /** The server has ended the job when an earlier holder's participant left; it will not end it again. */
  detached = false;
  #state: Partial<CallState>;
  #movesMs: number[] = [];

  constructor(assigned: HostJob) {
    this.assigned = assigned;
    this.record = new CallRecord(assigned.record);
    this.#state = assigned.restored ?? {};
    this.over = new Promise((resolve) => {
      this.#onOver = resolve;
    });
  }

  end(): void {
    this.isOver = true;
    this.#onOver();
  }

  report(change: Partial<CallState>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** What the next holder goes on with; undefined: the call has not come far enough, and is begun. */
  get state(): CallState | undefined {
    const { profile, ledger } = this.#state;
    return profile && ledger ? (this.#state as CallState) : undefined;
  }

  /** The state for the next holder. */
  get next(): CallState | undefined {
    const state = this.state;
    return state && { ...state, epoch: state.epoch + 1 };
  }

  /** Counts a move that was forced by the death of a host; false when there were too many. */
  mayMove(nowMs = performance.now()): boolean {
    this.#movesMs = [...this.#movesMs.filter((atMs) => nowMs - atMs < MOVES_WITHIN_MS), nowMs];
    return this.#movesMs.length <= MOVES_AT_MOST;
  }
}
