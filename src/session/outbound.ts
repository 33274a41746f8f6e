// Everything that goes to the model: admitted, recorded until it is answered, held while there is no connection.
import { admit, type InputRules } from './admission.js';
import { Backlog } from './backlog.js';
import type { Exchange } from './exchange.js';
import { withoutSpeech } from './input-buffer.js';
import type { Input, Wire } from './wire.js';

export interface OutboundOptions {
  readonly rules: InputRules;
  readonly exchange: Exchange;
  /** The open connection; undefined while there is none. */
  readonly wire: () => Wire | undefined;
  /** The profile that the connection was set up for lets people open and close their turns. */
  readonly isManual: () => boolean;
  /** A person's input was not sent, and why. */
  readonly onRefused: (reason: string) => void;
}

export class Outbound {
  readonly #options: OutboundOptions;
  readonly #backlog = new Backlog((input) => this.#hand(input));
  /** What was sent last and is no audio: a close that follows may be about it. */
  #last: { readonly input: Input; readonly atMs: number } | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  /** Everything that waited has gone out. */
  get isEmpty(): boolean {
    return this.#backlog.isEmpty;
  }

  /** The input that went out last, audio aside, within `ms`. */
  lastWithin(ms: number, nowMs: number): Input | undefined {
    return this.#last && nowMs - this.#last.atMs <= ms ? this.#last.input : undefined;
  }

  send(given: Input): void {
    const { exchange, rules, isManual } = this.#options;
    const { input, refusal } = admit(given, rules, { seeding: false, manual: isManual() });
    if (refusal) this.#options.onRefused(refusal);
    // Turns that people open and close are taken by the next connection, if not by this one.
    const kept = input ?? (isMarker(given) ? given : undefined);
    if (!kept) return;
    const nowMs = performance.now();
    exchange.said(kept, nowMs);
    if (!this.#options.wire()) exchange.buffer.hold(kept, nowMs);
    else if (this.#backlog.isEmpty) this.#hand(kept);
    else this.#backlog.add(kept);
  }

  /** Ahead of what waits: a tool's answer is not part of what people say. */
  sendAtOnce(input: Input): void {
    if (this.#options.wire()) this.#hand(input);
  }

  /** A connection is open: first the history of a new session, then what it has not been sent. */
  release(seed: Extract<Input, { type: 'context' }> | undefined, due: readonly Input[]): void {
    this.#last = undefined;
    if (seed) this.#transmit(seed, true);
    this.#backlog.start(due);
  }

  /** The connection is gone: what was waiting to go out goes on waiting, before what comes now. */
  disconnected(): void {
    const now = performance.now();
    for (const input of this.#backlog.stop()) this.#options.exchange.buffer.hold(input, now);
  }

  /** What was said and not sent yet is not sent. `isActivityOpen`: the service still waits for the end of it. */
  takeBack(isActivityOpen: boolean): void {
    this.#backlog.start(withoutSpeech(this.#backlog.stop()));
    if (isActivityOpen) this.sendAtOnce({ type: 'activity-end' });
  }

  close(): void {
    this.#backlog.stop();
  }

  #hand(input: Input): void {
    const { exchange } = this.#options;
    exchange.buffer.record(input, performance.now());
    const isSent = this.#transmit(input, false);
    if (isSent && input.type === 'tool-results') exchange.calls.sent(input.results);
  }

  /** The only way to a connection: nothing that the model does not take passes here. */
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
