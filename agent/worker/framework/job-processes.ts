// A channel from the worker to its job processes: AgentServer does not export them, and asks each for its end only once.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import {
  type Accesses,
  type AccessRest,
  type CallFact,
  CallRecord,
  type CallRefusal,
} from '../../../src/index.js';
import type { LimitNotice } from '../../observe/call-budget.js';
import type { ObservedCall, WorkerObserver } from '../../observe/worker-observer.js';

const CALL_CASE = 'gemini-call';
const ACCESS_CASE = 'gemini-access';
const ADMIT_CASE = 'gemini-admit';
const LIMIT_CASE = 'gemini-limit';

/** What is known of accesses to the Live API; an empty list asks for it. */
interface AccessMessage {
  readonly case: typeof ACCESS_CASE;
  readonly rests: readonly (readonly [access: string, rest: AccessRest])[];
}

/** Asks whether this call may begin. */
interface AdmitMessage {
  readonly case: typeof ADMIT_CASE;
  readonly call: ObservedCall;
}

/** The answer. */
interface AdmittedMessage {
  readonly case: typeof ADMIT_CASE;
  readonly refused?: CallRefusal;
}

interface LimitMessage {
  readonly case: typeof LIMIT_CASE;
  readonly notice: LimitNotice;
}

interface CallEnd {
  readonly reason: string;
  readonly failed: boolean;
}

/** What a job process reports of its call; the framework takes no message of this case for its own. */
type CallMessage = { readonly case: typeof CALL_CASE; readonly call: ObservedCall } & (
  | { readonly fact: CallFact }
  | CallEnd
);

/** In a job process. */
export function reportToWorker(call: ObservedCall, message: { readonly fact: CallFact } | CallEnd): void {
  // The worker may be gone.
  if (process.connected) process.send?.({ case: CALL_CASE, call, ...message }, undefined, {}, () => {});
}

/** In a job process: asks the worker whether the call may begin. A worker that does not answer in time does not hold it up. */
export async function refusedByWorker(call: ObservedCall): Promise<CallRefusal | undefined> {
  if (!process.connected) return undefined;
  return await new Promise((resolve) => {
    const answered = (refused?: CallRefusal): void => {
      clearTimeout(timer);
      process.removeListener('message', onMessage);
      resolve(refused);
    };
    const onMessage = (message: Partial<AdmittedMessage>): void => {
      if (message.case === ADMIT_CASE) answered(message.refused);
    };
    const timer = setTimeout(answered, ADMITTED_WITHIN_MS);
    process.on('message', onMessage);
    process.send?.({ case: ADMIT_CASE, call } satisfies AdmitMessage, undefined, {}, () => {});
  });
}

/** In a job process: calls back with limits of which its call has to know. */
export function onLimit(listener: (notice: LimitNotice) => void): void {
  process.on('message', (message: Partial<LimitMessage>) => {
    if (message.case === LIMIT_CASE && message.notice) listener(message.notice);
  });
}

/** In a job process, once it has a job: shares with those of other calls which accesses to the Live API have failed. */
export function shareAccesses(accesses: Accesses): void {
  const send = (rests: AccessMessage['rests']): void => {
    const message: AccessMessage = { case: ACCESS_CASE, rests };
    if (process.connected) process.send?.(message, undefined, {}, () => {});
  };
  accesses.onChange = (access, rest) => send([[access, rest]]);
  process.on('message', (message: Partial<AccessMessage>) => {
    if (message.case === ACCESS_CASE)
      for (const [access, rest] of message.rests ?? []) accesses.rest(access, rest);
  });
  send([]);
}

/** Sent when the time for calls to end by themselves is over. */
export const WORKER_ENDS = { case: 'gemini-worker-ends' } as const;

const ADMITTED_WITHIN_MS = 2_000;

/** The channel of Node that reports each process that is started. */
const CHANNEL = 'child_process';

export class JobProcesses {
  readonly #running = new Set<ChildProcess>();
  /** The call that each process has reported of and not ended. */
  readonly #calls = new Map<ChildProcess, { readonly call: ObservedCall; readonly record: CallRecord }>();
  readonly #accesses = new Map<string, AccessRest>();
  /** The processes that have asked for it. */
  readonly #sharing = new Set<ChildProcess>();
  /** Receives what job processes report. */
  observer: Pick<WorkerObserver, 'fact' | 'ended' | 'admit'> | undefined;

  /** Follows the processes that are started from now on. */
  constructor() {
    subscribe(CHANNEL, (message) => {
      const { process: child } = message as { readonly process: ChildProcess };
      this.#running.add(child);
      child.on('message', (reported: unknown) =>
        this.#onMessage(child, reported as Partial<CallMessage | AccessMessage | AdmitMessage>),
      );
      child.once('exit', () => {
        this.#running.delete(child);
        this.#sharing.delete(child);
        this.#ended(child, undefined, { reason: 'its process has ended', failed: true });
      });
    });
  }

  #onAccess(from: ChildProcess, { rests }: AccessMessage): void {
    for (const [access, rest] of rests) this.#accesses.set(access, rest);
    const message: AccessMessage = { case: ACCESS_CASE, rests: [...this.#accesses] };
    // The framework takes the first message to a process for its own: only those with a call are sent more.
    const others = [...this.#sharing].filter((child) => child !== from);
    this.#sharing.add(from);
    for (const child of rests.length === 0 ? [from] : others) if (child.connected) child.send(message);
  }

  #onMessage(child: ChildProcess, message: Partial<CallMessage | AccessMessage | AdmitMessage>): void {
    if (message.case === ACCESS_CASE) {
      this.#onAccess(child, message as AccessMessage);
      return;
    }
    if (message.case === ADMIT_CASE && message.call) {
      void this.#admit(child, message.call);
      return;
    }
    if (message.case !== CALL_CASE) return;
    const reported = message as CallMessage;
    const { call } = reported;
    if (!('fact' in reported)) {
      this.#ended(child, call, reported);
      return;
    }
    let known = this.#calls.get(child);
    if (!known) {
      known = { call, record: new CallRecord() };
      this.#calls.set(child, known);
    }
    known.record.add(reported.fact);
    this.observer?.fact(call, reported.fact);
  }

  async #admit(child: ChildProcess, call: ObservedCall): Promise<void> {
    const refused = await this.observer?.admit(call);
    const answer: AdmittedMessage = { case: ADMIT_CASE, ...(refused ? { refused } : {}) };
    if (child.connected) child.send(answer);
  }

  /** @param ended what the process itself says; a process that was killed says nothing */
  #ended(child: ChildProcess, ended: ObservedCall | undefined, { reason, failed }: CallEnd): void {
    const known = this.#calls.get(child);
    this.#calls.delete(child);
    const call = ended ?? known?.call;
    if (call) this.observer?.ended(call, { reason, failed, record: known?.record ?? new CallRecord() });
  }

  /** Passes a limit on to the process of this call. */
  limit(call: string, notice: LimitNotice): void {
    const message: LimitMessage = { case: LIMIT_CASE, notice };
    for (const [child, known] of this.#calls)
      if (known.call.id === call && child.connected) child.send(message);
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
