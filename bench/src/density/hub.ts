// One address for the sessions of many rooms: each goes to the stand-in of the room that its instructions name.
import { once } from 'node:events';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { addressOf, SERVER_OPTIONS, StandIn } from '../live-api/stand-in.js';

/** A worker has one address for all of its calls; a call is recognised by its set-up. */
export function instructionsFor(room: string): string {
  return `You are a helpful assistant in the room ${room}.`;
}

const ROOM = /in the room ([\w-]+)\./;

export class Hub implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #standIns = new Map<string, StandIn>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<Hub> {
    const server = new WebSocketServer(SERVER_OPTIONS);
    await once(server, 'listening');
    return new Hub(server);
  }

  get baseUrl(): string {
    return addressOf(this.#server);
  }

  /** The stand-in that answers in this room. */
  of(room: string): StandIn {
    const standIn = this.#standIns.get(room) ?? new StandIn();
    this.#standIns.set(room, standIn);
    return standIn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    socket.once('error', () => socket.terminate());
    socket.once('message', (data: RawData) => {
      const [, room] = ROOM.exec(String(data)) ?? [];
      if (room) this.of(room).take(socket, data);
      else socket.close(1007, 'no room is named');
    });
  }
}
