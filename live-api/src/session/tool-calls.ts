// Function calls and their responses: which calls are open, and which responses are spoken at once or when idle.
import type { JsonObject } from '../answerer-port.js';
import type { Clock } from '../clock/clock.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { FunctionResponse, Scheduling } from '../wire/client-message.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import { type Conversation, newCallId, type PendingCall } from './conversation.js';
import type { PlannedCall, Step } from './plan.js';

export interface ToolCallsPort {
  readonly clock: Clock;
  readonly toolResponseMs: number;
  send(message: JsonObject): void;
  /** The words for a function's response. */
  phrase(call: PendingCall, response: JsonObject): Step[];
  /** The model answers a response of a non-blocking call. */
  speak(steps: readonly Step[], when: 'INTERRUPT' | 'WHEN_IDLE'): void;
}

/** Calls of one turn, which continues with their responses. */
interface Batch {
  readonly blocking: boolean;
  readonly ids: Set<string>;
  readonly steps: Step[];
  resolve(steps: readonly Step[]): void;
}

export class ToolCalls {
  #config: SessionConfig;
  readonly #conversation: Conversation;
  readonly #port: ToolCallsPort;
  #batch: Batch | undefined;
  #dropped: PlannedCall[] = [];

  constructor(config: SessionConfig, conversation: Conversation, port: ToolCallsPort) {
    this.#config = config;
    this.#conversation = conversation;
    this.#port = port;
  }

  configure(config: SessionConfig): void {
    this.#config = config;
  }

  /** Sends calls; resolves at once for non-blocking ones, else with what to say once all are answered. */
  call(planned: readonly PlannedCall[], signal: AbortSignal): Promise<readonly Step[]> {
    const calls = planned.map(
      ({ id, name, args }): PendingCall => ({
        id: id ?? newCallId(),
        name,
        args,
        blocking: this.#blocking(name),
      }),
    );
    for (const call of calls) this.#conversation.pending.set(call.id, call);
    const blocking = calls.filter((call) => call.blocking).map(({ id }) => id);
    this.#port.send(messages.toolCall(calls.map(({ id, name, args }) => ({ name, args, id }))));
    if (blocking.length === 0) return this.#waitBriefly(calls, signal);
    return new Promise((resolve) => {
      this.#batch = { blocking: true, ids: new Set(blocking), steps: [], resolve };
      signal.addEventListener('abort', () => this.#onCut(blocking, signal, resolve), { once: true });
    });
  }

  /** Whether a blocking call waits for its response. */
  get blocked(): boolean {
    return this.#batch?.blocking ?? false;
  }

  /** On some models a response that comes soon is still spoken in the turn of its non-blocking call. */
  #waitBriefly(calls: readonly PendingCall[], signal: AbortSignal): Promise<readonly Step[]> {
    const { nonBlockingWaitMs } = this.#config.model.tools;
    if (nonBlockingWaitMs === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const batch: Batch = { blocking: false, ids: new Set(calls.map(({ id }) => id)), steps: [], resolve };
      this.#batch = batch;
      const leave = () => {
        cancel();
        if (this.#batch === batch) this.#batch = undefined;
        resolve(batch.steps);
      };
      const cancel = this.#port.clock.after(nonBlockingWaitMs, leave);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  takeDropped(): readonly PlannedCall[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  respond(responses: readonly FunctionResponse[]): void {
    for (const response of responses) this.#respondOne(response);
  }

  #blocking(name: string): boolean {
    const { tools } = this.#config.model;
    const behavior = this.#config.declarations.find((declaration) => declaration.name === name)?.behavior;
    return (behavior && behavior !== 'UNSPECIFIED' ? behavior : tools.defaultBehavior) === 'BLOCKING';
  }

  /** An interruption drops blocking calls, on some models without a message; after a lost connection they stay open. */
  #onCut(ids: readonly string[], signal: AbortSignal, resolve: (steps: readonly Step[]) => void): void {
    this.#batch = undefined;
    const { tools } = this.#config.model;
    const interrupted = signal.reason === 'interrupted';
    const dropped = interrupted ? ids.flatMap((id) => this.#drop(id)) : [];
    if (dropped.length > 0 && tools.cancellation)
      this.#port.send(messages.toolCallCancellation(dropped.map(({ id }) => id)));
    if (tools.reissues) this.#dropped = dropped.map(({ name, args }) => ({ name, args }));
    resolve([]);
  }

  #drop(id: string): PendingCall[] {
    const call = this.#conversation.pending.get(id);
    this.#conversation.pending.delete(id);
    return call ? [call] : [];
  }

  #respondOne({ id = '', response = {}, scheduling, willContinue }: FunctionResponse): void {
    const { tools } = this.#config.model;
    if (scheduling && tools.scheduling === 'refused') throw refusals.scheduling();
    const call = this.#conversation.pending.get(id);
    if (!call) return; // an answer to a call that was dropped, or never made, is passed over
    const open = willContinue === true && tools.continues;
    if (!open) this.#conversation.pending.delete(id);
    if (willContinue && !open) {
      this.#port.speak([], 'WHEN_IDLE');
      return;
    }
    const { [SCHEDULING]: inside, ...rest } = response;
    const steps = this.#port.phrase(call, inside === undefined ? response : rest);
    const batch = this.#batch;
    const when = this.#when(scheduling ?? inside);
    if (batch?.ids.has(id)) {
      if (batch.blocking || when !== 'SILENT') batch.steps.push(...steps);
      if (!open) batch.ids.delete(id);
      if (batch.ids.size > 0) return;
      this.#batch = undefined;
      const { steps: spoken } = batch;
      batch.resolve(spoken.length > 0 ? [{ do: 'wait', ms: this.#port.toolResponseMs }, ...spoken] : []);
      return;
    }
    if (when !== 'SILENT') this.#port.speak(steps, when);
  }

  #when(scheduling: unknown): Scheduling {
    const heeded = this.#config.model.tools.scheduling === 'heeded';
    return heeded && (scheduling === 'INTERRUPT' || scheduling === 'SILENT') ? scheduling : 'WHEN_IDLE';
  }
}

/** Older clients put it inside the response. */
const SCHEDULING = 'scheduling';
