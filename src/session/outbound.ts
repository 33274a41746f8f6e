// Sends inputs to the model: checks admission, records them until they are answered, holds them without a connection.
import { admit, type InputRules } from './admission.js';
import { Backlog } from './backlog.js';
import type { Exchange } from './exchange.js';
import { withoutSpeech } from './held-texts.js';
import type { Input, Wire } from './wire.js';

export interface OutboundOptions {
  readonly rules: InputRules;
  readonly exchange: Exchange;
  /** The open connection; undefined while there is none. */
  readonly wire: () => Wire | undefined;
  /** Whether the connection was set up with manual activity detection. */
  readonly isManual: () => boolean;
  /** An input from the room was not sent; the reason is reported to its sender. */
  readonly onRefused: (reason: string) => void;
}

export class Outbound {
  readonly #options: OutboundOptions;
  readonly #backlog = new Backlog((input) => this.#hand(input));
  /** The last input that was not audio: it may be the cause of a close that follows. */
  #last: { readonly input: Input; readonly atMs: number } | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  /** Whether no held input waits to be sent. */
  get isEmpty(): boolean {
    return this.#backlog.isEmpty;
  }

  /** The inputs that wait to be sent. */
  get waiting(): readonly Input[] {
    return this.#backlog.inputs;
  }

  /** The last input that was not audio, if it was sent within `ms`. */
  lastWithin(ms: number, nowMs: number): Input | undefined {
    return this.#last && nowMs - this.#last.atMs <= ms ? this.#last.input : undefined;
  }

  send(given: Input): void {
    const { exchange, rules, isManual } = this.#options;
    const { input, refusal } = admit(given, rules, { seeding: false, manual: isManual() });
    if (refusal) this.#options.onRefused(refusal);
    // A profile that takes effect with the next connection may use manual detection: markers are kept for it.
    const kept = input ?? (isMarker(given) ? given : undefined);
    if (!kept) return;
    const nowMs = performance.now();
    exchange.said(kept, nowMs);
    if (!this.#options.wire()) exchange.buffer.hold(kept, nowMs);
    else if (this.#backlog.isEmpty) this.#hand(kept);
    else this.#backlog.add(kept);
  }

  /** Sends before held inputs: a tool result need not keep its order with speech. */
  sendAtOnce(input: Input): void {
    if (this.#options.wire()) this.#hand(input);
  }

  /** A connection is open: sends the history of a new session, then the inputs that are due, then those that were held. */
  release(seed: Extract<Input, { type: 'context' }> | undefined, due: readonly Input[]): void {
    this.#last = undefined;
    if (seed) this.#transmit(seed, true);
    this.#backlog.start(due);
  }

  /** The connection is lost: inputs that were waiting to be sent are held before new ones. */
  disconnected(): void {
    this.#options.exchange.buffer.holdAgain(this.#backlog.stop());
  }

  /** Drops speech that was not sent yet. `isActivityOpen`: the service waits for activityEnd. */
  takeBack(isActivityOpen: boolean): void {
    this.#backlog.start(withoutSpeech(this.#backlog.stop()));
    if (isActivityOpen) this.sendAtOnce({ type: 'activity-end' });
  }

  close(): void {
    this.#backlog.stop();
  }

  #hand(input: Input): void {
    const { exchange } = this.#options;
    exchange.sent(input, performance.now());
    const isSent = this.#transmit(input, false);
    if (isSent && input.type === 'tool-results') exchange.calls.sent(input.results);
  }

  /** The only way to a connection: an input that the model does not accept never reaches it. */
  #transmit(given: Input, seeding: boolean): boolean {
    const { rules, isManual, wire } = this.#options;
    const { input } = admit(given, rules, { seeding, manual: isManual() });
    if (!input) return false;
    if (input.type !== 'audio') this.#last = { input: given, atMs: performance.now() };
    return wire()?.send(input) === true;
  }
}

function isMarker({ type }: Input): boolean {
  return type === 'activity-start' || type === 'activity-end';
}
