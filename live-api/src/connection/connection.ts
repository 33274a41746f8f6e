// One WebSocket: frames to messages and back, bounded in what it takes and in what may wait to be sent.
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { ConnectionFault, SetupCompanion, Trigger } from '../faults/schema.js';
import type { Triggers } from '../faults/triggers.js';
import type { SessionPort } from '../session/port.js';
import type { SessionRecord } from '../session/record.js';
import { Session } from '../session/session.js';
import { readClientMessage } from '../wire/client-message.js';
import type { ApiVersion } from '../wire/client-schema.js';
import { closeOf } from '../wire/known-closes.js';
import { withoutMedia } from '../wire/messages.js';
import { closeReason, Refusal, refusals } from '../wire/refusal.js';
import { disturb } from './disturb.js';
import { type Frame, Outgoing } from './outgoing.js';

/** A client that reads so slowly that more than this waits for it is cut off. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** How long the peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 3000;

export type ConnectionPort = Omit<SessionPort, 'send' | 'fault' | 'close' | 'onOpen' | 'version'> & {
  readonly version: ApiVersion;
  onOpen(): void;
  /** Faults at moments of this connection, those that were set later included. */
  readonly triggers: Triggers;
  /** What goes out in the same TCP segment as setupComplete. */
  readonly setupCompanion: SetupCompanion | undefined;
};

export class Connection {
  readonly record: SessionRecord;
  readonly #socket: WebSocket;
  readonly #transport: Duplex;
  readonly #port: ConnectionPort;
  readonly #session: Session;
  readonly #outgoing: Outgoing;

  constructor(socket: WebSocket, transport: Duplex, record: SessionRecord, port: ConnectionPort) {
    this.#transport = transport;
    this.record = record;
    this.#socket = socket;
    this.#port = port;
    this.#outgoing = new Outgoing(
      port.clock,
      (frame) => this.#write(frame),
      () => this.kill(),
    );
    this.#session = new Session({
      ...port,
      send: (message) => this.#outgoing.send(message),
      fault: (fault) => this.disturb(fault),
      close: ({ code, message }) => this.close(code, message),
      onOpen: (config) => {
        record.config = config;
        record.state = 'open';
        port.onOpen();
        this.#onOpened();
      },
    });
    socket.on('message', (data) => this.#receive(data));
    socket.on('error', () => undefined); // a close follows, with what there is to say
    socket.on('close', (code, reason) => {
      this.#outgoing.close();
      this.#session.end();
      record.end(code, reason.toString());
    });
  }

  /** Executes a fault. */
  disturb(fault: ConnectionFault): void {
    disturb(
      {
        clock: this.#port.clock,
        outgoing: this.#outgoing,
        dialogue: this.#session.dialogue,
        kill: () => this.kill(),
        close: (code, reason) => this.close(code, reason),
        pause: () => this.#socket.pause(),
        resume: () => this.#socket.resume(),
      },
      fault,
    );
  }

  /** Ends the session with a close frame; the reason is cut where the service cuts it. */
  close(code: number, reason: string): void {
    this.#session.end();
    if (this.#outgoing.frozen) {
      this.kill();
      return;
    }
    this.#socket.close(code, closeReason(reason));
    const cancel = this.#port.clock.after(CLOSE_TIMEOUT_MS, () => this.kill());
    this.#socket.once('close', cancel);
  }

  /** Ends the connection without a close frame, as a broken network does. */
  kill(): void {
    this.#session.end();
    this.#socket.resume(); // a paused socket emits no close event
    this.#socket.terminate();
  }

  #write({ data, message }: Frame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.kill();
      return;
    }
    if (message) this.record.add('server', message, data.length);
    const companions = message?.setupComplete === undefined ? undefined : this.#port.setupCompanion;
    if (companions) this.#sendTogether(data, companions);
    else this.#socket.send(data, { binary: true });
    if (message && this.#port.triggers.watchesSent) {
      const text = withoutMedia(message);
      for (const trigger of this.#port.triggers.take('sent', text)) this.#trigger(trigger);
    }
  }

  /** Sends setupComplete, the messages and the close that are to come with it in one write. */
  #sendTogether(setupComplete: Buffer, { messages, close }: SetupCompanion): void {
    this.#transport.cork();
    this.#socket.send(setupComplete, { binary: true });
    for (const message of messages) this.#outgoing.sendUntouched(message);
    if (close) {
      const { code, message } = closeOf(close);
      this.close(code, message);
    }
    this.#transport.uncork();
  }

  #onOpened(): void {
    for (const trigger of this.#port.triggers.opening) {
      const begin = () => {
        if (this.#port.triggers.use(trigger)) this.#trigger(trigger);
      };
      // Executed before anything else is sent, so that a fault of messages applies to the first of them.
      if (trigger.openedMs === 0) begin();
      else this.#socket.once('close', this.#port.clock.after(trigger.openedMs ?? 0, begin));
    }
  }

  #trigger({ afterMs, do: faults }: Trigger): void {
    const run = () => {
      for (const fault of faults) this.disturb(fault);
    };
    if (afterMs === 0) {
      run();
      return;
    }
    const cancel = this.#port.clock.after(afterMs, run);
    this.#socket.once('close', cancel);
  }

  #receive(data: RawData): void {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : (data as Buffer);
    try {
      const { message, json } = readClientMessage(bytes.toString(), this.#port.version);
      this.record.add('client', json, bytes.length);
      const taken = this.#port.triggers.watchesReceived
        ? this.#port.triggers.take('received', withoutMedia(json))
        : [];
      if (!taken.some(({ instead }) => instead)) this.#session.receive(message);
      for (const trigger of taken) this.#trigger(trigger);
    } catch (error) {
      if (error instanceof Refusal) {
        this.#session.refuse(error);
        return;
      }
      this.#port.onError(error);
      const { code, message } = refusals.internal();
      this.close(code, message);
    }
  }
}
