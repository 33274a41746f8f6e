// Ids of our own for calls that come without one, as Vertex AI sends them: the rest of the house goes by ids.
import { randomUUID } from 'node:crypto';
import type { ModelEvent, ToolCall, ToolResult } from './port.js';

const OURS = 'unnamed-';

/** Whether the service knows nothing of this id, and matches the answer by the function's name. */
export function isOurs(id: string): boolean {
  return id.startsWith(OURS);
}

/** An answer as the service wants it: with its own id, or with none. */
export function asAsked(result: ToolResult): Omit<ToolResult, 'id'> & { readonly id: string | undefined } {
  // Undefined rather than left out: the SDK insists on the field for the Gemini API, and does not write it.
  return { ...result, id: isOurs(result.id) ? undefined : result.id };
}

interface OpenCall {
  readonly key: string;
  /** The connection that it came over, or was last repeated on. */
  connection: number;
  /** Its answer was sent, which does not say that it has arrived. */
  answered: boolean;
}

/** For one conversation, over all its connections: an id is never given twice, in no conversation. */
export class CallIds {
  readonly #open = new Map<string, OpenCall>();
  #connection = 0;

  /** @param resumed the session goes on; one that is new knows nothing of earlier calls */
  connected(resumed: boolean): void {
    this.#connection += 1;
    if (!resumed) this.#open.clear();
  }

  /** The event with an id for each call. */
  named(event: ModelEvent): ModelEvent {
    if (event.type === 'audio' || event.type === 'text') this.#settle();
    if (event.type !== 'tool-calls' || event.calls.every(({ id }) => id !== '')) return event;
    return { ...event, calls: event.calls.map((call) => (call.id === '' ? this.#name(call) : call)) };
  }

  answered({ id, willContinue }: ToolResult): void {
    const open = this.#open.get(id);
    if (open && !willContinue) open.answered = true;
  }

  /** The model has gone on: what was answered has reached it. */
  #settle(): void {
    for (const [id, { answered }] of this.#open) if (answered) this.#open.delete(id);
  }

  #name(call: ToolCall): ToolCall {
    const key = JSON.stringify([call.name, call.args]);
    const repeated = this.#repeated(key);
    if (repeated !== undefined) return { ...call, id: repeated };
    const id = `${OURS}${randomUUID()}`;
    this.#open.set(id, { key, connection: this.#connection, answered: false });
    return { ...call, id };
  }

  /** A session that is taken up again may repeat what it waits for; on one connection every call is a new one. */
  #repeated(key: string): string | undefined {
    for (const [id, open] of this.#open) {
      if (open.key !== key || open.connection === this.#connection) continue;
      open.connection = this.#connection;
      return id;
    }
    return undefined;
  }
}
