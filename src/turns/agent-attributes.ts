// The agent's participant attributes: its state and that of the people, set one after the other, the latest alone.
import { type AgentState, ATTRIBUTE_AGENT_STATE, ATTRIBUTE_USER_STATE } from '../protocol/topics.js';
import { Outbox } from '../util/outbox.js';

export interface AttributesOwner {
  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void>;
}

export class AgentAttributes {
  readonly #outbox: Outbox<Readonly<Record<string, string>>>;
  #values: Readonly<Record<string, string>> = {};

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
