// Joining and leaving in time, whatever the server does: a deadline, the job's signal, and nothing left behind.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { runCall } from '../../src/call/call.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { nativeListenerCount } from '../../src/room/native/native-library.js';
import { quietLog } from '../support/supervised.js';

/** Accepts connections and never answers. */
let server: Server;
let url: string;
const sockets = new Set<Socket>();
/** rtc-node's listeners while nothing joins. */
let idleListeners: number;

beforeAll(() => {
  idleListeners = nativeListenerCount();
});

beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('an aborted job ends its attempt to join at once, and is no failure', async () => {
  const stop = new AbortController();
  const ends: unknown[] = [];
  const job = {
    room: 'r',
    url,
    token: 'x.y.z',
    metadata: '',
    signal: stop.signal,
    end: (reason: string, failed?: boolean) => ends.push({ reason, failed }),
  };
  const sawSocket = once(server, 'connection');
  const running = runCall(job, { access: { apiKey: 'some-key', baseUrl: url }, log: quietLog });
  await sawSocket;
  stop.abort(new Error('the worker ends'));
  await running;
  expect(ends).toEqual([{ reason: 'closed', failed: false }]);
});

test('joining a server that never answers ends at the deadline, and names it', async () => {
  const joining = LiveKitRoom.connect({ url, token: 'x.y.z', log: quietLog, deadlineMs: 300 });
  await expect(joining).rejects.toThrow('joining the room took longer than 300 ms');
  server.close();
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(() => expect(nativeListenerCount()).toBe(idleListeners), { timeout: 20_000 });
});
