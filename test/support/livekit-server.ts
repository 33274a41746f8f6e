// A real LiveKit server for a test: free ports, one process, gone when the test is.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';
import { delay } from '../../src/util/abort.js';
import { API_KEY, API_SECRET } from './tokens.js';

export interface LiveKitServerOptions {
  /** Merged over the configuration, field by field; lists are replaced. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface LiveKitServer extends AsyncDisposable {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** `http://127.0.0.1:port` */
  readonly httpUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The server's process id; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** What the server has logged, the last 2 MB. */
  logs(): string;
  /** Ends the process: at once by SIGKILL, as a crash does; SIGTERM lets it say goodbye. */
  stop(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again on the same ports, with no memory of its rooms. */
  start(): Promise<void>;
  /** Stops and starts it. */
  restart(): Promise<void>;
}

const READY_TIMEOUT_MS = 15_000;
const LOG_CHARACTERS = 2_000_000;

/** @throws an error with the server's own words when there is no server to start or it does not come up */
export async function startLivekitServer(options: LiveKitServerOptions = {}): Promise<LiveKitServer> {
  const binary = findBinary();
  const folder = await mkdtemp(join(tmpdir(), 'livekit-'));
  for (let attempt = 1; ; attempt++) {
    const server = new Server(binary, folder, await freeTcpPort(), await freeUdpPort(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Another process may have taken the port between finding it and binding it.
      if (attempt < 3 && server.logs().includes('address already in use')) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

function findBinary(): string {
  const named = process.env.LIVEKIT_SERVER_BIN;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`LIVEKIT_SERVER_BIN names a file that is not there: ${named}`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = [
    ...folders.map((folder) => join(folder, 'livekit-server')),
    pathsOf(rootFolder).livekitServer,
  ];
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    'these tests need a LiveKit server: run `npm run setup`, or put livekit-server on the PATH, or set LIVEKIT_SERVER_BIN',
  );
}

class Server implements LiveKitServer {
  readonly apiKey = API_KEY;
  readonly apiSecret = API_SECRET;
  readonly httpUrl: string;
  readonly url: string;
  readonly #binary: string;
  readonly #folder: string;
  readonly #config: string;
  #process: ChildProcess | undefined;
  #logs = '';

  constructor(
    binary: string,
    folder: string,
    httpPort: number,
    udpPort: number,
    { config = {} }: LiveKitServerOptions,
  ) {
    this.#binary = binary;
    this.#folder = folder;
    this.httpUrl = `http://127.0.0.1:${httpPort}`;
    this.url = `ws://127.0.0.1:${httpPort}`;
    // JSON is YAML.
    this.#config = JSON.stringify(merge(localConfig(httpPort, udpPort), config), null, 2);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  logs(): string {
    return this.#logs;
  }

  async start(): Promise<void> {
    if (this.#process) return;
    const path = join(this.#folder, 'livekit.json');
    await writeFile(path, this.#config);
    const child = spawn(this.#binary, ['--config', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#logs = (this.#logs + text).slice(-LOG_CHARACTERS);
      });
    }
    const killed = (): void => void child.kill('SIGKILL');
    process.once('exit', killed);
    child.once('close', () => {
      process.removeListener('exit', killed);
      if (this.#process === child) this.#process = undefined;
    });
    child.once('error', (error) => {
      this.#logs += `${error.message}\n`;
    });
    await this.#answers(child);
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(child: ChildProcess): Promise<void> {
    const endsMs = Date.now() + READY_TIMEOUT_MS;
    while (this.#process === child && Date.now() < endsMs) {
      try {
        const response = await fetch(this.httpUrl, { signal: AbortSignal.timeout(1000) });
        await response.body?.cancel();
        if (response.ok) return;
      } catch {
        // Not up yet.
      }
      // biome-ignore lint/plugin: between two questions whether the server answers
      await delay(20);
    }
    const what = this.#process === child ? `does not answer at ${this.httpUrl}` : 'ended at once';
    throw new Error(`livekit-server ${what}; its last words:\n${this.#logs.slice(-2000)}`);
  }
}

function localConfig(port: number, udpPort: number): Record<string, unknown> {
  return {
    port,
    bind_addresses: ['127.0.0.1'],
    keys: { [API_KEY]: API_SECRET },
    rtc: {
      tcp_port: 0,
      udp_port: udpPort,
      use_external_ip: false,
      node_ip: '127.0.0.1',
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
    },
    room: { auto_create: true, empty_timeout: 60, departure_timeout: 10 },
    // The worker's own load decides.
    agents: { target_load: 1 },
    logging: { level: 'info' },
  };
}

function merge(
  base: Record<string, unknown>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isRecord(below) && isRecord(value) ? merge(below, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free TCP port');
  return address.port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
