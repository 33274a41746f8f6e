// MCP servers for tests: those that others wrote, and an odd one, over stdio or on a port of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { NO_TOOL_DEPLOYMENT, type ToolDeployment } from '../../src/tools/deployment.js';
import { McpServers } from '../../src/tools/mcp/servers.js';
import { quiet } from '../unit/tools/support.js';
import { freePort } from './free-port.js';

const require = createRequire(import.meta.url);

function scriptOf(name: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
}

/** @param name as `server-everything` */
export function stdioServer(name: string, ...args: string[]): McpServerConfig {
  return { kind: 'stdio', command: process.execPath, args: [scriptOf(name), ...args], env: {} };
}

/** Servers to which nothing is connected yet. */
export function serversOf(configs: Record<string, McpServerConfig>): McpServers {
  return new McpServers(new Map(Object.entries(configs)), quiet);
}

/** Servers that are there before the call, as in a process that has served one. */
export async function deploymentOf(
  configs: Record<string, McpServerConfig>,
): Promise<ToolDeployment & { readonly mcp: McpServers } & AsyncDisposable> {
  const mcp = serversOf(configs);
  await mcp.discover(Object.keys(configs), 15_000);
  return { ...NO_TOOL_DEPLOYMENT, mcp, [Symbol.asyncDispose]: () => mcp.close() };
}

const ODD = fileURLToPath(new URL('./odd-mcp-server.mjs', import.meta.url));
/** Answers with the `_meta` of the call; over stdio, or over HTTP (startMeta). */
export const META = fileURLToPath(new URL('./meta-mcp-server.mjs', import.meta.url));

/** The server of odd-mcp-server.mjs over stdio. */
export function oddServer(...flags: string[]): McpServerConfig {
  return { kind: 'stdio', command: process.execPath, args: [ODD, ...flags], env: {} };
}

/** A server in a process of its own, on a port. */
export interface McpProcess extends AsyncDisposable {
  readonly url: string;
  kill(): Promise<void>;
}

export function startEverything(transport: 'streamableHttp' | 'sse', port?: number): Promise<McpProcess> {
  const path = transport === 'sse' ? '/sse' : '/mcp';
  return startMcp([scriptOf('server-everything'), transport], path, port);
}

export function startOdd(...flags: string[]): Promise<McpProcess> {
  return startMcp([ODD, ...flags], '/mcp');
}

export function startMeta(): Promise<McpProcess> {
  return startMcp([META], '/mcp');
}

/** Answers when this resolves. */
async function startMcp(args: readonly string[], path: string, given?: number): Promise<McpProcess> {
  const port = given ?? (await freePort());
  // In front: the flags of a server may take a list.
  const [script = '', ...flags] = args;
  const more = script === ODD || script === META ? ['--http', String(port)] : [];
  const child = spawn(process.execPath, [script, ...more, ...flags], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await vi.waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (!response) throw new Error(`not listening yet: ${text}`);
    },
    { timeout: 15_000, interval: 100 },
  );
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { url: `http://127.0.0.1:${port}${path}`, kill, [Symbol.asyncDispose]: kill };
}
