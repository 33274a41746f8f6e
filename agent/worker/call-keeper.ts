// What a worker keeps of its calls outside of their processes: their records, metrics and reports, and Redis.
import type { CallRefusal } from '../../src/index.js';
import type { Used } from '../observe/budget.js';
import type { LimitNotice } from '../observe/call-budget.js';
import type { WorkerObserver } from '../observe/worker-observer.js';
import type { CallStore } from './call-store.js';
import type { HostedJob } from './hosted-job.js';
import type { CallChange } from './kept-call.js';
import { isReplaced } from './lost-place.js';
import { SPENT_LOAD } from './slots.js';

export interface CallKeeperOptions {
  readonly observer?: WorkerObserver;
  /** Where calls are kept for other workers. */
  readonly store?: CallStore;
}

export class CallKeeper {
  readonly #observer: WorkerObserver | undefined;
  readonly #store: CallStore | undefined;

  /** @param onLimit called with limits of which a call has to know */
  constructor({ observer, store }: CallKeeperOptions, onLimit: (call: string, notice: LimitNotice) => void) {
    this.#observer = observer;
    this.#store = store;
    if (observer) observer.onLimit = onLimit;
  }

  /** @returns why the call does not begin, where the limits of this hour are reached; a call that goes on does */
  async refusal({ assigned }: HostedJob): Promise<CallRefusal | undefined> {
    return assigned.carried ? undefined : await this.#observer?.admit(assigned);
  }

  /** What goes with a call to another worker of what its room has used. */
  readonly used = (room: string): Used | undefined => this.#observer?.used(room);

  /** The least load that the worker reports: where each call would be refused, LiveKit is to prefer other workers. */
  get load(): number {
    return this.#observer?.isSpent ? SPENT_LOAD : 0;
  }

  dispatched(outcome: 'accepted' | 'rejected' | 'served-already'): void {
    this.#observer?.dispatched(outcome);
  }

  /** `isLost`: of a worker that was killed. @returns false where another worker has taken it up before */
  async begun(job: HostedJob, isLost: boolean): Promise<boolean> {
    const { room, used } = job.assigned;
    if (used) this.#observer?.learn(room, used);
    return (await this.#store?.add(job, isLost)) ?? true;
  }

  /** Whether another worker has taken the call up, because nothing was heard of this one. */
  async isTakenUp(job: HostedJob): Promise<boolean> {
    return (await this.#store?.isTakenUp(job)) ?? false;
  }

  changed(job: HostedJob, change: CallChange): void {
    job.kept.add(change);
    if ('fact' in change) this.#observer?.fact(job.assigned, change.fact);
    this.#store?.changed(job, change);
  }

  ended(job: HostedJob, reason: string, failed: boolean): void {
    job.end();
    const replaced = isReplaced(reason);
    this.#store?.remove(job, replaced);
    // The worker that has the call now reports all of it.
    if (replaced && (job.isOffered || this.#store)) this.#observer?.handedOver(job.assigned);
    else this.#observer?.ended(job.assigned, { reason, failed, record: job.kept.record });
  }
}
