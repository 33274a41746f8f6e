// Waits for a condition by looking again whenever something happened, never on a timer.

export interface WaitOptions {
  /** How long to wait at most. */
  readonly timeoutMs: number;
  /** What is waited for, and how things stand; evaluated when the wait fails. */
  readonly describe: () => string;
  readonly signal?: AbortSignal | undefined;
}

/** A condition did not come true in time, or can no longer. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
}

/** What a probe found: it may return anything, and is asked again while that is falsy. */
export type Found<T> = Exclude<T, false | undefined | null | '' | 0>;

export class Watch {
  readonly #looks = new Set<() => void>();
  readonly #ends = new Set<(why: Error) => void>();
  #closed: Error | undefined;

  /** Lets every waiting probe look again. */
  notify(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Fails every wait, and all later ones whose probe is not true at once. */
  close(reason: string): void {
    this.#closed ??= new WaitError(reason);
    for (const end of [...this.#ends]) end(this.#closed);
  }

  /**
   * Resolves with the first truthy value of `probe`, asked now and at each `notify()`.
   *
   * @throws {WaitError} after `timeoutMs`, or when closed; the signal's reason when aborted
   */
  until<T>(probe: () => T, { timeoutMs, describe, signal }: WaitOptions): Promise<Found<T>> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
        this.#ends.delete(end);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const look = (): void => {
        let found: T;
        try {
          found = probe();
        } catch (error) {
          done(() => reject(error));
          return;
        }
        if (found) done(() => resolve(found as Found<T>));
      };
      const end = (why: Error): void => done(() => reject(new WaitError(`${why.message}: ${describe()}`)));
      const abort = (): void => done(() => reject(signal?.reason));
      const timer = setTimeout(() => {
        done(() => reject(new WaitError(`waited ${timeoutMs} ms in vain: ${describe()}`)));
      }, timeoutMs);
      this.#looks.add(look);
      this.#ends.add(end);
      signal?.addEventListener('abort', abort, { once: true });
      look();
      if (!this.#looks.has(look)) return;
      if (this.#closed) end(this.#closed);
      else if (signal?.aborted) abort();
    });
  }
}
