// How long connections and sessions may last, and what the service says before it ends them.
import type { Cancel } from '../clock/clock.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import type { Conversation } from './conversation.js';
import type { SessionPort } from './port.js';

export interface Limits {
  /** The life of one connection. */
  readonly connectionMs: number;
  /** How long before its end goAway is sent. */
  readonly goAwayMs: number;
  /** The life of a session with audio alone, over all its connections, unless its context is compressed. */
  readonly audioSessionMs: number;
  /** The same once it has seen video. */
  readonly videoSessionMs: number;
}

const MINUTE_MS = 60_000;

export const documentedLimits: Limits = {
  connectionMs: 10 * MINUTE_MS,
  goAwayMs: 50_000,
  audioSessionMs: 15 * MINUTE_MS,
  videoSessionMs: 2 * MINUTE_MS,
};

/** Watches over one connection. */
export class LimitWatch {
  readonly #port: SessionPort;
  readonly #conversation: Conversation;
  readonly #compressed: boolean;
  readonly #startMs: number;
  readonly #cancels: Cancel[] = [];
  #session: Cancel | undefined;

  constructor(port: SessionPort, conversation: Conversation, compressed: boolean, expiresInMs = Infinity) {
    this.#port = port;
    this.#conversation = conversation;
    this.#compressed = compressed;
    this.#startMs = port.clock.now();
    const { connectionMs, goAwayMs } = port.limits;
    if (Number.isFinite(connectionMs)) {
      this.#after(connectionMs - goAwayMs, () =>
        port.send(messages.goAway(Math.min(goAwayMs, connectionMs))),
      );
      this.#after(connectionMs, () => port.close(refusals.deadline()));
    }
    if (Number.isFinite(expiresInMs)) this.#after(expiresInMs, () => port.close(refusals.keyExpired()));
    this.watchSession();
  }

  /** Sets the end of the session anew: video has shortened its life. */
  watchSession(): void {
    this.#session?.();
    const { audioSessionMs, videoSessionMs } = this.#port.limits;
    const { sessionMs = Infinity } = this.#conversation;
    const lifeMs = Math.min(sessionMs, this.#conversation.sawVideo ? videoSessionMs : audioSessionMs);
    if (this.#compressed || !Number.isFinite(lifeMs)) return;
    const usedMs = this.#conversation.connectedMs + this.#port.clock.now() - this.#startMs;
    this.#session = this.#port.clock.after(lifeMs - usedMs, () => {
      this.#conversation.expire();
      this.#port.close(refusals.sessionExpired());
    });
  }

  close(): void {
    this.#conversation.connectedMs += this.#port.clock.now() - this.#startMs;
    this.#session?.();
    for (const cancel of this.#cancels) cancel();
  }

  #after(delayMs: number, run: () => void): void {
    this.#cancels.push(this.#port.clock.after(delayMs, run));
  }
}
