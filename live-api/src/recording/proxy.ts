// A proxy before the real service that records conversations with their times.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { type RecordingLine, withoutWords } from './file.js';

export interface RecordingProxyOptions {
  /** `https://generativelanguage.googleapis.com`, or a local Live API. */
  readonly upstream: string;
  readonly port?: number;
  readonly host?: string;
  /** Takes the lines of each conversation; `conversation` counts from 0. */
  readonly write: (line: RecordingLine, conversation: number) => void;
  /** Leaves out what was said and written: lengths, kinds and times remain. Keys are never recorded. */
  readonly withoutWords?: boolean;
  readonly log?: (line: string) => void;
}

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

/** Headers that belong to the client's own connection. */
const OWN_HEADERS = /^(?:host|connection|upgrade|content-length|sec-websocket-.*)$/;
const MAX_WAITING = 1000;
/** What a close frame may not carry; 1011 instead. */
const sendable = (code: number) =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

export async function startRecordingProxy(options: RecordingProxyOptions): Promise<RecordingProxy> {
  const { upstream, port = 0, host = '127.0.0.1', log = () => undefined } = options;
  const target = upstream.replace(/^http/, 'ws').replace(/\/+$/, '');
  if (!/^wss?:\/\//.test(target)) throw new TypeError(`${upstream} is no address with http or https`);
  const sockets = new Set<WebSocket>();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const http = createServer((_, response) => {
    response.writeHead(404).end('only sessions are recorded here\n');
  });
  let conversations = 0;
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    upgrades.handleUpgrade(request, socket, head, (client) => {
      const conversation = conversations++;
      record(client, request, conversation);
      log(`recording conversation ${conversation}`);
    });
  });

  function record(client: WebSocket, { url = '/', headers }: IncomingMessage, conversation: number): void {
    const startMs = performance.now();
    const server = new WebSocket(`${target}/${url.replace(/^\/+/, '')}`, {
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name))),
      perMessageDeflate: false,
    });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', (error) => log(`conversation ${conversation}: ${error.message}`));
      socket.on('close', () => sockets.delete(socket));
    }
    const waiting: { data: RawData; binary: boolean }[] = [];
    const take = (from: 'client' | 'server', data: RawData) => {
      const message = parsed(data);
      if (!message) return;
      options.write(
        {
          atMs: Math.round(performance.now() - startMs),
          from,
          message: (options.withoutWords ? withoutWords(message) : message) as Record<string, unknown>,
        },
        conversation,
      );
    };
    client.on('message', (data, binary) => {
      take('client', data);
      if (server.readyState === WebSocket.OPEN) server.send(data, { binary });
      else if (waiting.length < MAX_WAITING) waiting.push({ data, binary });
      else client.close(1011, 'the service does not answer');
    });
    server.on('open', () => {
      for (const { data, binary } of waiting.splice(0)) server.send(data, { binary });
    });
    server.on('message', (data, binary) => {
      take('server', data);
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary });
    });
    client.on('close', () => server.close());
    server.on('close', (code, reason) => {
      const words = reason.toString();
      options.write(
        { atMs: Math.round(performance.now() - startMs), close: { code, reason: words } },
        conversation,
      );
      if (client.readyState !== WebSocket.OPEN) return;
      if (sendable(code)) client.close(code, words);
      else client.terminate();
    });
  }

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  const close = async () => {
    for (const socket of sockets) socket.terminate();
    await new Promise<void>((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  };
  return {
    url: `http://${host}:${(http.address() as AddressInfo).port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function parsed(data: RawData): Record<string, unknown> | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  try {
    return JSON.parse(bytes.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
