// What stands between a session and its socket: lets messages through, or holds, doubles, swaps and delays them.
import type { JsonObject } from '../answerer-port.js';
import type { Cancel, Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import { newCallId } from '../session/conversation.js';
import type { FunctionCall } from '../wire/messages.js';

type Slow = Extract<ConnectionFault, { fault: 'slow' }>;

/** What may wait for a frozen or slow network. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** The clock may call so much early; waiting for the rest would be no waiting. */
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
  /** What is on its way, while the line is frozen or slow, and until it is empty after that. */
  #line: { readonly frame: Frame; readonly dueMs: number }[] = [];
  #lineBytes = 0;
  #running = false;
  #duplicates = 0;
  #reorders = 0;
  #overtaken: Frame[] = [];
  #lateTranscriptsMs = 0;
  #doubleCalls = 0;
  #newIds = false;

  /** `overflow`: more is held back than may be. */
  constructor(clock: Clock, write: (frame: Frame) => void, overflow: () => void) {
    this.#clock = clock;
    this.#write = write;
    this.#overflow = overflow;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  send(message: JsonObject): void {
    const frame = { data: Buffer.from(`${JSON.stringify(message, undefined, 2)}\n`), message };
    if (this.#lateTranscriptsMs > 0 && isTranscript(message)) {
      this.#later(this.#lateTranscriptsMs, () => this.sendFrame(frame));
      return;
    }
    if (this.#reorders > 0) {
      this.#reorders--;
      this.#overtaken.push(frame);
      return;
    }
    this.sendFrame(frame);
    if (this.#duplicates > 0) {
      this.#duplicates--;
      this.sendFrame(frame);
    }
    this.#doubleCall(message);
    const overtaken = this.#overtaken;
    this.#overtaken = [];
    for (const late of overtaken) this.sendFrame(late);
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

  duplicate(count: number): void {
    this.#duplicates += count;
  }

  reorder(count: number): void {
    this.#reorders += count;
  }

  lateTranscripts(delayMs: number): void {
    this.#lateTranscriptsMs = delayMs;
  }

  doubleCalls(count: number, newIds: boolean): void {
    this.#doubleCalls += count;
    this.#newIds = newIds;
  }

  clear(): void {
    this.#slow = undefined;
    this.#duplicates = 0;
    this.#reorders = 0;
    this.#lateTranscriptsMs = 0;
    this.#doubleCalls = 0;
    const overtaken = this.#overtaken;
    this.#overtaken = [];
    for (const frame of overtaken) this.sendFrame(frame);
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#overtaken = [];
    this.#line = [];
    this.#lineBytes = 0;
  }

  #doubleCall(message: JsonObject): void {
    const { functionCalls } = (message.toolCall ?? {}) as { functionCalls?: readonly FunctionCall[] };
    if (!functionCalls || this.#doubleCalls === 0) return;
    this.#doubleCalls--;
    const calls = this.#newIds ? functionCalls.map((call) => ({ ...call, id: newCallId() })) : functionCalls;
    const copy = { toolCall: { functionCalls: calls } };
    this.sendFrame({ data: Buffer.from(`${JSON.stringify(copy, undefined, 2)}\n`), message: copy });
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

function isTranscript({ serverContent }: JsonObject): boolean {
  const content = (serverContent ?? {}) as JsonObject;
  return content.outputTranscription !== undefined || content.inputTranscription !== undefined;
}
