// Sends inputs that were held while there was no connection: faster than real time, and before inputs that come meanwhile.
import type { Input } from './wire.js';

const TICK_MS = 20;
/** Four times real time with frames of 20 ms; the service's activity detection misses speech that is sent faster. */
const FRAMES_A_TICK = 4;

export class Backlog<I extends { readonly type: string } = Input> {
  readonly #send: (input: I) => void;
  #inputs: I[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (input: I) => void) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  get inputs(): readonly I[] {
    return this.#inputs;
  }

  start(inputs: readonly I[]): void {
    this.#inputs = [...inputs];
    this.#drain();
  }

  add(input: I): void {
    this.#inputs.push(input);
  }

  /** Stops sending and returns the inputs that were not sent. */
  stop(): I[] {
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
