// A stand-in for the Live API that speaks tones: accepts any set-up, reports when audio arrives, answers on command.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { samplesOf } from '../tone.js';
import { type Answer, contentFrame } from './answer.js';

export interface Heard {
  readonly samples: Int16Array;
  /** When the message that held them had arrived, in ms of performance.now(). */
  readonly atMs: number;
}

/** An answer that is being spoken. */
export interface Speaking {
  /** When the first audio chunk was handed to the socket. */
  readonly startedAtMs: number;
  /** Resolves when the turn is complete, also when it was interrupted. */
  readonly ended: Promise<void>;
  /** Sends `interrupted` and, like the service, the end of the turn after it. Returns when it was sent. */
  interrupt(): number;
}

/** Input is PCM16 at this rate when the MIME type has none. */
export const INPUT_RATE = 16_000;
/** From `interrupted` to the turn's end. */
const TURN_END_MS = 20;
const USAGE = {
  usageMetadata: {
    promptTokenCount: 100,
    responseTokenCount: 50,
    totalTokenCount: 150,
    promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 100 }],
    responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
  },
};

/** Answers a close frame without a code by 1000: the plugin takes the empty answer of plain servers for an error. */
class ObligingSocket extends WebSocket {
  override close(code = 1000, reason?: string | Buffer): void {
    super.close(code, reason);
  }
}

/** How the stand-ins listen: every message a binary frame as it is, nothing compressed. */
export const SERVER_OPTIONS = {
  host: '127.0.0.1',
  port: 0,
  WebSocket: ObligingSocket,
  perMessageDeflate: false,
} as const;

export class StandIn implements AsyncDisposable {
  readonly #server: WebSocketServer | undefined;
  /** The newest connection that has been set up. */
  #session: WebSocket | undefined;
  #handle = 0;
  /** Connections opened so far. */
  connections = 0;
  onAudio: (heard: Heard) => void = () => {};
  onReady: () => void = () => {};

  /** @param server its own; without one it is given its connections by take() */
  constructor(server?: WebSocketServer) {
    this.#server = server;
    server?.on('connection', (socket) => this.take(socket));
  }

  static async start(): Promise<StandIn> {
    const server = new WebSocketServer(SERVER_OPTIONS);
    await once(server, 'listening');
    return new StandIn(server);
  }

  get baseUrl(): string {
    return addressOf(this.#server);
  }

  get isReady(): boolean {
    return this.#session?.readyState === WebSocket.OPEN;
  }

  /** Sends an input transcript, as the service does before its answer. */
  transcribe(text: string): void {
    this.#live().send(contentFrame({ inputTranscription: { text } }));
  }

  speak(answer: Answer): Speaking {
    const session = this.#live();
    const startedAtMs = performance.now();
    const timers = new Set<NodeJS.Timeout>();
    const after = (ms: number, act: () => void): void => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          if (session.readyState === WebSocket.OPEN) act();
        },
        startedAtMs + ms - performance.now(),
      );
      timers.add(timer);
    };
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    session.once('close', end);
    const completeTurn = (): void => {
      session.off('close', end);
      session.send(contentFrame({ turnComplete: true }, USAGE));
      this.#handle += 1;
      const sessionResumptionUpdate = { newHandle: `handle-${this.#handle}`, resumable: true };
      session.send(Buffer.from(JSON.stringify({ sessionResumptionUpdate })));
      end();
    };
    for (const { atMs, bytes } of answer.frames) {
      if (atMs === 0) session.send(bytes);
      else after(atMs, () => session.send(bytes));
    }
    after(answer.durationMs, completeTurn);
    return {
      startedAtMs,
      ended,
      interrupt: () => {
        for (const timer of timers) clearTimeout(timer);
        const atMs = performance.now();
        session.send(contentFrame({ interrupted: true }));
        after(atMs - startedAtMs + TURN_END_MS, completeTurn);
        return atMs;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    if (!server) return;
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  }

  /** @param first what has come over the connection before */
  take(socket: WebSocket, first?: RawData): void {
    this.connections += 1;
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => this.#receive(socket, data));
    if (first !== undefined) this.#receive(socket, first);
  }

  #receive(socket: WebSocket, data: RawData): void {
    const atMs = performance.now();
    const message = JSON.parse(String(data)) as {
      setup?: object;
      realtimeInput?: { audio?: { data?: string } };
    };
    if (message.setup) {
      socket.send(Buffer.from(JSON.stringify({ setupComplete: {} })));
      this.#session = socket;
      this.onReady();
    }
    const audio = message.realtimeInput?.audio?.data;
    if (audio && socket === this.#session) this.onAudio({ samples: samplesOf(audio), atMs });
  }

  #live(): WebSocket {
    if (!this.#session || !this.isReady) throw new Error('the subject has no session with the stand-in');
    return this.#session;
  }
}

/** @throws when there is no server that listens */
export function addressOf(server: WebSocketServer | undefined): string {
  const address = server?.address() as AddressInfo | undefined;
  if (!address) throw new Error('this stand-in has no address of its own');
  return `http://127.0.0.1:${address.port}`;
}
