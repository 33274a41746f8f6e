// Who an answer is for: everyone who spoke or typed since the last one. Only one person is named, several are nobody.

import type { ModelEvent } from '../session/port.js';

export class Asker {
  /** Since the answer that goes on, or the last one, began. */
  readonly #asking = new Set<string>();
  readonly #caused = new Set<string>();
  #over = true;

  /** This participant spoke or typed. */
  asked(identity: string): void {
    this.#asking.add(identity);
  }

  follow({ type }: Pick<ModelEvent, 'type'>): void {
    if (type === 'audio' || type === 'text') this.#begin();
    else if (type === 'tool-calls') this.#call();
    else if (type === 'turn-complete' || type === 'interrupted') this.#over = true;
  }

  /** The model answers. What is said from now on asks for the next answer. */
  #begin(): void {
    if (!this.#over) return;
    this.#over = false;
    this.#caused.clear();
    this.#takeAsking();
  }

  /** The model calls a tool: the people who spoke or typed since the answer began may be why. */
  #call(): void {
    this.#begin();
    this.#takeAsking();
  }

  /** The one who caused the answer; undefined where several may have, or nobody did. */
  get identity(): string | undefined {
    const [first, second] = this.#caused;
    return second === undefined ? first : undefined;
  }

  #takeAsking(): void {
    for (const identity of this.#asking) this.#caused.add(identity);
    this.#asking.clear();
  }
}
