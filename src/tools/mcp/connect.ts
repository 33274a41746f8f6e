// Opens a client to an MCP server over the transport of its configuration.
import {
  Client,
  ClientCredentialsProvider,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { McpServerConfig } from '../../config/mcp-servers.js';
import { proxiedFetch } from '../../config/proxy.js';

export interface ConnectMcpOptions {
  readonly onToolsChanged: () => void;
  readonly onClose: (client: Client) => void;
  /** Aborted when the connection is no longer needed. */
  readonly signal: AbortSignal;
}

/** A tool's answer is cut down to 256 KB later; past this the library ends the connection. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export async function connectMcp(config: McpServerConfig, options: ConnectMcpOptions): Promise<Client> {
  const client = new Client(
    { name: 'gemini-room-agent', version: '1' },
    {
      // Neither sampling nor elicitation nor roots: the library refuses a server's requests for them.
      capabilities: {},
      listChanged: {
        tools: { autoRefresh: false, debounceMs: 100, onChanged: () => options.onToolsChanged() },
      },
    },
  );
  // Errors of the connection appear in the calls; unhandled they would end the process.
  client.onerror = () => {};
  client.onclose = () => options.onClose(client);
  options.signal.addEventListener('abort', () => void client.close().catch(() => {}), { once: true });
  await client.connect(transportOf(config));
  return client;
}

function transportOf(config: McpServerConfig): Transport {
  if (config.kind === 'stdio') {
    const { command, args, env, cwd } = config;
    return new StdioClientTransport({
      command,
      args: [...args],
      // Beside PATH, HOME and the like; nothing else of this process's environment.
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stderr: 'ignore',
      maxBufferSize: MAX_MESSAGE_BYTES,
    });
  }
  const { url, headers, oauth } = config;
  const options = {
    fetch: proxiedFetch,
    requestInit: { headers: { ...headers } },
    ...(oauth === undefined
      ? {}
      : {
          authProvider: new ClientCredentialsProvider({
            clientId: oauth.clientId,
            clientSecret: oauth.clientSecret,
            ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
            ...(oauth.issuer === undefined ? {} : { expectedIssuer: oauth.issuer }),
          }),
        }),
  };
  if (config.kind === 'sse') return new SSEClientTransport(new URL(url), options);
  return new StreamableHTTPClientTransport(new URL(url), options);
}
