// A service at the other end of a real WebSocket that does what the test says, and a client that records what it tells.
import { once } from 'node:events';
import {
  createServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveConnectConfig, LiveServerMessage } from '@google/genai';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../src/gemini/client.js';
import { LiveConnection } from '../../src/gemini/live-connection.js';
import type { CloseInfo } from '../../src/session/wire.js';

export const KEY = 'key-that-nobody-may-read';

export type OnPeer = (peer: Peer) => void;

/** The service's end of one connection. */
export class Peer {
  readonly socket: WebSocket;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly received: Record<string, unknown>[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.path = request.url ?? '';
    this.headers = request.headers;
    socket.on('message', (data) => this.received.push(JSON.parse(String(data)) as Record<string, unknown>));
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  /** As the service does: JSON in a binary frame. */
  send(message: unknown): void {
    this.socket.send(Buffer.from(JSON.stringify(message)));
  }

  /** The first frame, once it has come. */
  setup(): Promise<Record<string, unknown>> {
    return vi.waitFor(() => {
      const [setup] = this.received;
      if (!setup) throw new Error('no set-up has come');
      return setup;
    });
  }
}

/** A service that accepts each connection and leaves the rest to the test. */
export class LiveService implements AsyncDisposable {
  readonly peers: Peer[] = [];
  readonly #http: HttpServer = createServer();
  readonly #ws = new WebSocketServer({ noServer: true });
  #refuse: string | undefined;

  static async start(onPeer: OnPeer = answerSetup): Promise<LiveService> {
    const service = new LiveService();
    service.#http.on('upgrade', (request, socket, head) => {
      if (service.#refuse) {
        socket.end(`HTTP/1.1 ${service.#refuse}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        return;
      }
      service.#ws.handleUpgrade(request, socket, head, (webSocket) => {
        const peer = new Peer(webSocket, request);
        service.peers.push(peer);
        onPeer(peer);
      });
    });
    service.#http.listen(0, '127.0.0.1');
    await once(service.#http, 'listening');
    return service;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get peer(): Peer {
    const peer = this.peers[0];
    if (!peer) throw new Error('nobody has connected');
    return peer;
  }

  /** Answers every upgrade with a status, as `429 Too Many Requests`, until it is called with undefined. */
  refuse(status: string | undefined): void {
    this.#refuse = status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.#ws.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

export function answerSetup(peer: Peer): void {
  peer.socket.once('message', () => peer.send({ setupComplete: {} }));
}

export const silent: OnPeer = () => {};

class RecordingClient {
  readonly messages: LiveServerMessage[] = [];
  readonly closes: CloseInfo[] = [];
  readonly faults: unknown[] = [];
  isReady = false;
  onMessage: (message: LiveServerMessage) => void = () => {};
  onClose: (info: CloseInfo) => void = () => {};
  readonly connection: LiveConnection;
  readonly closed: Promise<CloseInfo>;
  #onClosed: (info: CloseInfo) => void = () => {};

  constructor(
    baseUrl: string,
    options: {
      deadlineMs?: number;
      apiVersion?: string;
      config?: LiveConnectConfig;
      rawSetup?: Record<string, unknown>;
      /** Empty: none at all. */
      apiKey?: string;
    } = {},
  ) {
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.connection = new LiveConnection(
      {
        client: createClient(
          { ...(options.apiKey === '' ? {} : { apiKey: options.apiKey ?? KEY }), baseUrl },
          options.apiVersion ?? 'v1beta',
        ),
        model: 'gemini-3.8-live',
        config: options.config ?? {},
        deadlineMs: options.deadlineMs ?? 5_000,
        ...(options.rawSetup ? { rawSetup: options.rawSetup } : {}),
      },
      {
        onMessage: (message) => {
          this.messages.push(message);
          this.onMessage(message);
        },
        onClose: (info) => {
          this.closes.push(info);
          this.#onClosed(info);
          this.onClose(info);
        },
        onFault: (error) => this.faults.push(error),
      },
    );
    void this.connection.ready.then(() => {
      this.isReady = true;
    });
  }

  /** Everything that somebody may read in a log. */
  get texts(): string {
    const faults = this.faults.map((fault) =>
      fault instanceof Error ? `${fault.stack} ${String(fault.cause)}` : fault,
    );
    return JSON.stringify([this.closes, faults]);
  }
}

/**
 * Connects the clients of one test, and closes them after it: by then each has told its end exactly once,
 * no promise was rejected without anybody noticing, and no text that may reach a log holds the key.
 */
export function liveClients(): (...args: ConstructorParameters<typeof RecordingClient>) => RecordingClient {
  const clients: RecordingClient[] = [];
  const stray: unknown[] = [];
  const onStray = (error: unknown): void => void stray.push(error);
  beforeEach(() => {
    process.on('unhandledRejection', onStray);
  });
  afterEach(async () => {
    const ended = clients.splice(0);
    for (const client of ended) await client.connection.close();
    // Unhandled rejections are reported at the end of a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onStray);
    expect(stray.splice(0)).toEqual([]);
    for (const client of ended) {
      expect(client.closes).toHaveLength(1);
      expect(client.texts).not.toContain(KEY);
    }
  });
  return (...args) => {
    const client = new RecordingClient(...args);
    clients.push(client);
    return client;
  };
}
