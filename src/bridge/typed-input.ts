// What people and backends write to the model: kept in the ledger, and answered where an answer is due.
import type { Content, ModelSession } from '../session/port.js';
import type { Ledger } from '../turns/ledger.js';
import { TurnCause } from '../turns/turn-cause.js';

export interface TypedInputOptions {
  readonly session: Pick<ModelSession, 'sendText' | 'sendContext'>;
  readonly ledger: Ledger;
  /** An answer is due. */
  readonly onAsked: () => void;
}

export class TypedInput {
  /** What causes the turn that is going on. */
  readonly cause = new TurnCause();
  readonly #options: TypedInputOptions;

  constructor(options: TypedInputOptions) {
    this.#options = options;
  }

  /** A user turn that the model answers. */
  say(text: string, by: 'chat' | 'say' = 'say'): void {
    this.cause.caused(by);
    const { session, ledger, onAsked } = this.#options;
    ledger.user(text);
    session.sendText(text);
    onAsked();
  }

  /** Puts turns into the conversation; the model answers only when `turnComplete`. */
  addContext(turns: readonly Content[], turnComplete: boolean): void {
    const { session, ledger, onAsked } = this.#options;
    for (const { role, parts } of turns) {
      const text = parts.map((part) => part.text).join('');
      if (role === 'user') ledger.user(text);
      else ledger.agent(text, false);
    }
    session.sendContext(turns, turnComplete);
    if (turnComplete) onAsked();
  }
}
