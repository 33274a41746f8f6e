// What causes the model's turn: speech, a chat message or the command `say`; null where several do.

import type { ModelEvent } from '../session/port.js';

export type Cause = 'voice' | 'chat' | 'say';

export class TurnCause {
  #causes = new Set<Cause>();
  #isAnswered = true;

  /** Somebody speaks or writes: the first of it after an answer begins a new turn. */
  caused(cause: Cause): void {
    if (this.#isAnswered) this.#causes = new Set();
    this.#isAnswered = false;
    this.#causes.add(cause);
  }

  /** What an event of the model says of it. */
  follow(event: ModelEvent): void {
    if (event.type === 'input-transcript' || (event.type === 'activity' && event.phase === 'started'))
      this.caused('voice');
    else if (event.type === 'audio' || event.type === 'tool-calls') this.answered();
  }

  /** The model answers, or calls a tool: what comes now belongs to the next turn. */
  answered(): void {
    this.#isAnswered = true;
  }

  get current(): Cause | null {
    const [only, ...others] = this.#causes;
    return only !== undefined && others.length === 0 ? only : null;
  }
}
