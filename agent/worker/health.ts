// The worker's HTTP endpoints: liveness, readiness, and its calls.

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EnvironmentError } from '../../src/index.js';

export interface WorkerStatus {
  readonly agentName: string;
  readonly rooms: number;
  readonly slots: number;
  readonly hosts: number;
  readonly registered: boolean;
  readonly full: boolean;
  readonly draining: boolean;
  /** No process has been able to run a call yet. */
  readonly starting?: boolean;
}

/** Prometheus metrics in their text form. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export class HealthServer {
  readonly #server: Server;
  #status: (() => WorkerStatus) | undefined;
  #metrics: Metrics | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      this.#answer(request.method ?? 'GET', pathname, response);
    });
  }

  /** @throws EnvironmentError when the port cannot be listened on */
  static async listen(host: string, port: number): Promise<HealthServer> {
    const server = createServer();
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
    } catch (error) {
      throw new EnvironmentError([problemOf(error, host, port)]);
    }
    return new HealthServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ready from now on, as far as the status says. */
  serve(status: () => WorkerStatus, metrics?: Metrics): void {
    this.#status = status;
    this.#metrics = metrics;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(method: string, path: string, response: ServerResponse): void {
    const status = this.#status?.();
    if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'only GET');
    else if (path === '/') send(response, 200, 'OK');
    else if (path === '/worker') worker(response, status);
    else if (path === '/metrics') void sendMetrics(response, this.#metrics);
    else if (path !== '/ready') send(response, 404, 'there are /, /ready, /metrics and /worker');
    else {
      const reason = whyNotReady(status);
      send(response, reason === undefined ? 200 : 503, reason ?? 'OK');
    }
  }
}

async function sendMetrics(response: ServerResponse, metrics: Metrics | undefined): Promise<void> {
  try {
    if (!metrics) return send(response, 503, 'the worker is starting');
    const text = await metrics.text();
    response.writeHead(200, { 'content-type': metrics.contentType });
    response.end(text);
  } catch (error) {
    send(response, 500, `the metrics could not be read: ${String(error)}`);
  }
}

function whyNotReady(status: WorkerStatus | undefined): string | undefined {
  if (!status?.registered) return 'not registered with the LiveKit server';
  if (status.starting) return 'the first process for calls is starting';
  if (status.draining) return 'draining';
  return status.full ? `full: ${status.rooms} of ${status.slots} rooms` : undefined;
}

function worker(response: ServerResponse, status: WorkerStatus | undefined): void {
  const body = status && {
    agent_name: status.agentName,
    active_jobs: status.rooms,
    slots: status.slots,
    hosts: status.hosts,
    registered: status.registered,
    full: status.full,
    draining: status.draining,
  };
  response.writeHead(status ? 200 : 503, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? {}));
}

function send(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
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
