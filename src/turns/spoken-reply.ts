// Whether a person has spoken after the model: the condition under which a spoken yes may count.
import type { ModelEvent } from '../session/port.js';

/** Moments are counted, not timed: what matters is which came first. */
export class SpokenReply {
  #count = 0;
  /** The model's last words. */
  #output = 0;
  /** The model's words that were the last before each participant's latest sound. */
  readonly #voiced = new Map<string, number>();
  /** The same for speech that the service has heard. */
  #heard = 0;
  #reportsActivity = false;
  readonly #isManual: () => boolean;

  /** @param isManual whether the agent decides when speech begins, so that the service does not report it */
  constructor(isManual: () => boolean) {
    this.#isManual = isManual;
  }

  /** A moment after everything that has happened so far. */
  mark(): number {
    this.#count += 1;
    return this.#count;
  }

  /** The microphone of this participant has voice. */
  spoke(identity: string): void {
    this.#voiced.set(identity, this.#output);
  }

  follow(event: ModelEvent): void {
    if (event.type === 'audio' || event.type === 'text') this.#output = this.mark();
    else if (event.type === 'activity' && event.phase === 'started') {
      this.#reportsActivity = true;
      this.#heard = this.#output;
    } else if (event.type === 'input-transcript' && (this.#isManual() || !this.#reportsActivity)) {
      // The transcript of earlier speech may come after the model's words; the report of an activity does not.
      this.#heard = this.#output;
    }
  }

  /** Since that moment the model has said something, and this participant has spoken after it. */
  isReply(identity: string, since: number): boolean {
    return (this.#voiced.get(identity) ?? 0) > since && this.#heard > since;
  }
}
