// Sends usageMetadata for each second of incoming audio, on models that do so.
import type { Cancel } from '../clock/clock.js';
import type { SessionConfig } from '../models/check-setup.js';
import { messages } from '../wire/messages.js';
import { audioTokens } from './context-window.js';
import type { Conversation } from './conversation.js';
import type { SessionPort } from './port.js';

const EVERY_MS = 1000;
const SAMPLES_PER_MS = 16;

export class Meter {
  #cancel: Cancel | undefined;

  constructor({ model }: SessionConfig, conversation: Conversation, { clock, send }: SessionPort) {
    if (!model.usageEverySecond) return;
    let reported = conversation.samples;
    const tick = () => {
      const tokens = audioTokens((conversation.samples - reported) / SAMPLES_PER_MS);
      reported = conversation.samples;
      if (tokens > 0)
        send({ ...messages.emptyContent(), ...messages.usage({ prompt: { AUDIO: tokens }, response: {} }) });
      this.#cancel = clock.after(EVERY_MS, tick);
    };
    this.#cancel = clock.after(EVERY_MS, tick);
  }

  close(): void {
    this.#cancel?.();
  }
}
