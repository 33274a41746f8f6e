// Gives an id to tool calls that come without one, as Vertex AI sends them; everything else identifies calls by id.
import { randomUUID } from 'node:crypto';
import type { ModelEvent, ToolCall, ToolResult } from './port.js';

const OURS = 'unnamed-';

/** Whether the id was made here: the service does not know it and matches the answer by the function's name. */
export function isOurs(id: string): boolean {
  return id.startsWith(OURS);
}

/** A tool result as it is sent: with the service's id, or without one if the call came without one. */
export function withServiceId(
  result: ToolResult,
): Omit<ToolResult, 'id'> & { readonly id: string | undefined } {
  // The key must exist: for the Gemini API the SDK throws when it is missing. It does not serialize undefined.
  return { ...result, id: isOurs(result.id) ? undefined : result.id };
}

interface OpenCall {
  readonly key: string;
  /** Its result was sent; the service has not confirmed it. */
  answered: boolean;
}

/** One per conversation, for all its connections. Ids are unique across conversations. */
export class CallIds {
  readonly #open = new Map<string, OpenCall>();
  /** Ids of calls of earlier connections, by what was called: thousands must not be searched for each. */
  #earlier = new Map<string, string[]>();

  /** @param resumed true when the session was resumed; a new session does not know earlier calls */
  connected(resumed: boolean): void {
    if (!resumed) this.#open.clear();
    this.#earlier = new Map();
    for (const [id, { key }] of this.#open) {
      const ids = this.#earlier.get(key);
      if (ids) ids.push(id);
      else this.#earlier.set(key, [id]);
    }
  }

  /** Returns the event with an id for each call. */
  named(event: ModelEvent): ModelEvent {
    if (event.type === 'audio' || event.type === 'text') this.#confirm();
    if (event.type !== 'tool-calls' || event.calls.every(({ id }) => id !== '')) return event;
    return { ...event, calls: event.calls.map((call) => (call.id === '' ? this.#name(call) : call)) };
  }

  answered({ id, willContinue }: ToolResult): void {
    const open = this.#open.get(id);
    if (open && !willContinue) open.answered = true;
  }

  /** The model has continued, so the results that were sent have reached it. */
  #confirm(): void {
    for (const [id, { answered }] of this.#open) if (answered) this.#open.delete(id);
  }

  #name(call: ToolCall): ToolCall {
    const key = JSON.stringify([call.name, call.args]);
    const repeated = this.#repeated(key);
    if (repeated !== undefined) return { ...call, id: repeated };
    const id = `${OURS}${randomUUID()}`;
    this.#open.set(id, { key, answered: false });
    return { ...call, id };
  }

  /** A resumed session may repeat calls that wait for a result; on one connection every call is a new one. */
  #repeated(key: string): string | undefined {
    const ids = this.#earlier.get(key) ?? [];
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) if (this.#open.has(id)) return id;
    return undefined;
  }
}
