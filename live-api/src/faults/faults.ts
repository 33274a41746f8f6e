// Faults on request: as methods for tests, and for the control port.
import { type CloseWords, closeOf, type KnownCloseName } from '../wire/known-closes.js';
import { Refusal } from '../wire/refusal.js';
import {
  type ConnectionFault,
  type ConnectionFaultInput,
  connectionFault,
  problems,
  type ServerFault,
  type ServerFaultInput,
  type SetupCompanion,
  serverFault,
} from './schema.js';
import { Triggers } from './triggers.js';

/** Which sessions a fault is for: one by its id, every open one, or (by default) the one opened last. */
export type FaultTarget = { readonly id: string } | 'all' | 'newest';

export interface FaultsPort {
  /** Executes a fault and returns the ids of the sessions that it applied to. */
  disturb(fault: ConnectionFault, target: FaultTarget): readonly string[];
  refuseHandles(refusal: Refusal, count: number): void;
  acceptHandles(): void;
}

export class Faults {
  readonly #port: FaultsPort;
  #upgrades: number[] = [];
  #withheld = 0;
  #refusedSetups: Refusal[] = [];
  #companions: SetupCompanion[] = [];
  readonly triggers = new Triggers();

  constructor(port: FaultsPort) {
    this.#port = port;
  }

  /** Any fault of a connection. Throws when it is described wrongly or no such session is open. */
  apply(fault: ConnectionFaultInput, target: FaultTarget = 'newest'): readonly string[] {
    const parsed = connectionFault.safeParse(fault);
    if (!parsed.success) throw new TypeError(`the fault cannot be read: ${problems(parsed.error)}`);
    const ids = this.#port.disturb(parsed.data, target);
    if (ids.length === 0) throw new RangeError('no session that fits is open');
    return ids;
  }

  /** Any fault of the connections to come. Throws when it is described wrongly. */
  prepare(fault: ServerFaultInput): void {
    const parsed = serverFault.safeParse(fault);
    if (!parsed.success) throw new TypeError(`the fault cannot be read: ${problems(parsed.error)}`);
    this.#prepare(parsed.data);
  }

  /** Breaks the socket without a close frame. */
  kill(target?: FaultTarget): void {
    this.apply({ fault: 'kill' }, target);
  }

  close(code: number, reason = '', target?: FaultTarget): void {
    this.apply({ fault: 'close', code, reason }, target);
  }

  /** Closes as the service has been seen to; `closeNames` lists the names. */
  closeLike(name: KnownCloseName, options: Omit<CloseWords, 'like'> = {}, target?: FaultTarget): void {
    this.apply({ fault: 'close', like: name, ...options }, target);
  }

  /** goAway, then (unless `end` is false) 1011 Deadline expired when the time is over. */
  goAway(options: { timeLeftMs?: number; end?: boolean } = {}, target?: FaultTarget): void {
    this.apply({ fault: 'go-away', ...options }, target);
  }

  /** Neither reads nor writes any more, for a while or until thaw(). */
  freeze(forMs?: number, target?: FaultTarget): void {
    this.apply({ fault: 'freeze', ...(forMs !== undefined && { forMs }) }, target);
  }

  thaw(target?: FaultTarget): void {
    this.apply({ fault: 'thaw' }, target);
  }

  slow(
    options: { latencyMs?: number; jitterMs?: number; bytesPerSecond?: number },
    target?: FaultTarget,
  ): void {
    this.apply({ fault: 'slow', ...options }, target);
  }

  /** `interrupted` without a cause. */
  interrupt(target?: FaultTarget): void {
    this.apply({ fault: 'interrupted' }, target);
  }

  /** Text that is no JSON. */
  malformed(text?: string, target?: FaultTarget): void {
    this.apply({ fault: 'malformed', ...(text !== undefined && { text }) }, target);
  }

  /** Any message, as it is. */
  send(message: Record<string, unknown>, target?: FaultTarget): void {
    this.apply({ fault: 'send', message }, target);
  }

  /** The model begins to speak without an input. */
  say(text: string, target?: FaultTarget): void {
    this.apply({ fault: 'say', text }, target);
  }

  /** The next `count` upgrades are answered with an HTTP status, as 429 or 503. */
  refuseUpgrades(status: number, count = 1): void {
    this.prepare({ fault: 'refuse-upgrade', status, count });
  }

  /** The next `count` setups get no setupComplete. */
  withholdSetup(count = 1): void {
    this.prepare({ fault: 'withhold-setup', count });
  }

  /** The next `count` handles are refused; 1008 session not found unless set otherwise. */
  refuseHandles(count = 1, close: { code?: number; reason?: string } = {}): void {
    this.prepare({ fault: 'refuse-handle', count, ...close });
  }

  /** The next `count` setups are answered with a close, given by its code and words or by a known close. */
  refuseSetups(close: CloseWords, count = 1): void {
    this.prepare({ fault: 'refuse-setup', ...close, count });
  }

  /** These messages, and a close if given, come in the same TCP segment as the next `count` setupCompletes. */
  withSetup(together: { messages?: Record<string, unknown>[]; close?: CloseWords }, count = 1): void {
    this.prepare({ fault: 'with-setup', ...together, count });
  }

  /** Faults at a moment of any connection, open or to come. `times` counts over all of them. */
  on(trigger: Omit<Extract<ServerFaultInput, { fault: 'on' }>, 'fault'>): void {
    this.prepare({ fault: 'on', ...trigger });
  }

  /** Ends the faults of connections to come, and those that wait for a moment. */
  clear(): void {
    this.#refusedSetups = [];
    this.#companions = [];
    this.triggers.clear();
    this.#upgrades = [];
    this.#withheld = 0;
    this.#port.acceptHandles();
  }

  /** The status that the upgrade at hand is to be answered with, if it is to fail. */
  takeUpgrade(): number | undefined {
    return this.#upgrades.shift();
  }

  takeWithheldSetup(): boolean {
    if (this.#withheld === 0) return false;
    this.#withheld--;
    return true;
  }

  takeRefusedSetup(): Refusal | undefined {
    return this.#refusedSetups.shift();
  }

  takeSetupCompanion(): SetupCompanion | undefined {
    return this.#companions.shift();
  }

  #prepare(fault: ServerFault): void {
    switch (fault.fault) {
      case 'refuse-upgrade':
        this.#upgrades.push(...Array<number>(fault.count).fill(fault.status));
        return;
      case 'withhold-setup':
        this.#withheld += fault.count;
        return;
      case 'refuse-setup':
        this.#refusedSetups.push(...Array<Refusal>(fault.count).fill(closeOf(fault)));
        return;
      case 'with-setup':
        this.#companions.push(...Array<SetupCompanion>(fault.count).fill(fault));
        return;
      case 'on':
        this.triggers.add(fault);
        return;
      case 'refuse-handle':
        this.#port.refuseHandles(new Refusal(fault.code, fault.reason), fault.count);
    }
  }
}
