// Ends one connection when its time or its session's time is over, and announces that with goAway.
import type { Cancel } from '../clock/clock.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import type { Conversation } from './conversation.js';
import type { SessionPort } from './port.js';

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
