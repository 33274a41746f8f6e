// A proxy before the real service that records conversations with their times.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { eitherPort } from '../tls/either-port.js';
import type { RecordingLine } from './file.js';
import { withoutSecrets, withoutWords } from './remove.js';

export interface RecordingProxyOptions {
  /** `https://generativelanguage.googleapis.com`, or a local Live API. */
  readonly upstream: string;
  readonly port?: number;
  readonly host?: string;
  /** Serves https and wss on the same port, as Google's Python SDK needs them; see openTls. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Takes the lines of each conversation; `conversation` counts from 0. */
  readonly write: (line: RecordingLine, conversation: number) => void;
  /** Leaves out what was said and written: lengths, kinds and times remain. Keys are never recorded. */
  readonly withoutWords?: boolean;
  readonly log?: (line: string) => void;
}

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  /** The same with https, where the proxy has a certificate. */
  readonly tlsUrl: string | undefined;
  close(): Promise<void>;
}

/** Headers that belong to the client's own connection. */
const OWN_HEADERS = /^(?:host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/;
/** What a close frame may not carry; the connection is cut instead. */
const sendable = (code: number) =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

export async function startRecordingProxy(options: RecordingProxyOptions): Promise<RecordingProxy> {
  const { port = 0, host = '127.0.0.1', log = () => undefined } = options;
  const upstream = options.upstream.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(upstream))
    throw new TypeError(`${options.upstream} is no address with http or https`);
  const sockets = new Set<WebSocket>();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const answer = (request: IncomingMessage, response: ServerResponse) => pass(request, response, upstream);
  const http = createServer(answer);
  const https = options.tls && createTlsServer({ ...options.tls }, answer);
  const listener = https ? eitherPort(http, https) : http;
  let conversations = 0;
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const { url = '/', headers } = request;
    const service = new WebSocket(`${upstream.replace(/^http/, 'ws')}/${url.replace(/^\/+/, '')}`, {
      headers: passedOn(headers),
      perMessageDeflate: false,
    });
    // The client gets the service's own answer, and sends nothing before the service can take it.
    service.on('unexpected-response', (asked, { statusCode = 502 }) => {
      asked.destroy();
      log(`the service refuses a conversation: ${statusCode}`);
      socket.end(`HTTP/1.1 ${statusCode} refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
    service.on('error', (error) => {
      log(`the service cannot be reached: ${error.message}`);
      if (service.readyState !== WebSocket.OPEN && socket.writable)
        socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
    service.once('open', () =>
      upgrades.handleUpgrade(request, socket, head, (client) => {
        const conversation = conversations++;
        log(`recording conversation ${conversation}`);
        for (const each of [client, service]) {
          sockets.add(each);
          each.on('close', () => sockets.delete(each));
        }
        client.on('error', (error) => log(`conversation ${conversation}: ${error.message}`));
        record(client, service, (line) => options.write(line, conversation), options.withoutWords ?? false);
      }),
    );
  };
  for (const server of [http, ...(https ? [https] : [])]) server.on('upgrade', upgrade);

  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, resolve);
  });
  const close = async () => {
    for (const socket of sockets) socket.terminate();
    if ('closeWaiting' in listener) listener.closeWaiting();
    await new Promise<void>((resolve) => {
      listener.close(() => resolve());
      for (const server of [http, ...(https ? [https] : [])]) server.closeAllConnections();
    });
  };
  const authority = `${host}:${(listener.address() as AddressInfo).port}`;
  return {
    url: `http://${authority}`,
    tlsUrl: https && `https://${authority}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function record(
  client: WebSocket,
  service: WebSocket,
  write: (line: RecordingLine) => void,
  wordless: boolean,
): void {
  const startMs = performance.now();
  const now = () => Math.round(performance.now() - startMs);
  const relay = (from: 'client' | 'server', source: WebSocket, sink: WebSocket) => {
    source.on('message', (data, binary) => {
      const message = parsed(data);
      if (message) write({ atMs: now(), from, message: wordless ? withoutWords(message) : message });
      if (sink.readyState === WebSocket.OPEN) sink.send(data, { binary });
    });
  };
  relay('client', client, service);
  relay('server', service, client);
  // Without a code, so that the code that comes back is the service's own only where the service has closed.
  client.on('close', () => service.close());
  service.on('close', (code, bytes) => {
    const reason = bytes.toString();
    write({ atMs: now(), close: { code, reason } });
    if (client.readyState !== WebSocket.OPEN) return;
    if (sendable(code)) client.close(code, reason);
    else client.terminate();
  });
}

/** Passes a plain request on and its answer back, unrecorded: ephemeral tokens are minted so. */
function pass(request: IncomingMessage, response: ServerResponse, upstream: string): void {
  const { method = 'GET', url = '/', headers } = request;
  const send = upstream.startsWith('https:') ? httpsRequest : httpRequest;
  const passing = send(`${upstream}/${url.replace(/^\/+/, '')}`, { method, headers: passedOn(headers) });
  passing.on('response', (answer) => {
    const { connection: _, ...others } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, others);
    answer.pipe(response);
  });
  passing.on('error', ({ message }) => {
    if (!response.headersSent) response.writeHead(502);
    response.end(`the service cannot be reached: ${message}\n`);
  });
  request.pipe(passing);
}

function passedOn(headers: IncomingMessage['headers']) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name)));
}

/** Undefined for what is no message, as a frame that is broken. */
function parsed(data: RawData): Record<string, unknown> | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  try {
    const message: unknown = JSON.parse(bytes.toString());
    const fields = typeof message === 'object' && message !== null && !Array.isArray(message);
    return fields ? withoutSecrets(message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
