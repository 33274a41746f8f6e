// The agent's participant attributes: its state and that of the people, set one after the other, the latest alone.
import type { RoomEventBody } from '../protocol/events.js';
import {
  type AgentState,
  ATTRIBUTE_AGENT_STATE,
  ATTRIBUTE_APPROVAL,
  ATTRIBUTE_USER_STATE,
} from '../protocol/topics.js';
import { Outbox } from '../util/outbox.js';

/** Attributes are sent again and again, to everyone: long arguments stand in the event alone. */
const MAX_APPROVAL_CHARS = 2_000;

export interface AttributesOwner {
  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void>;
}

export class AgentAttributes {
  readonly #outbox: Outbox<Readonly<Record<string, string>>>;
  #values: Readonly<Record<string, string>> = {};
  /** Calls that wait to be allowed, by id. */
  readonly #waiting = new Map<string, string>();

  constructor(room: AttributesOwner, onError: (error: unknown) => void) {
    this.#outbox = new Outbox({ send: (attributes) => room.setAttributes(attributes), onError });
  }

  state(state: AgentState): void {
    this.#set(ATTRIBUTE_AGENT_STATE, state);
  }

  /** Whether nobody has spoken for as long as the profile's `idle` says. */
  away(away: boolean): void {
    this.#set(ATTRIBUTE_USER_STATE, away ? 'away' : 'listening');
  }

  /** Shows the oldest call that waits to be allowed, for clients that read attributes and no events. */
  follow(event: RoomEventBody): void {
    const before = this.#shown;
    if (event.type === 'tool.approval' && event.state === 'waiting') {
      const { id, name, args } = event;
      const whole = JSON.stringify({ id, name, args });
      this.#waiting.set(id, whole.length > MAX_APPROVAL_CHARS ? JSON.stringify({ id, name }) : whole);
    } else if (event.type === 'tool.approval') this.#waiting.delete(event.id);
    else if (event.type === 'tool.cancelled') for (const id of event.ids) this.#waiting.delete(id);
    if (this.#shown !== before) this.#set(ATTRIBUTE_APPROVAL, this.#shown);
  }

  get #shown(): string {
    const [oldest = ''] = this.#waiting.values();
    return oldest;
  }

  hold(): void {
    this.#outbox.hold();
  }

  /** The connection is back: a restarted server has lost the attributes. */
  release(): void {
    this.#post();
    this.#outbox.release();
  }

  close(): Promise<void> {
    return this.#outbox.close();
  }

  #set(name: string, value: string): void {
    this.#values = { ...this.#values, [name]: value };
    this.#post();
  }

  #post(): void {
    if (Object.keys(this.#values).length > 0) this.#outbox.postLatest('attributes', this.#values);
  }
}
