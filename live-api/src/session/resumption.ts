// Resumption handles: the conversation of each, and whether it can be resumed now.
import { type Refusal, refusals } from '../wire/refusal.js';
import { type Conversation, newHandle } from './conversation.js';

export interface ResumptionRules {
  /** How long a handle is good. */
  readonly validMs: number;
  /** For how long after the close of an idle session its handle is refused. */
  readonly idleRefusalMs: number;
}

export const measuredResumption: ResumptionRules = { validMs: 2 * 60 * 60_000, idleRefusalMs: 1000 };

/** Beyond this number the oldest are dropped. */
const MAX_HANDLES = 10_000;
/** Limit of all conversations without a connection, in characters; beyond it the oldest are dropped. */
const MAX_KEPT_CHARACTERS = 32 * 1024 * 1024;
const HANDLES_PER_CONVERSATION = 32;

interface Hold {
  held: boolean;
  closedAtMs: number;
  idle: boolean;
  handles: string[];
}

export class ResumptionStore {
  readonly #rules: ResumptionRules;
  readonly #handles = new Map<
    string,
    { readonly conversation: Conversation; readonly expiresAtMs: number }
  >();
  readonly #holds = new WeakMap<Conversation, Hold>();
  /** Conversations without a connection and their size, in the order in which they were left. */
  readonly #kept = new Map<Conversation, number>();
  #keptCharacters = 0;
  #refuseNext: Refusal[] = [];

  constructor(rules: ResumptionRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#handles.size;
  }

  /** A new handle for the conversation, whose connection holds it until release(). */
  issue(conversation: Conversation, nowMs: number): string {
    const hold = this.#hold(conversation);
    const handle = newHandle();
    hold.handles.push(handle);
    if (hold.handles.length > HANDLES_PER_CONVERSATION) this.#handles.delete(hold.handles.shift() as string);
    this.#handles.set(handle, { conversation, expiresAtMs: nowMs + this.#rules.validMs });
    this.#prune(nowMs);
    return handle;
  }

  /** The connection took the conversation. */
  hold(conversation: Conversation): void {
    this.#hold(conversation).held = true;
    this.#keptCharacters -= this.#kept.get(conversation) ?? 0;
    this.#kept.delete(conversation);
  }

  /** The connection has ended; `idle`: the model was not generating. */
  release(conversation: Conversation, nowMs: number, idle: boolean): void {
    const hold = this.#hold(conversation);
    hold.held = false;
    hold.closedAtMs = nowMs;
    hold.idle = idle;
    if (hold.handles.length === 0) return; // nobody can ask for it again
    const { characters } = conversation.window;
    this.#kept.set(conversation, characters);
    this.#keptCharacters += characters;
    for (const [oldest, size] of this.#kept) {
      if (this.#keptCharacters <= MAX_KEPT_CHARACTERS) break;
      this.#keptCharacters -= size;
      this.#forget(oldest);
    }
  }

  #forget(conversation: Conversation): void {
    this.#kept.delete(conversation);
    for (const handle of this.#hold(conversation).handles) this.#handles.delete(handle);
  }

  /** Refuses the next `count` handles that are presented. */
  refuseNext(refusal: Refusal, count: number): void {
    this.#refuseNext.push(...Array<Refusal>(count).fill(refusal));
  }

  /** Ends all requested refusals of handles. */
  acceptAgain(): void {
    this.#refuseNext = [];
  }

  /** The conversation of a handle; throws a Refusal when it cannot be resumed. */
  find(handle: string, nowMs: number): Conversation {
    const refused = this.#refuseNext.shift();
    if (refused) throw refused;
    const entry = this.#handles.get(handle);
    if (!entry) throw refusals.sessionNotFound();
    if (nowMs > entry.expiresAtMs || entry.conversation.expired) throw refusals.sessionExpired();
    const hold = this.#hold(entry.conversation);
    if (hold.held) throw refusals.internal();
    if (hold.idle && nowMs - hold.closedAtMs < this.#rules.idleRefusalMs) throw refusals.internal();
    return entry.conversation;
  }

  #hold(conversation: Conversation): Hold {
    let hold = this.#holds.get(conversation);
    if (!hold) {
      hold = { held: false, closedAtMs: 0, idle: false, handles: [] };
      this.#holds.set(conversation, hold);
    }
    return hold;
  }

  #prune(nowMs: number): void {
    for (const [handle, { expiresAtMs, conversation }] of this.#handles) {
      if (expiresAtMs >= nowMs && this.#handles.size <= MAX_HANDLES) return;
      this.#handles.delete(handle);
      const { handles } = this.#hold(conversation);
      if (handles.at(-1) !== handle) continue; // newer handles of it are still good
      this.#keptCharacters -= this.#kept.get(conversation) ?? 0;
      this.#kept.delete(conversation);
    }
  }
}
