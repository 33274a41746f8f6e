// What the model makes of words that were taken back: it has heard them, so its answer to them is kept from the room.
import type { ModelEvent } from '../session/port.js';

/** An answer that has not come by then will not come: the model has chosen to say nothing. */
const ANSWER_WITHIN_MS = 10_000;

type State =
  | { readonly phase: 'none' }
  /** The words were taken back, and the model may be about to answer them. */
  | { readonly phase: 'awaiting'; readonly sinceMs: number }
  /** Its answer has begun and goes on until its turn is complete. */
  | { readonly phase: 'answering' };

/** Kept by its calls in the order of the wire. Never throws. */
export class CancelledTurn {
  readonly #nowMs: () => number;
  #state: State = { phase: 'none' };

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  cancel(): void {
    this.#state = { phase: 'awaiting', sinceMs: this.#nowMs() };
  }

  /** Something else was said or written to the end: from here on answers are to that. */
  asked(): void {
    this.#state = { phase: 'none' };
  }

  /** Whether an event belongs to the answer that nobody is to hear. */
  hides(event: ModelEvent): boolean {
    const state = this.#state;
    if (state.phase === 'none') return false;
    if (state.phase === 'awaiting' && this.#nowMs() - state.sinceMs > ANSWER_WITHIN_MS) {
      this.#state = { phase: 'none' };
      return false;
    }
    switch (event.type) {
      case 'audio':
      case 'text':
      case 'output-transcript':
      case 'thought':
      case 'code':
      case 'code-result':
      case 'grounding':
      case 'url-context':
      case 'generation-complete':
      case 'tool-calls':
        this.#state = { phase: 'answering' };
        return true;
      case 'input-transcript':
        return true;
      case 'turn-complete':
        this.#state = { phase: 'none' };
        return true;
      case 'connection':
        if (event.state !== 'open') this.#state = { phase: 'none' };
        return false;
      default:
        return false;
    }
  }
}
