// The local Live API: an HTTP server whose upgrades become sessions.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { admit } from './auth/credentials.js';
import { EphemeralTokens } from './auth/tokens.js';
import { SharedClock } from './clock/clock.js';
import { Connection, type ConnectionPort } from './connection/connection.js';
import { Faults, type FaultTarget } from './faults/faults.js';
import type { ConnectionFault } from './faults/schema.js';
import { answerHttp, refuseUpgrade } from './http.js';
import type { LiveApiOptions } from './options.js';
import { openParts, type Parts } from './parts.js';
import { readScenario, type Scenario, type ScenarioInput } from './scenario/schema.js';
import { ScenarioScript } from './scenario/script.js';
import { documentedLimits } from './session/limits.js';
import { resolvePace } from './session/pace.js';
import { type LiveApiSession, SessionRecord } from './session/record.js';
import { measuredResumption, ResumptionStore } from './session/resumption.js';
import { eitherPort } from './tls/either-port.js';
import { type Endpoint, readEndpoint } from './wire/endpoint.js';

export interface LiveApiServer extends AsyncDisposable {
  readonly port: number;
  /** For `httpOptions.baseUrl` of the SDK. */
  readonly url: string;
  /** The same with https, where the server has a certificate. */
  readonly tlsUrl: string | undefined;
  /** The open sessions and the last fifty that ended, oldest first. */
  readonly sessions: readonly LiveApiSession[];
  /** Faults on request. */
  readonly faults: Faults;
  /** Sets the scenario of new conversations; throws a TypeError that names every wrong field. */
  setScenario(scenario: ScenarioInput): void;
  clearScenario(): void;
  /** Resolves with the next session whose setup was accepted and that was not given out before. */
  waitForSession(): Promise<LiveApiSession>;
  /** Ends every session (1001) and frees the port; may be called again. */
  close(): Promise<void>;
}

