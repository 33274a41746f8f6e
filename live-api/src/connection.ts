// One WebSocket: frames to messages and back, bounded in what it takes and in what may wait to be sent.
import type { RawData, WebSocket } from 'ws';
import type { JsonObject } from './answerer-port.js';
import type { SessionPort } from './session/port.js';
import type { SessionRecord } from './session/record.js';
import { Session } from './session/session.js';
import { readClientMessage } from './wire/client-message.js';
import type { ApiVersion } from './wire/client-schema.js';
import { closeReason, Refusal } from './wire/refusal.js';

/** A client that reads so slowly that more than this waits for it is cut off. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** How long the peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 3000;

export type ConnectionPort = Omit<SessionPort, 'send' | 'close' | 'onOpen' | 'version'> & {
  readonly version: ApiVersion;
  onOpen(): void;
};

export class Connection {
  readonly record: SessionRecord;
  readonly #socket: WebSocket;
  readonly #port: ConnectionPort;
  readonly #session: Session;

  constructor(socket: WebSocket, record: SessionRecord, port: ConnectionPort) {
    this.record = record;
    this.#socket = socket;
    this.#port = port;
    this.#session = new Session({
      ...port,
      send: (message) => this.send(message),
      close: ({ code, message }) => this.close(code, message),
      onOpen: (config) => {
        record.config = config;
        record.state = 'open';
        port.onOpen();
      },
    });
    socket.on('message', (data) => this.#receive(data));
    socket.on('error', () => undefined); // a close follows, with what there is to say
    socket.on('close', (code, reason) => {
      this.#session.end();
      record.end(code, reason.toString());
    });
  }

  send(message: JsonObject): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.kill();
      return;
    }
    const frame = Buffer.from(`${JSON.stringify(message, undefined, 2)}\n`);
    this.record.add('server', message, frame.length);
    this.#socket.send(frame, { binary: true });
  }

  /** Ends the session with a close frame; the reason is cut where the service cuts it. */
  close(code: number, reason: string): void {
    this.#session.end();
    this.#socket.close(code, closeReason(reason));
    const cancel = this.#port.clock.after(CLOSE_TIMEOUT_MS, () => this.kill());
    this.#socket.once('close', cancel);
  }

  /** Ends the connection without a word, as a broken network does. */
  kill(): void {
    this.#session.end();
    this.#socket.terminate();
  }

  #receive(data: RawData): void {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : (data as Buffer);
    try {
      const { message, json } = readClientMessage(bytes.toString(), this.#port.version);
      this.record.add('client', json, bytes.length);
      this.#session.receive(message);
    } catch (error) {
      if (error instanceof Refusal) this.#session.refuse(error);
      else {
        this.#port.onError(error);
        this.close(1011, 'Internal error encountered.');
      }
    }
  }
}
