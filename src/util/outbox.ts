// A bounded queue whose messages are sent one after the other, so that they arrive in order. Own code, not p-queue:
// it replaces waiting messages by key, holds them while the room's connection is lost, and drops by rank when full.

export interface OutboxOptions<T> {
  readonly send: (message: T) => Promise<void>;
  readonly onError: (error: unknown, message: T) => void;
  /** Capacity of the queue; beyond it expendable messages are dropped first, then replaceable ones, then the oldest. */
  readonly capacity?: number;
}

/**
 * `notice`: sent when nothing else waits, and dropped first. `expendable`: in order, and dropped before what is normal.
 * `kept`: never dropped, also beyond the queue's capacity.
 */
export type OutboxRank = 'notice' | 'expendable' | 'normal' | 'kept';

interface Entry<T> {
  message: T;
  readonly key: string | undefined;
  readonly rank: OutboxRank;
}

const DEFAULT_CAPACITY = 500;

export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  readonly #entries: Entry<T>[] = [];
  #sending: Promise<void> | undefined;
  #closed = false;
  #held = false;
  #holds = 0;
  /** Messages that were dropped because the queue was full. */
  dropped = 0;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Queues a message that is never replaced, and dropped only when the queue is full, by its rank. */
  post(message: T, rank: OutboxRank = 'normal'): void {
    this.#add({ message, key: undefined, rank });
  }

  /** Queues a message that replaces a waiting one with the same key. */
  postLatest(key: string, message: T): void {
    if (this.#closed) return;
    const waiting = this.#entries.find((entry) => entry.key === key);
    if (waiting) waiting.message = message;
    else this.#add({ message, key, rank: 'normal' });
  }

  /** Removes the waiting message with this key. */
  retract(key: string): void {
    const index = this.#entries.findIndex((entry) => entry.key === key);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  /** Sends nothing until release(). A message whose sending fails meanwhile is kept as well. */
  hold(): void {
    this.#held = true;
    this.#holds += 1;
  }

  release(): void {
    this.#held = false;
    if (this.#entries.length > 0) this.#sending ??= this.#drain();
  }

  /** Resolves when every posted message is sent or held, including those posted meanwhile. */
  async drained(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  /** Accepts no more messages; those that wait are still sent. */
  close(): Promise<void> {
    this.#closed = true;
    this.release();
    return this.drained();
  }

  #add(entry: Entry<T>): void {
    if (this.#closed) return;
    if (this.#entries.length >= (this.#options.capacity ?? DEFAULT_CAPACITY)) {
      this.dropped += 1;
      if (!this.#makeRoomFor(entry)) return;
    }
    this.#entries.push(entry);
    if (!this.#held) this.#sending ??= this.#drain();
  }

  /** Drops the waiting message of the lowest rank; false when that is the new one. */
  #makeRoomFor({ key, rank }: Entry<T>): boolean {
    const drop = (isLess: (waiting: Entry<T>) => boolean): boolean => {
      const index = this.#entries.findIndex(isLess);
      if (index >= 0) this.#entries.splice(index, 1);
      return index >= 0;
    };
    for (const least of ['notice', 'expendable'] as const) {
      if (drop((waiting) => waiting.rank === least)) return true;
      if (rank === least) return false;
    }
    if (drop((waiting) => waiting.key !== undefined)) return true;
    if (key !== undefined) return false;
    return drop((waiting) => waiting.rank === 'normal') || rank === 'kept';
  }

  async #drain(): Promise<void> {
    // Sends after this tick: the caller may be on the audio path.
    await Promise.resolve();
    for (let entry = this.#next(); entry; entry = this.#next()) {
      const holds = this.#holds;
      try {
        await this.#options.send(entry.message);
      } catch (error) {
        // An error is reported unless the queue was held since the sending began: the message is then kept.
        if (holds === this.#holds) this.#options.onError(error, entry.message);
        else if (!this.#isReplaced(entry)) this.#entries.unshift(entry);
      }
    }
    this.#sending = undefined;
  }

  #isReplaced({ key }: Entry<T>): boolean {
    return key !== undefined && this.#entries.some((waiting) => waiting.key === key);
  }

  #next(): Entry<T> | undefined {
    if (this.#held) return undefined;
    const index = this.#entries.findIndex(({ rank }) => rank !== 'notice');
    return this.#entries.splice(Math.max(0, index), 1)[0];
  }
}