/** One frame of a client; a second of 48 kHz audio is a hundredth of it. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
const MAX_ENDED = 50;

/** Starts a local Live API; rejects when the port is taken. */
export async function startLiveApi(options: LiveApiOptions = {}): Promise<LiveApiServer> {
  const log = options.log ?? (() => undefined);
  const parts = await openParts(options, log);
  const server = new LiveApi(options, parts, log);
  try {
    await server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class LiveApi implements LiveApiServer {
  readonly faults: Faults;
  readonly #options: LiveApiOptions;
  readonly #parts: Parts;
  readonly #log: (line: string) => void;
  readonly #clock: SharedClock;
  readonly #resumption: ResumptionStore;
  readonly #http: Server;
  readonly #https: Server | undefined;
  /** What listens: the HTTP server itself, or what gives connections to it and to the one behind TLS. */
  readonly #listener: NetServer;
  readonly #upgrades: WebSocketServer;
  readonly #connections = new Set<Connection>();
  readonly #tokens = new EphemeralTokens();
  #scenario: Scenario | undefined;
  #ended: SessionRecord[] = [];
  #opened: LiveApiSession[] = [];
  #waiting: { resolve(session: LiveApiSession): void; reject(error: Error): void }[] = [];
  #closing: Promise<void> | undefined;
  #host = '';

  constructor(options: LiveApiOptions, parts: Parts, log: (line: string) => void) {
    this.#options = options;
    this.#parts = parts;
    this.#log = log;
    this.#clock = new SharedClock((error) => this.#onError(error));
    this.#resumption = new ResumptionStore({ ...measuredResumption, ...options.resumption });
    this.#upgrades = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    this.faults = new Faults({
      disturb: (fault, target) => this.#disturb(fault, target),
      refuseHandles: (refusal, count) => this.#resumption.refuseNext(refusal, count),
      acceptHandles: () => this.#resumption.acceptAgain(),
    });
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      void answerHttp(request, response, this);
    };
    this.#http = createServer(answer);
    const https = options.tls && createTlsServer({ ...options.tls }, answer);
    this.#https = https;
    this.#listener = https ? eitherPort(this.#http, https) : this.#http;
    if (options.scenario) this.setScenario(options.scenario);
    for (const server of [this.#http, ...(https ? [https] : [])])
      server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get controlHosts(): readonly string[] {
    return this.#options.controlHosts ?? [];
  }

  get tokens(): EphemeralTokens {
    return this.#tokens;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    return `http://${this.#authority}`;
  }

  get tlsUrl(): string | undefined {
    return this.#https && `https://${this.#authority}`;
  }

  get #authority(): string {
    return `${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${this.port}`;
  }

  get sessions(): readonly LiveApiSession[] {
    return [...this.#ended, ...[...this.#connections].map(({ record }) => record)];
  }

  setScenario(scenario: unknown): void {
    this.#scenario = readScenario(scenario);
    for (const fault of this.#scenario.connections) this.faults.prepare(fault);
  }

  clearScenario(): void {
    this.#scenario = undefined;
  }

  listen(port: number, host: string): Promise<void> {
    this.#host = host;
    return new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(port, host, () => {
        this.#listener.off('error', reject);
        this.#listener.on('error', (error) => this.#onError(error));
        resolve();
      });
    });
  }

  waitForSession(): Promise<LiveApiSession> {
    const session = this.#opened.shift();
    if (session) return Promise.resolve(session);
    if (this.#closing) return Promise.reject(new Error('the local Live API is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const { reject } of this.#waiting) reject(new Error('the local Live API was closed'));
    this.#waiting = [];
    const ends = [...this.#connections].map((connection) => {
      connection.close(1001, '');
      return connection.record.closed;
    });
    const ended = new Promise<void>((resolve) => {
      this.#listener.close(() => resolve());
    });
    await Promise.all(ends);
    this.#http.closeAllConnections();
    this.#https?.closeAllConnections();
    if ('closeWaiting' in this.#listener) (this.#listener as ReturnType<typeof eitherPort>).closeWaiting();
    await ended;
    this.#clock.close();
    await this.#parts.speech.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const endpoint = readEndpoint(request.url ?? '', request.headers);
    const status = this.#closing ? 503 : endpoint ? this.faults.takeUpgrade() : 404;
    if (status !== undefined || !endpoint) {
      refuseUpgrade(socket, status ?? 404);
      return;
    }
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const record = new SessionRecord({
        id: randomUUID(),
        version: endpoint.version,
        key: endpoint.key,
        headers: request.headers,
        keep: this.#options.record ?? true,
        now: () => this.#clock.now(),
      });
      const connection = new Connection(webSocket, socket, record, this.#sessionPort(endpoint, record));
      this.#connections.add(connection);
      void record.closed.then(() => this.#onEnded(connection));
    });
  }

  #sessionPort(endpoint: Endpoint, record: SessionRecord): ConnectionPort {
    return {
      clock: this.#clock,
      speech: this.#parts.speech,
      openAnswerer: this.#parts.openAnswerer,
      pace: resolvePace(this.#options.pace),
      resumption: this.#resumption,
      version: endpoint.version,
      retired: this.#options.retired ?? 'serve',
      limits: { ...documentedLimits, ...this.#options.limits },
      withholdSetup: this.faults.takeWithheldSetup(),
      refuseSetup: this.faults.takeRefusedSetup(),
      setupCompanion: this.faults.takeSetupCompanion(),
      triggers: this.faults.triggers,
      admit: (setup) => admit(endpoint, setup, this.#tokens),
      openScript: () => this.#scenario && new ScenarioScript(this.#scenario),
      onOpen: () => this.#onOpen(record),
      describePicture: this.#parts.describePicture,
      onError: (error) => this.#onError(error),
      log: (line) => this.#log(`session ${record.id}: ${line}`),
    };
  }

  #disturb(fault: ConnectionFault, target: FaultTarget): readonly string[] {
    const open = [...this.#connections].filter(({ record }) => record.state !== 'closed');
    const hit =
      typeof target === 'object'
        ? open.filter(({ record }) => record.id === target.id)
        : target === 'all'
          ? open
          : open.slice(-1);
    for (const connection of hit) connection.disturb(fault);
    return hit.map(({ record }) => record.id);
  }

  #onOpen(session: LiveApiSession): void {
    this.#log(`session ${session.id} opened with ${session.config?.model.name}`);
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(session);
    else this.#opened.push(session);
    if (this.#opened.length > MAX_ENDED) this.#opened.shift();
  }

  #onEnded({ record }: Connection): void {
    for (const connection of this.#connections)
      if (connection.record === record) this.#connections.delete(connection);
    this.#ended.push(record);
    if (this.#ended.length > MAX_ENDED) this.#ended.shift();
    this.#log(`session ${record.id} ended: ${record.close?.code} ${record.close?.reason}`);
  }

  #onError(error: unknown): void {
    this.#log(
      `fault in the local Live API: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}
