// Answers in parts: a queue that is pushed by callbacks and read by an async generator.

/** Waiting parts: as many as an answer may have, and one that shows that there are more. */
const MAX_WAITING = 101;

export class AnswerStream {
  readonly #signal: AbortSignal;
  readonly #answers: { readonly value: unknown; readonly willContinue: boolean }[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};
  #over = false;

  /** @param signal ends the reading, without a last result */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The last answer was added, or the reader is aborted. */
  get isOver(): boolean {
    return this.#over || this.#signal.aborted;
  }

  add(value: unknown, willContinue: boolean): void {
    if (this.isOver || this.#answers.length >= MAX_WAITING) return;
    this.#over = !willContinue;
    this.#answers.push({ value, willContinue });
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.#over = true;
    this.#failure = { error };
    this.#wake();
  }

  /** Yields each answer and returns the last. @throws what fail() was given */
  async *read(): AsyncGenerator<unknown, unknown> {
    const onAbort = (): void => this.#wake();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!this.#signal.aborted) {
        const answer = this.#answers.shift();
        if (answer) {
          if (!answer.willContinue) return answer.value;
          yield answer.value;
        } else if (this.#failure) {
          throw this.#failure.error;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
      return undefined;
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
  }
}

export function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}
