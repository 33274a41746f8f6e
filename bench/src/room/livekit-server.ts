// A LiveKit server for the measurements: on free loopback ports, gone when they are done.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const API_KEY = 'devkey';
export const API_SECRET = 'secretsecretsecretsecretsecretsecret';

const READY_TIMEOUT_MS = 15_000;

export interface LiveKitServer extends AsyncDisposable {
  readonly url: string;
}

/** @param kept where set-up keeps the server that it built; the one on the PATH is taken where there is none */
export async function startLiveKitServer(kept: string): Promise<LiveKitServer> {
  const [port, udpPort] = [await freeTcpPort(), await freeUdpPort()];
  const command = existsSync(kept) ? kept : 'livekit-server';
  const child = spawn(command, ['--config-body', configuration(port, udpPort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2_000);
    });
  }
  child.once('error', (error) => {
    words += `${error.message}: run \`npm run setup\``;
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const server = {
    url: `ws://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      process.removeListener('exit', end);
      await stop(child);
    },
  };
  try {
    await answers(child, `http://127.0.0.1:${port}`);
    return server;
  } catch {
    await server[Symbol.asyncDispose]();
    throw new Error(`livekit-server did not come up: ${words.trim()}`);
  }
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  const endsMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < endsMs && child.pid !== undefined && child.exitCode === null) {
    const ready = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await delay(50);
  }
  throw new Error('no answer');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** JSON is YAML. The same network as `npm start` has: one UDP port on the loopback interface. */
function configuration(port: number, udpPort: number): string {
  return JSON.stringify({
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
    logging: { level: 'warn' },
  });
}

async function freeTcpPort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
