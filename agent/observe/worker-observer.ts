// What the parts of a worker report of its calls and processes, for metrics and for the reports of calls.
import type { CallFact, CallRecord, CallRefusal } from '../../src/index.js';
import type { Used } from './budget.js';
import type { LimitNotice } from './call-budget.js';

export interface ObservedCall {
  /** The job's. */
  readonly id: string;
  readonly room: string;
  /** The room's, as LiveKit has assigned it. */
  readonly sid?: string;
  /** Set where the call began in another worker. */
  readonly carried?: object;
}

export interface CallEnd {
  readonly reason: string;
  readonly failed: boolean;
  /** All that was collected of the call. */
  readonly record: CallRecord;
}

export interface WorkerObserver {
  /** @returns why a call may not begin here; undefined: it may */
  admit(call: ObservedCall): Promise<CallRefusal | undefined>;
  /** What the calls in a room have used, for the worker to which one of them goes; undefined: it need not know. */
  used(room: string): Used | undefined;
  /** The same of a call that has come from another worker. */
  learn(room: string, used: Used): void;
  /** Whether any new call would be refused, as the limits of this hour are reached. */
  readonly isSpent: boolean;
  /** Called with limits of which a call has to know; set by the worker. */
  onLimit: (call: string, notice: LimitNotice) => void;
  dispatched(outcome: 'accepted' | 'rejected' | 'served-already'): void;
  fact(call: ObservedCall, fact: CallFact): void;
  ended(call: ObservedCall, end: CallEnd): void;
  /** The call goes on in another worker, which reports all of it. */
  handedOver(call: ObservedCall): void;
  /** An event loop of the worker was late by so much. */
  lagged(lagMs: number): void;
}
