// Keeps the process from ending while a model runs in a thread: onnxruntime would abort it instead (SIGABRT, 134).

const RUNNING = 0;
const CLOSED = 1;
/** Longer than any run; after this time the process exits in any case. */
const WAIT_LIMIT_MS = 1000;

/** Shared by a thread that runs models and the thread that may end the process. */
export class RunGate {
  readonly shared: Int32Array<SharedArrayBuffer>;

  constructor(shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.shared = shared;
  }

  /** Does `work` unless the gate is closed; then the promise stays open, and the thread ends with the process. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    // In this order: close() after the load below finds RUNNING set, and waits.
    Atomics.store(this.shared, RUNNING, 1);
    if (Atomics.load(this.shared, CLOSED) === 1) {
      this.#leave();
      return new Promise<never>(() => {});
    }
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Refuses further runs, and blocks until the present one has ended. */
  close(): void {
    Atomics.store(this.shared, CLOSED, 1);
    Atomics.wait(this.shared, RUNNING, 1, WAIT_LIMIT_MS);
  }

  #leave(): void {
    Atomics.store(this.shared, RUNNING, 0);
    Atomics.notify(this.shared, RUNNING);
  }
}
