// The tool calls in flight, and the answers that may not have arrived: each call is answered exactly once, across losses.
import { isOurs } from './call-ids.js';
import type { ToolCall, ToolResult } from './port.js';
import type { Input } from './wire.js';

/** Ids of calls that are long over are remembered so that a repeat is recognised. */
const REMEMBERED = 256;

/** The tool calls of a session, for a process that takes it up. */
export interface ToolMemory {
  /** Not answered yet. */
  readonly open: readonly Pick<ToolCall, 'id' | 'name'>[];
  /** Ids of all calls, also of those that were answered. */
  readonly seen: readonly string[];
  /** Answers that the model may not have received. */
  readonly unconfirmed: readonly ToolResult[];
}

export class CallRegistry {
  /** Calls that are not answered yet, by id, in the order in which they came. */
  readonly #open = new Map<string, ToolCall>();
  /** Those of them that came since a person last spoke or asked. */
  readonly #ofTurn = new Set<string>();
  /** Answers by name alone that have to wait for one to an earlier call. */
  readonly #held = new Map<string, ToolResult[]>();
  /** Calls of a session that is gone for good: the new one knows nothing of them. */
  readonly #orphans = new Set<string>();
  /** Sent, or to be sent, and not yet followed by anything from the model. */
  #unconfirmed: ToolResult[] = [];
  /** Those of them that this connection has taken. */
  readonly #sent = new Set<ToolResult>();
  readonly #seen: string[] = [];

  constructor(restored: ToolMemory = { open: [], seen: [], unconfirmed: [] }) {
    this.#seen.push(...restored.seen);
    this.#unconfirmed.push(...restored.unconfirmed);
    for (const { id, name } of restored.open) this.#open.set(id, { id, name, args: {} });
  }

  get memory(): ToolMemory {
    return {
      open: this.open.map(({ id, name }) => ({ id, name })),
      seen: [...this.#seen],
      unconfirmed: [...this.#unconfirmed],
    };
  }

  get open(): readonly ToolCall[] {
    return [...this.#open.values()];
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** Those of the calls that are new: a resumed session may repeat them. */
  called(calls: readonly ToolCall[]): readonly ToolCall[] {
    const fresh = calls.filter(({ id }) => !this.#seen.includes(id));
    for (const call of fresh) {
      this.#seen.push(call.id);
      if (this.#seen.length > REMEMBERED) this.#seen.shift();
      this.#open.set(call.id, call);
      this.#ofTurn.add(call.id);
    }
    return fresh;
  }

  /** A person speaks or asks: the calls before belong to an earlier turn. */
  turned(): void {
    this.#ofTurn.clear();
  }

  /** Calls of this turn that are not answered yet. */
  ofTurn(): readonly ToolCall[] {
    return this.open.filter(({ id }) => this.#ofTurn.has(id));
  }

  /** The results that are to be sent: an answer to a call that was cancelled, or answered before, is not. */
  answered(results: readonly ToolResult[]): readonly ToolResult[] {
    const due: ToolResult[] = [];
    for (const result of results) {
      const { id, name } = result;
      if (!this.#open.has(id)) continue;
      if (isOurs(id)) {
        this.#held.set(id, [...(this.#held.get(id) ?? []), result]);
        due.push(...this.#inTurn(name));
      } else due.push(this.#close(result));
    }
    this.#unconfirmed.push(...due);
    return due;
  }

  /** Without ids only their order tells the service which answer belongs to which call of a function. */
  #inTurn(name: string): readonly ToolResult[] {
    const due: ToolResult[] = [];
    for (const [id, call] of this.#open) {
      if (call.name !== name || !isOurs(id)) continue;
      const held = this.#held.get(id) ?? [];
      this.#held.delete(id);
      due.push(...held.map((result) => this.#close(result)));
      if (this.#open.has(id)) break;
    }
    return due;
  }

  #close(result: ToolResult): ToolResult {
    if (!result.willContinue) this.#open.delete(result.id);
    return result;
  }

  /** The results of calls that the session does not know, because it was built again meanwhile. */
  orphaned(results: readonly ToolResult[]): readonly ToolResult[] {
    const late = results.filter(({ id }) => this.#orphans.has(id));
    for (const { id, willContinue } of late) if (!willContinue) this.#orphans.delete(id);
    return late;
  }

  /** A new session takes the place of the one that made the calls. */
  forgetCalls(): void {
    for (const id of this.#open.keys()) this.#orphans.add(id);
    this.#open.clear();
    this.#held.clear();
    this.#unconfirmed = [];
    this.#sent.clear();
  }

  cancelled(ids: readonly string[]): void {
    for (const id of ids) {
      this.#open.delete(id);
      this.#held.delete(id);
    }
    this.#unconfirmed = this.#unconfirmed.filter(({ id }) => !ids.includes(id));
  }

  /** A connection has taken these answers. */
  sent(results: readonly ToolResult[]): void {
    for (const result of results) this.#sent.add(result);
  }

  /** Another connection: what the one before it took and nothing followed has to be sent again. */
  disconnected(): void {
    this.#sent.clear();
  }

  /** The model has gone on after the answers that it was sent; one that came while a connection closes still waits. */
  confirmed(): void {
    this.#unconfirmed = this.#unconfirmed.filter((result) => !this.#sent.has(result));
    this.#sent.clear();
  }

  /** The service has refused these: they are not sent again. */
  forgetResults(results: readonly ToolResult[]): void {
    this.#unconfirmed = this.#unconfirmed.filter((result) => !results.includes(result));
  }

  unconfirmed(): readonly ToolResult[] {
    return [...this.#unconfirmed];
  }
}

/** Results for a session that does not know the calls: as words of the user. */
export function inWords(results: readonly ToolResult[]): Extract<Input, { type: 'context' }> {
  const parts = results.map(({ name, response }) => ({
    text: `(The result of ${name}, which you called earlier: ${JSON.stringify(response)})`,
  }));
  const turnComplete = results.some(({ scheduling }) => scheduling !== 'SILENT');
  return { type: 'context', turns: [{ role: 'user', parts }], turnComplete };
}
