// One port for plain and encrypted connections, distinguished by the first byte.
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';

/** The record type of a TLS handshake. */
const HANDSHAKE = 22;
/** A connection without data is closed after this time, as an HTTP server closes one without a request. */
const FIRST_BYTE_TIMEOUT_MS = 60_000;

/** Gives each connection to one of the servers, neither of which listens by itself. */
export function eitherPort(plain: HttpServer, encrypted: HttpsServer): Server & { closeWaiting(): void } {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    const onError = () => socket.destroy();
    const onClose = () => waiting.delete(socket);
    socket.on('error', onError).once('close', onClose);
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.once('data', (first) => {
      socket.pause();
      socket.setTimeout(0);
      socket.removeAllListeners('timeout').off('error', onError);
      waiting.delete(socket);
      (first[0] === HANDSHAKE ? encrypted : plain).emit('connection', socket);
      socket.unshift(first);
      process.nextTick(() => socket.resume());
    });
  });
  return Object.assign(server, {
    closeWaiting: () => {
      for (const socket of waiting) socket.destroy();
    },
  });
}
