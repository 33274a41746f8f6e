// Opens a connection as a call does, with the real SDK, against a socket of our own and gives what arrived there.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { LiveConnection } from '../../../src/gemini/live-connection.js';
import { SdkClient } from '../../../src/gemini/sdk-client.js';
import type { Connect } from '../../../src/gemini/setup.js';
import type { CloseInfo } from '../../../src/session/wire.js';

export interface Captured {
  /** The address, without the key. */
  readonly path: string;
  /** The first frame's `setup`. */
  readonly setup: Record<string, unknown>;
}

export async function captureSetup(connect: Connect, vertexai = false): Promise<Captured> {
  await using server = await listen();
  const client = new SdkClient({
    apiKey: 'key',
    vertexai,
    apiVersion: connect.apiVersion,
    httpOptions: { baseUrl: `http://127.0.0.1:${server.port}` },
  });
  const { model, config, rawSetup } = connect;
  let onEnd: (info: CloseInfo) => void = () => {};
  const ended = new Promise<CloseInfo>((resolve) => {
    onEnd = resolve;
  });
  const connection = new LiveConnection(
    { client, model, config, ...(rawSetup ? { rawSetup } : {}), deadlineMs: 5_000 },
    { onMessage() {}, onClose: onEnd, onFault() {} },
  );
  // An error that the SDK throws while it connects is reported as the end of the connection.
  const refused = await Promise.race([connection.ready, ended]);
  if (refused) throw new Error(refused.reason);
  await connection.close();
  return server.captured();
}

async function listen() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  let captured: Captured | undefined;
  server.on('connection', (socket, request) => {
    socket.once('message', (frame) => {
      const { setup } = JSON.parse(frame.toString()) as { setup: Record<string, unknown> };
      captured = { path: (request.url ?? '').replace(/\?.*/, ''), setup };
      socket.send(Buffer.from('{"setupComplete":{}}'));
    });
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    captured: () => {
      if (captured === undefined) throw new Error('no frame arrived');
      return captured;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
