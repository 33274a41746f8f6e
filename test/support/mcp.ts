// MCP servers that others wrote, for tests: over stdio, and over HTTP on a port of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { NO_TOOL_DEPLOYMENT, type ToolDeployment } from '../../src/tools/deployment.js';
import { McpServers } from '../../src/tools/mcp/servers.js';
import { quiet } from '../unit/tools/support.js';

const require = createRequire(import.meta.url);

function scriptOf(name: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
}

/** @param name as `server-everything` */
export function stdioServer(name: string, ...args: string[]): McpServerConfig {
  return { kind: 'stdio', command: process.execPath, args: [scriptOf(name), ...args], env: {} };
}

/** Servers that are there before the call, as in a process that has served one. */
export async function deploymentOf(
  configs: Record<string, McpServerConfig>,
): Promise<ToolDeployment & { readonly mcp: McpServers } & AsyncDisposable> {
  const mcp = new McpServers(new Map(Object.entries(configs)), quiet);
  await mcp.discover(Object.keys(configs), 15_000);
  return { ...NO_TOOL_DEPLOYMENT, mcp, [Symbol.asyncDispose]: () => mcp.close() };
}

/** Answers when this resolves. */
export async function startEverythingOverHttp(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [scriptOf('server-everything'), 'streamableHttp'], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  await vi.waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/mcp`).catch(() => undefined);
      if (!response) throw new Error(`not listening yet: ${text}`);
    },
    { timeout: 15_000, interval: 100 },
  );
  return child;
}
