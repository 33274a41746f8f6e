// One session of the Live API: takes client messages, recogniser events and timers, and sends server messages.
import { checkSetup, type SessionConfig } from '../models/check-setup.js';
import type { ClientMessage, Setup } from '../wire/client-message.js';
import { messages } from '../wire/messages.js';
import { Refusal, refusals } from '../wire/refusal.js';
import { Conversation } from './conversation.js';
import { Dialogue } from './dialogue.js';
import { LimitWatch } from './limit-watch.js';
import type { SessionPort } from './port.js';

/** Messages that a client may send between its setup and setupComplete. */
const MAX_EARLY = 1000;

export class Session {
  readonly #port: SessionPort;
  #state: 'new' | 'setting-up' | 'open' | 'closed' = 'new';
  #early: ClientMessage[] = [];
  #dialogue: Dialogue | undefined;
  #watch: LimitWatch | undefined;
  #conversation: Conversation | undefined;

  constructor(port: SessionPort) {
    this.#port = port;
  }

  /** Takes a client's message; what the service refuses ends the session. */
  receive(message: ClientMessage): void {
    try {
      this.#receive(message);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error);
    }
  }

  /** Ends the session with the service's code and words. */
  refuse(refusal: Refusal, afterMs = this.#port.pace.refusalMs): void {
    if (this.#state === 'closed') return;
    this.end();
    this.#port.clock.after(afterMs, () => this.#port.close(refusal));
  }

  /** The open session's dialogue, for faults. */
  get dialogue(): Dialogue | undefined {
    return this.#state === 'open' ? this.#dialogue : undefined;
  }

  /** The connection is gone. */
  end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#early = [];
    const idle = !(this.#dialogue?.scheduler.generating ?? false);
    this.#dialogue?.close();
    this.#watch?.close();
    if (this.#conversation) this.#port.resumption.release(this.#conversation, this.#port.clock.now(), idle);
  }

  #receive(message: ClientMessage): void {
    switch (this.#state) {
      case 'new':
        if (message.type !== 'setup') throw refusals.setupFirst();
        this.#setUp(message.setup);
        return;
      case 'setting-up':
        if (message.type === 'setup' || this.#early.length >= MAX_EARLY) throw refusals.setupFirst();
        this.#early.push(message);
        return;
      case 'open':
        if (message.type === 'setup') throw refusals.setupFirst();
        this.#dialogue?.receive(message);
        return;
      case 'closed':
    }
  }

  #setUp(setup: Setup): void {
    const { clock, pace } = this.#port;
    const { setup: admitted, expiresInMs } = this.#port.admit(setup);
    const config = checkSetup(admitted, this.#port);
    this.#state = 'setting-up';
    try {
      this.#conversation = this.#takeConversation(config);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error, error.code === 1011 ? pace.handleRefusalMs : pace.refusalMs);
      return;
    }
    const { withholdSetup, refuseSetup } = this.#port;
    if (refuseSetup) this.refuse(refuseSetup, pace.setupMs);
    else if (!withholdSetup) clock.after(pace.setupMs, () => this.#open(config, expiresInMs));
  }

  #takeConversation(config: SessionConfig): Conversation {
    const { resumption, clock, openAnswerer } = this.#port;
    let conversation: Conversation;
    if (config.handle) {
      conversation = resumption.find(config.handle, clock.now());
      if (conversation.model !== config.model.name) throw refusals.invalidArgument();
      conversation.configure(config);
    } else
      conversation = new Conversation(
        config,
        openAnswerer,
        this.#port.openScript(),
        this.#port.speech.recognises,
      );
    resumption.hold(conversation);
    return conversation;
  }

  #open(config: SessionConfig, expiresInMs: number | undefined): void {
    if (this.#state !== 'setting-up' || !this.#conversation) return;
    this.#state = 'open';
    const early = this.#early;
    this.#early = [];
    this.#port.send(messages.setupComplete());
    const port: SessionPort = {
      ...this.#port,
      send: (message) => {
        if (this.#state === 'open') this.#port.send(message);
      },
      close: (refusal) => this.refuse(refusal, 0),
    };
    const watch = new LimitWatch(port, this.#conversation, config.compression !== undefined, expiresInMs);
    this.#watch = watch;
    this.#dialogue = new Dialogue(config, this.#conversation, port, () => watch.watchSession());
    this.#port.onOpen(config);
    for (const message of early) this.receive(message);
  }
}
