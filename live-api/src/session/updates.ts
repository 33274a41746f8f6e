// Sends the sessionResumptionUpdates: one after setup, or one about every second, as the model does it.
import type { Cancel } from '../clock/clock.js';
import type { SessionConfig } from '../models/check-setup.js';
import { messages } from '../wire/messages.js';
import type { Conversation } from './conversation.js';
import type { SessionPort } from './port.js';

export class Updates {
  #cancel: Cancel | undefined;

  constructor(config: SessionConfig, conversation: Conversation, port: SessionPort, busy: () => boolean) {
    if (!config.resumptionUpdates) return;
    const { clock, pace, resumption } = port;
    const periodic = config.model.resumption === 'periodic';
    let first = true;
    const send = () => {
      // The first handle points to the state before the first turn, so that also a session of one turn gets one.
      const blocked = periodic && !first && (busy() || conversation.pending.size > 0);
      first = false;
      port.send(
        blocked ? messages.notResumable() : messages.resumable(resumption.issue(conversation, clock.now())),
      );
      if (periodic) this.#cancel = clock.after(pace.resumptionEveryMs, send);
    };
    this.#cancel = clock.after(pace.resumptionMs, send);
  }

  close(): void {
    this.#cancel?.();
  }
}
