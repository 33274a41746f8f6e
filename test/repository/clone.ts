// A clone in miniature: the real scripts in a folder of their own, on free ports, with stand-ins for what they start.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { findLivekitServer } from '../../scripts/setup/livekit-server.mjs';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';

export interface Clone extends Disposable {
  readonly folder: string;
  readonly ports: {
    readonly livekit: number;
    readonly udp: number;
    readonly liveApi: number;
    readonly agent: number;
    readonly web: number;
  };
  /** What a process in it gets: free ports, and nothing that the outer environment says of LiveKit or Google. */
  readonly env: Record<string, string>;
  write(path: string, content: string, mode?: number): void;
}

/** Answers on its port, has a child as the worker has, prints a line at SIGTERM, and ends slowly. */
export const standIn = (portName: string, stopAfterMs: number) => `
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  response.end('OK');
}).listen(Number(process.env.${portName}), '127.0.0.1', () => console.log('pids', process.pid, child.pid));
process.on('SIGTERM', () => {
  console.log('told to end');
  setTimeout(() => { console.log('ends'); process.exit(0); }, ${stopAfterMs});
});
`;

export async function makeClone({ stopAfterMs = 0, livekit = true } = {}): Promise<Clone> {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  const [livekitPort, udp, liveApi, agent, web] = await freePorts(5);
  const ports = { livekit: livekitPort!, udp: udp!, liveApi: liveApi!, agent: agent!, web: web! };
  const write = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode });
  };
  for (const scripts of ['scripts', 'live-api/setup'])
    cpSync(join(rootFolder, scripts), join(folder, scripts), { recursive: true });
  const config = readFileSync(join(rootFolder, 'livekit.yaml'), 'utf8');
  write(
    'livekit.yaml',
    config
      .replace(/^port: \d+/m, `port: ${ports.livekit}`)
      .replace(/udp_port: \d+/, `udp_port: ${ports.udp}`),
  );
  write('package.json', '{ "type": "module" }');
  write('dist/agent/main.js', standIn('AGENT_PORT', stopAfterMs));
  write('live-api/dist/main.js', standIn('LIVE_API_PORT', 0));
  write('dist/web/server/main.js', standIn('WEB_PORT', 0));
  if (livekit) linkLivekitServer(folder);
  return {
    folder,
    ports,
    write,
    env: {
      HOME: folder,
      // No livekit-server is found here: the clone's own is taken, or none.
      PATH: folder,
      LIVE_API_PORT: String(ports.liveApi),
      AGENT_PORT: String(ports.agent),
      WEB_PORT: String(ports.web),
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function linkLivekitServer(folder: string): void {
  const { LIVEKIT_URL: _, ...env } = process.env;
  const server = findLivekitServer(env, pathsOf(rootFolder).livekitServer);
  if (!server?.command) throw new Error('there is no livekit-server: run `npm run setup`');
  const link = pathsOf(folder).livekitServer;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(server.command, link);
}

export interface Run extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Everything written so far, both streams. */
  output(): string;
  /** Waits until the output has this. */
  until(text: string | RegExp): Promise<void>;
  /** The exit code, or the signal. */
  readonly exit: Promise<number | string>;
  /** The ids that the stand-ins have told. */
  pids(): number[];
}

export function runIn(clone: Clone, args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [...args], {
    cwd: clone.folder,
    env: { ...clone.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    process: child,
    output: () => text,
    until: async (wanted) => {
      const has = () => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
      await vi.waitUntil(() => has() || child.exitCode !== null, { timeout: 30_000, interval: 20 });
      if (!has()) throw new Error(`ended without saying ${wanted}:\n${text}`);
    },
    exit,
    pids: () => [...text.matchAll(/pids (\d+) (\d+)/g)].flatMap(([, a, b]) => [Number(a), Number(b)]),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exit;
    },
  };
}

export const start = (clone: Clone, env: Record<string, string> = {}) =>
  runIn(clone, ['scripts/start.mjs'], env);

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // An ended process whose parent is gone stays listed until somebody asks for its code.
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State:\tZ';
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  server.close();
  return free;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
