// The tool calls in flight and the results that may not have arrived. Each call is answered exactly once, across losses.
import { isOurs } from './call-ids.js';
import type { ToolCall, ToolResult } from './port.js';
import type { Input } from './wire.js';

/** How many call ids are kept to recognise a call that a resumed session repeats. */
const REMEMBERED = 256;

/** The tool calls of a session, for another process that resumes it. */
export interface ToolMemory {
  /** Calls without a result. */
  readonly open: readonly Pick<ToolCall, 'id' | 'name'>[];
  /** Ids of all calls, answered or not. */
  readonly seen: readonly string[];
  /** Results that the model may not have received. */
  readonly unconfirmed: readonly ToolResult[];
}

export class CallRegistry {
  /** Calls without a result, by id, in the order in which they came. */
  readonly #open = new Map<string, ToolCall>();
  /** The open calls that came since a person last spoke or typed. */
  readonly #ofTurn = new Set<string>();
  /** Results without a service id that wait for the result of an earlier call to the same function. */
  readonly #held = new Map<string, ToolResult[]>();
  /** Calls of an earlier session that could not be resumed; the present session does not know them. */
  readonly #orphans = new Set<string>();
  /** Results after which the model has not continued yet, sent or not. */
  #unconfirmed: ToolResult[] = [];
  /** The unconfirmed results that were sent on this connection. */
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

  /** Whether all of these were made before. */
  knows(calls: readonly ToolCall[]): boolean {
    return calls.length > 0 && calls.every(({ id }) => this.#seen.includes(id));
  }

  /** Returns the calls that are new: a resumed session may repeat earlier ones. */
  called(calls: readonly ToolCall[]): readonly ToolCall[] {
    const seen = new Set(this.#seen);
    // One that is open may be too old to be remembered.
    const fresh = calls.filter(({ id }) => {
      if (seen.has(id) || this.#open.has(id)) return false;
      // One message may hold a call twice.
      seen.add(id);
      return true;
    });
    for (const call of fresh) {
      this.#seen.push(call.id);
      if (this.#seen.length > REMEMBERED) this.#seen.shift();
      this.#open.set(call.id, call);
      this.#ofTurn.add(call.id);
    }
    return fresh;
  }

  /** A person speaks or types: earlier calls belong to an earlier turn. */
  turnChanged(): void {
    this.#ofTurn.clear();
  }

  /** Calls of this turn without a result. */
  ofTurn(): readonly ToolCall[] {
    return this.open.filter(({ id }) => this.#ofTurn.has(id));
  }

  /** Returns the results to send, without those of calls that were cancelled or answered before. */
  answered(results: readonly ToolResult[]): readonly ToolResult[] {
    const due: ToolResult[] = [];
    for (const result of results) {
      const { id, name } = result;
      if (!this.#open.has(id)) continue;
      if (isOurs(id)) {
        this.#held.set(id, [...(this.#held.get(id) ?? []), result]);
        due.push(...this.#inCallOrder(name));
      } else due.push(this.#close(result));
    }
    this.#unconfirmed.push(...due);
    return due;
  }

  /** Without ids the service assigns results to the calls of a function by order, so results wait for earlier ones. */
  #inCallOrder(name: string): readonly ToolResult[] {
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

  /** Returns the results of calls that the session does not know because it was rebuilt meanwhile. */
  orphaned(results: readonly ToolResult[]): readonly ToolResult[] {
    const late = results.filter(({ id }) => this.#orphans.has(id));
    for (const { id, willContinue } of late) if (!willContinue) this.#orphans.delete(id);
    return late;
  }

  /** A new session replaces the one that made the calls. */
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
    const gone = new Set(ids);
    this.#unconfirmed = this.#unconfirmed.filter(({ id }) => !gone.has(id));
  }

  /** Results were sent after which the model has not continued. */
  get awaitsAnswer(): boolean {
    return this.#sent.size > 0;
  }

  /** These results were written to a connection. */
  sent(results: readonly ToolResult[]): void {
    for (const result of results) this.#sent.add(result);
  }

  /** Another connection: results that were sent on the earlier one and not confirmed are sent again. */
  disconnected(): void {
    this.#sent.clear();
  }

  /** The model has continued, which confirms the results that this connection was sent; others stay unconfirmed. */
  confirmed(): void {
    this.#unconfirmed = this.#unconfirmed.filter((result) => !this.#sent.has(result));
    this.#sent.clear();
  }

  /** The service has refused these results: they are not sent again. */
  forgetResults(results: readonly ToolResult[]): void {
    this.#unconfirmed = this.#unconfirmed.filter((result) => !results.includes(result));
  }

  unconfirmed(): readonly ToolResult[] {
    return [...this.#unconfirmed];
  }
}

/** Results for a session that does not know the calls: as a user turn in text. */
export function asUserTurn(results: readonly ToolResult[]): Extract<Input, { type: 'context' }> {
  const parts = results.map(({ name, response }) => ({
    text: `(The result of ${name}, which you called earlier: ${JSON.stringify(response)})`,
  }));
  const turnComplete = results.some(({ scheduling }) => scheduling !== 'SILENT');
  return { type: 'context', turns: [{ role: 'user', parts }], turnComplete };
}
