// A timer queue: a heap of due calls behind a single setTimeout.

/** Undoes what `after` planned; harmless when it has run already. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls `run` once, `delayMs` from now. Calls due at the same time run in the order they were planned. */
  after(delayMs: number, run: () => void): Cancel;
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** setTimeout rounds down to whole milliseconds, so it may wake a little early. */
const EARLY_MS = 0.5;
/** setTimeout takes no more; a later call is planned again when this has passed. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export class SharedClock implements Clock {
  readonly #heap: Entry[] = [];
  readonly #onError: (error: unknown) => void;
  #order = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #cancelled = 0;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Calls that are still to run. */
  get pending(): number {
    return this.#heap.length - this.#cancelled;
  }

  now(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Cancel {
    const entry: Entry = { dueMs: this.now() + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(entry);
    if (entry.dueMs < this.#armedForMs) this.#arm();
    return () => {
      if (!entry.run) return;
      entry.run = undefined;
      this.#cancelled++;
      if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    this.#heap.length = 0;
    this.#cancelled = 0;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#heap[0];
    if (!next) {
      this.#timer = undefined;
      this.#armedForMs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#armedForMs = next.dueMs;
    this.#timer = setTimeout(
      () => this.#fire(),
      Math.min(MAX_TIMEOUT_MS, Math.max(0, next.dueMs - this.now())),
    );
  }

  #fire(): void {
    const untilMs = this.now() + EARLY_MS;
    for (let next = this.#heap[0]; next && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      const { run } = next;
      if (!run) {
        this.#cancelled--;
        continue;
      }
      next.run = undefined;
      try {
        run();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#arm();
  }

  #sweep(): void {
    const alive = this.#heap.filter((entry) => entry.run).sort(before);
    this.#heap.length = 0;
    this.#heap.push(...alive); // a sorted list is a heap
    this.#cancelled = 0;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (before(above, entry) <= 0) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry) < 0) child++;
      const below = heap[child] as Entry;
      if (before(last, below) <= 0) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Entry, b: Entry): number {
  return a.dueMs - b.dueMs || a.order - b.order;
}
