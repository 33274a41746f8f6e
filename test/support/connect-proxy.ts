// An HTTP proxy on the loopback that opens tunnels (CONNECT) and records for whom.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxyOptions {
  /** `user:password` that it demands. */
  readonly credentials?: string;
}

export class ConnectProxy implements AsyncDisposable {
  /** `host:port` of each tunnel that was asked for. */
  readonly asked: string[] = [];
  /** Requests that were no CONNECT. */
  readonly plain: string[] = [];
  /** Takes the request for a tunnel and does not answer. */
  isSilent = false;
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Socket>();
  readonly #credentials: string | undefined;

  private constructor({ credentials }: ConnectProxyOptions) {
    this.#credentials = credentials;
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('connect', (request, socket, head) => this.#tunnel(request, socket as Socket, head));
    this.#server.on('request', (request, response) => {
      this.plain.push(String(request.url));
      response.writeHead(501).end();
    });
  }

  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    const user = this.#credentials === undefined ? '' : `${this.#credentials}@`;
    return `http://${user}127.0.0.1:${this.port}`;
  }

  /** Connections to it that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
  }

  #tunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.asked.push(String(request.url));
    // Its end goes unnoticed unless somebody reads, and half of it stays open unless it is ended.
    if (this.isSilent) return void socket.on('end', () => socket.end()).resume();
    const given = request.headers['proxy-authorization'];
    const demanded = this.#credentials;
    if (demanded !== undefined && given !== `Basic ${Buffer.from(demanded).toString('base64')}`) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [host = '', port = ''] = String(request.url).split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    socket.on('close', () => upstream.destroy());
    this.#keep(upstream);
  }
}
