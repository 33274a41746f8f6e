// The port of the worker's health and metrics: AgentServer would end with a stack trace when it is taken.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { EnvironmentError } from '../../src/index.js';

/**
 * @returns the port, or a free one for 0, which AgentServer takes for its default
 * @throws EnvironmentError when it cannot be listened on
 */
export async function healthPort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    throw new EnvironmentError([problemOf(error, host, port)]);
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

function problemOf(error: unknown, host: string, port: number): { name: string; message: string } {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return {
        name: 'AGENT_PORT',
        message: `${port} is taken, perhaps by another worker: set it to another port, or to 0 for any free one`,
      };
    case 'EACCES':
      return { name: 'AGENT_PORT', message: `${port} may not be listened on: set it to one above 1023` };
    default:
      return { name: 'AGENT_HOST', message: `${host} cannot be listened on (${String(error)})` };
  }
}
