// Passes frames from a session to its socket, or holds them while the simulated network is frozen or slow.
import type { JsonObject } from '../answerer-port.js';
import type { Cancel, Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import { type MessageFault, MessageFaults } from './message-faults.js';

type Slow = Extract<ConnectionFault, { fault: 'slow' }>;

/** What may wait for a frozen or slow network. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** The clock may call this much early; a frame within this time is sent at once. */
const EARLY_MS = 0.5;
/** Frames that follow slow ones wait for them. */
const AT_ONCE: Slow = { fault: 'slow', latencyMs: 0, jitterMs: 0 };

export interface Frame {
  readonly data: Buffer;
  /** Missing for frames that are no JSON. */
  readonly message?: JsonObject;
}

export class Outgoing {
  readonly #clock: Clock;
  readonly #write: (frame: Frame) => void;
  readonly #overflow: () => void;
  readonly #cancels = new Set<Cancel>();
  #frozen = false;
  #slow: Slow | undefined;
  /** Frames that are held while the network is frozen or slow, and until they are sent after that. */
  #line: { readonly frame: Frame; readonly dueMs: number }[] = [];
  #lineBytes = 0;
  #running = false;
  readonly #messages: MessageFaults;

  /** `overflow`: more is held back than may be. */
  constructor(clock: Clock, write: (frame: Frame) => void, overflow: () => void) {
    this.#clock = clock;
    this.#write = write;
    this.#overflow = overflow;
    this.#messages = new MessageFaults(clock, (message) => this.sendFrame(frameOf(message)));
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  send(message: JsonObject): void {
    this.#messages.send(message);
  }

  /** Sends a message past the faults of messages. */
  sendUntouched(message: JsonObject): void {
    this.sendFrame(frameOf(message));
  }

  /** A fault of the messages to come. */
  apply(fault: MessageFault): void {
    this.#messages.apply(fault);
  }

  /** Sends bytes as they are, through freeze and slowness only. */
  sendFrame(frame: Frame): void {
    if (this.#lineBytes > MAX_HELD_BYTES) this.#overflow();
    else if (this.#frozen || this.#slow || this.#line.length > 0) this.#queue(frame, this.#slow ?? AT_ONCE);
    else this.#write(frame);
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#run();
  }

  slow(slow: Slow): void {
    this.#slow = slow;
  }

  clear(): void {
    this.#slow = undefined;
    this.#messages.clear();
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#messages.close();
    this.#line = [];
    this.#lineBytes = 0;
  }

  /** A line with latency and a width: frames stay in order. */
  #queue(frame: Frame, { latencyMs, jitterMs, bytesPerSecond }: Slow): void {
    const transferMs = bytesPerSecond === undefined ? 0 : (frame.data.length * 1000) / bytesPerSecond;
    const arrivalMs = this.#clock.now() + latencyMs + Math.random() * jitterMs;
    const dueMs = Math.max(arrivalMs, this.#line.at(-1)?.dueMs ?? 0) + transferMs;
    this.#line.push({ frame, dueMs });
    this.#lineBytes += frame.data.length;
    this.#run();
  }

  #run(): void {
    if (this.#running) return;
    for (let next = this.#line[0]; next && !this.#frozen; next = this.#line[0]) {
      const waitMs = next.dueMs - this.#clock.now();
      if (waitMs > EARLY_MS) {
        this.#running = true;
        this.#later(waitMs, () => {
          this.#running = false;
          this.#run();
        });
        return;
      }
      this.#line.shift();
      this.#lineBytes -= next.frame.data.length;
      this.#write(next.frame);
    }
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }
}

function frameOf(message: JsonObject): Frame {
  return { data: Buffer.from(`${JSON.stringify(message, undefined, 2)}\n`), message };
}
