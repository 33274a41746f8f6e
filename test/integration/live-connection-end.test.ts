// How a connection through the real SDK ends: refused, unanswered, cut, or closed by ourselves.
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer as createTcpServer, type Server } from 'node:net';
import type { LiveConnectConfig } from '@google/genai';
import { describe, expect, test, vi } from 'vitest';
import { LiveService, liveClients, silent } from '../support/live-service.js';

const GONE_AT_ONCE_MS = 1_000;
/** Long enough for any deadline of a close, far shorter than the socket's own. */
const PATIENCE_MS = 10_000;

const connect = liveClients();

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

describe('a connection that is not accepted', () => {
  test('ends after the deadline when the set-up is never answered, and the socket is gone', async () => {
    await using service = await LiveService.start(silent);
    const client = connect(service.url, { deadlineMs: 200 });
    const info = await client.closed;
    expect(info).toMatchObject({ code: 1006, expected: false });
    expect(info.reason).toMatch(/setupComplete.*200 ms/);
    expect(await service.peer.closed).toBe(1006);
    expect(client.isReady).toBe(false);
    await client.connection.close();
  });

  test('ends after the deadline when the upgrade is never answered, and the socket is gone', async () => {
    const server = createTcpServer();
    const gone = once(server, 'connection').then(([socket]) => once(socket.resume(), 'close'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { deadlineMs: 200 });
    expect(await client.closed).toMatchObject({ code: 1006, expected: false });
    await gone;
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    [429, '429 Too Many Requests'],
    [503, '503 Service Unavailable'],
    [403, '403 Forbidden'],
  ])('tells the status %i that the upgrade was answered with', async (httpStatus, status) => {
    await using service = await LiveService.start();
    service.refuse(status);
    const client = connect(service.url);
    const info = await client.closed;
    expect(info).toMatchObject({ code: 1006, httpStatus, expected: false });
    expect(info.unreachable).toBeUndefined();
    expect(info.reason).toContain(String(httpStatus));
  });

  test.each([
    [1007, 'Request contains an invalid argument.'],
    [1008, 'models/gemini-0 is not found for API version v1beta'],
  ])('tells the code %i and the reason of a refused set-up', async (code, reason) => {
    await using service = await LiveService.start((peer) => {
      peer.socket.once('message', () => peer.socket.close(code, reason));
    });
    const client = connect(service.url);
    expect(await client.closed).toEqual({ code, reason, expected: false });
    expect(client.isReady).toBe(false);
  });

  test('reports that nobody listens on the port', async () => {
    const service = await LiveService.start();
    const { url } = service;
    await service[Symbol.asyncDispose]();
    const info = await connect(url).closed;
    expect(info).toMatchObject({ code: 1006, expected: false, unreachable: true });
    expect(info.reason).toContain('ECONNREFUSED');
    expect(info.httpStatus).toBeUndefined();
  });

  test('reports that the service does not speak TLS', async () => {
    await using service = await LiveService.start();
    const info = await connect(`https://127.0.0.1:${service.port}`).closed;
    expect(info).toMatchObject({ code: 1006, expected: false, unreachable: true });
    expect(info.reason).not.toBe('');
  });

  test.each([
    ['before there is a socket', { httpOptions: { timeout: 1 } }],
    ['once it is open', { safetySettings: [{ method: 'SEVERITY' }] } as unknown as LiveConnectConfig],
  ])('tells what the SDK does not take, %s, and leaves no socket', async (_when, config) => {
    await using service = await LiveService.start(silent);
    const info = await connect(service.url, { config }).closed;
    expect(info).toMatchObject({ code: 1006, expected: false });
    expect(info.reason).not.toBe('');
    for (const peer of service.peers) expect(await peer.closed).toBe(1006);
  });
});

describe('close', () => {
  test('sends 1000 and resolves once the peer has answered', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    await client.connection.close();
    expect(client.closes).toEqual([{ code: 1000, reason: '', expected: true }]);
    expect(await service.peer.closed).toBe(1000);
  });

  test('twice is once', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    await Promise.all([client.connection.close(), client.connection.close()]);
    await client.connection.close();
    expect(client.closes).toHaveLength(1);
    expect(client.connection.isOpen).toBe(false);
  });

  test('does not wait without a limit for a peer that never answers', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.socket.pause();
    const startMs = performance.now();
    await client.connection.close();
    expect(performance.now() - startMs).toBeLessThan(PATIENCE_MS);
    expect(client.closes).toEqual([expect.objectContaining({ expected: true })]);
    service.peer.socket.resume();
    await service.peer.closed;
  });

  test('sends nothing and delivers nothing once it was called', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    const closing = client.connection.close();
    expect(client.connection.isOpen).toBe(false);
    expect(client.connection.send((session) => session.sendClientContent({ turns: 'hello' }))).toBe(false);
    await closing;
    expect(service.peer.received).toHaveLength(1);
  });

  test('in the tick of its creation leaves no socket behind, even where the upgrade is never answered', async () => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(`http://127.0.0.1:${port}`);
    const startMs = performance.now();
    await client.connection.close();
    expect(performance.now() - startMs).toBeLessThan(GONE_AT_ONCE_MS);
    expect(client.closes).toEqual([expect.objectContaining({ expected: true })]);
    // By the next turn of the loop the SDK has created its socket, if it does.
    await new Promise((resolve) => setImmediate(resolve));
    // Connections are accepted in their order: once this one is there, so is any that the client left.
    const accepted: (number | undefined)[] = [];
    server.on('connection', (socket) => accepted.push(socket.remotePort));
    const last = createConnection(port, '127.0.0.1');
    await vi.waitFor(() => expect(accepted).toContain(last.localPort));
    await vi.waitFor(async () => expect(await connectionsOf(server)).toBe(1));
    last.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('before the set-up is complete ends it at once', async () => {
    await using service = await LiveService.start(silent);
    const client = connect(service.url);
    await vi.waitFor(() => expect(service.peers).toHaveLength(1));
    await service.peer.setup();
    await client.connection.close();
    expect(client.closes).toEqual([{ code: 1000, reason: '', expected: true }]);
    expect(await service.peer.closed).toBe(1000);
    expect(client.isReady).toBe(false);
  });

  test('while the upgrade is still unanswered ends it at once', async () => {
    const server = createTcpServer();
    const connected = once(server, 'connection');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [socket] = await connected;
    const gone = once(socket.resume(), 'close');
    await client.connection.close();
    expect(client.closes).toEqual([expect.objectContaining({ expected: true })]);
    await gone;
    await new Promise((resolve) => server.close(resolve));
  });

  test('after the connection was refused resolves and calls no listener', async () => {
    const service = await LiveService.start();
    const { url } = service;
    await service[Symbol.asyncDispose]();
    const client = connect(url);
    await client.closed;
    await client.connection.close();
    expect(client.closes).toHaveLength(1);
  });

  test('races a refusal without telling the end twice', async () => {
    const service = await LiveService.start();
    const { url } = service;
    await service[Symbol.asyncDispose]();
    const client = connect(url);
    await new Promise((resolve) => setImmediate(resolve));
    await client.connection.close();
    expect(client.closes).toHaveLength(1);
  });
});

test('terminate cuts the connection without a close frame', async () => {
  await using service = await LiveService.start();
  const client = connect(service.url);
  await client.connection.ready;
  client.connection.terminate('two pings were not answered');
  expect(client.closes).toEqual([{ code: 1006, reason: 'two pings were not answered', expected: false }]);
  expect(await service.peer.closed).toBe(1006);
});
