// Inputs that waited for a connection, sent faster than they were spoken, and in order with what comes meanwhile.
import type { Input } from './wire.js';

const TICK_MS = 20;
/** Four times real time with frames of 20 ms: the service's detection of speech has to keep up. */
const FRAMES_A_TICK = 4;

export class Backlog {
  readonly #send: (input: Input) => void;
  #inputs: Input[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (input: Input) => void) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  start(inputs: readonly Input[]): void {
    this.#inputs = [...inputs];
    this.#drain();
  }

  add(input: Input): void {
    this.#inputs.push(input);
  }

  /** Stops, and gives back what was not sent. */
  stop(): Input[] {
    clearTimeout(this.#timer);
    return this.#inputs.splice(0);
  }

  #drain(): void {
    clearTimeout(this.#timer);
    for (let frames = 0; frames < FRAMES_A_TICK; ) {
      const input = this.#inputs.shift();
      if (!input) return;
      if (input.type === 'audio') frames += 1;
      this.#send(input);
    }
    if (this.#inputs.length > 0) this.#timer = setTimeout(() => this.#drain(), TICK_MS);
  }
}
