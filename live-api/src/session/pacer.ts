// Sends a voice with the service's timing: a short first chunk, then larger ones, faster than real time.
import type { Cancel, Clock } from '../clock/clock.js';
import { VOICE_RATE } from '../speech/port.js';

const SAMPLES_PER_MS = VOICE_RATE / 1000;

export interface PacerOptions {
  readonly clock: Clock;
  readonly firstChunkMs: number;
  readonly chunkMs: number;
  readonly speedup: number;
  /** A chunk of PCM16 at 24 kHz; the view is only good during the call. */
  readonly send: (chunk: Int16Array) => void;
}

export class Pacer {
  readonly #options: PacerOptions;
  readonly #queue: Int16Array[] = [];
  #queued = 0;
  #headUsed = 0;
  #sent = 0;
  #ending: (() => void) | undefined;
  #cancel: Cancel | undefined;
  #firstAtMs: number | undefined;
  #stopped = false;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** When the first chunk was sent, on the clock. */
  get firstAtMs(): number | undefined {
    return this.#firstAtMs;
  }

  /** How much audio has been sent. */
  get sentMs(): number {
    return this.#sent / SAMPLES_PER_MS;
  }

  push(samples: Int16Array): void {
    if (this.#stopped || samples.length === 0) return;
    this.#queue.push(samples);
    this.#queued += samples.length;
    this.#pump();
  }

  /** Resolves once all that was pushed has been sent, or the pacer was stopped. The last chunk is what remains. */
  flush(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ending = resolve;
      this.#pump();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#settle();
  }

  #settle(): void {
    const ending = this.#ending;
    this.#ending = undefined;
    ending?.();
  }

  #pump(): void {
    const { clock, speedup } = this.#options;
    while (!this.#cancel && !this.#stopped) {
      const ms = this.#firstAtMs === undefined ? this.#options.firstChunkMs : this.#options.chunkMs;
      const wanted = Math.round(ms * SAMPLES_PER_MS);
      if (this.#queued === 0) {
        if (this.#ending) this.#settle();
        return;
      }
      if (this.#queued < wanted && !this.#ending) return;
      const dueMs = (this.#firstAtMs ?? clock.now()) + this.sentMs / speedup;
      const waitMs = dueMs - clock.now();
      if (waitMs > 0.5) {
        this.#cancel = clock.after(waitMs, () => {
          this.#cancel = undefined;
          this.#pump();
        });
        return;
      }
      this.#firstAtMs ??= clock.now();
      const chunk = this.#take(Math.min(wanted, this.#queued));
      this.#sent += chunk.length;
      this.#options.send(chunk);
    }
  }

  #take(count: number): Int16Array {
    const head = this.#queue[0] as Int16Array;
    if (head.length - this.#headUsed >= count) {
      const view = head.subarray(this.#headUsed, this.#headUsed + count);
      this.#advance(count);
      return view;
    }
    const joined = new Int16Array(count);
    for (let filled = 0; filled < count; ) {
      const segment = this.#queue[0] as Int16Array;
      const size = Math.min(count - filled, segment.length - this.#headUsed);
      joined.set(segment.subarray(this.#headUsed, this.#headUsed + size), filled);
      filled += size;
      this.#advance(size);
    }
    return joined;
  }

  #advance(count: number): void {
    this.#queued -= count;
    this.#headUsed += count;
    const head = this.#queue[0] as Int16Array;
    if (this.#headUsed === head.length) {
      this.#queue.shift();
      this.#headUsed = 0;
    }
  }
}
