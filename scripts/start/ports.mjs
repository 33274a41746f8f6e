// Checks whether ports are free, before a service is started that would fail.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { SetupError } from '../setup/setup-error.mjs';

/** @typedef {{ port: number, protocol: 'tcp' | 'udp', for: string, remedy: string }} PortNeed */

/**
 * @param {readonly PortNeed[]} needs
 * @throws {SetupError} that names the first port that is taken, and what to change
 */
export async function demandFreePorts(needs) {
  for (const need of needs) {
    const free = need.protocol === 'udp' ? await isUdpFree(need.port) : await isTcpFree(need.port);
    if (free) continue;
    throw new SetupError(`${need.protocol} port ${need.port} for ${need.for} is taken`, need.remedy);
  }
}

/** The wanted port where it is free, otherwise any. @param {number} wanted @returns {Promise<number>} */
export async function freePort(wanted) {
  if (await isTcpFree(wanted)) return wanted;
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : wanted));
    });
  });
}

/** @param {number} port @returns {Promise<boolean>} */
function isTcpFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** @param {number} port @returns {Promise<boolean>} */
function isUdpFree(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
