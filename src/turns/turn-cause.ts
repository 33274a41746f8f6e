// The cause of the model's turn: speech, a chat message, the command `say`, keys of a phone; null where several may be.

import type { ModelEvent } from '../session/port.js';

export type Cause = 'voice' | 'chat' | 'say' | 'keys';

/** As Asker does for participants: what comes after an answer has begun is a cause of its later calls, and of the next. */
export class TurnCause {
  readonly #asking = new Set<Cause>();
  readonly #caused = new Set<Cause>();
  /** A microphone was not silent: speech, where nothing else is known. */
  #isVoiced = false;
  #wasVoiced = false;
  #over = true;
  #reportsActivity = false;

  /** Somebody speaks or types. */
  caused(cause: Cause): void {
    this.#asking.add(cause);
  }

  /** A microphone has voice, or noise. */
  spoke(): void {
    this.#isVoiced = true;
  }

  /** Speech of a person begins, as the service has detected it, or a person by push-to-talk. */
  activity(): void {
    this.#reportsActivity = true;
    this.caused('voice');
  }

  /** Applies an event of the model. */
  follow(event: ModelEvent): void {
    const { type } = event;
    if (type === 'activity' && event.phase === 'started') this.activity();
    else if (type === 'input-transcript') {
      // The transcript of earlier speech may come after the answer to it; the report of an activity does not.
      if (!this.#reportsActivity) this.caused('voice');
    } else if (type === 'audio' || type === 'text') this.#begin();
    else if (type === 'tool-calls') {
      this.#begin();
      this.#takeAsking();
    } else if (type === 'turn-complete' || type === 'interrupted') this.#over = true;
  }

  get current(): Cause | null {
    const [only, ...others] = this.#caused;
    if (only === undefined) return this.#wasVoiced ? 'voice' : null;
    return others.length === 0 ? only : null;
  }

  #begin(): void {
    if (!this.#over) return;
    this.#over = false;
    this.#caused.clear();
    this.#wasVoiced = false;
    this.#takeAsking();
  }

  #takeAsking(): void {
    for (const cause of this.#asking) this.#caused.add(cause);
    this.#asking.clear();
    this.#wasVoiced ||= this.#isVoiced;
    this.#isVoiced = false;
  }
}
