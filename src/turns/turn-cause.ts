// The cause of the model's turn: speech, a chat message, the command `say`, keys of a phone; null where several may be.

import type { ModelEvent } from '../session/port.js';

export type Cause = 'voice' | 'chat' | 'say' | 'keys';

export class TurnCause {
  #causes = new Set<Cause>();
  #isAnswered = true;

  /** A person speaks or types: the first cause after an answer begins a new turn. */
  caused(cause: Cause): void {
    if (this.#isAnswered) this.#causes = new Set();
    this.#isAnswered = false;
    this.#causes.add(cause);
  }

  /** Applies an event of the model. */
  follow(event: ModelEvent): void {
    if (event.type === 'input-transcript' || (event.type === 'activity' && event.phase === 'started'))
      this.caused('voice');
    else if (event.type === 'audio' || event.type === 'tool-calls') this.answered();
  }

  /** The model answers or calls a tool: later causes belong to the next turn. */
  answered(): void {
    this.#isAnswered = true;
  }

  get current(): Cause | null {
    const [only, ...others] = this.#causes;
    return only !== undefined && others.length === 0 ? only : null;
  }
}
