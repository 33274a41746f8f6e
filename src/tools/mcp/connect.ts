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
  /** Something has failed, as a stream that broke: the server may be gone. */
  readonly onError: (client: Client) => void;
  /** Aborted when the connection is no longer needed. */
  readonly signal: AbortSignal;
}

/** More than 256 KB is an error of the call; past this the connection ends, before memory does. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 10;

export async function connectMcp(config: McpServerConfig, options: ConnectMcpOptions): Promise<Client> {
  const client = new Client(
    { name: 'gemini-room-agent', version: '1' },
    {
      // Neither sampling nor elicitation nor roots: the library refuses a server's requests for them.
      capabilities: {},
      // What a tool has done is reported as it is, also where it does not fit the schema that its server declares.
      jsonSchemaValidator: {
        getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
      },
      listChanged: {
        tools: { autoRefresh: false, debounceMs: 100, onChanged: () => options.onToolsChanged() },
      },
    },
  );
  // Errors of the connection appear in the calls; unhandled they would end the process.
  client.onerror = () => options.onError(client);
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
    fetch: limitedFetch,
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

/** A message is one line, as JSON or as an event: fails where it is too long, instead of collecting all of it. */
const limitedFetch: typeof proxiedFetch = async (input, init) => {
  const response = await proxiedFetch(input, init);
  if (!response.body) return response;
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const newline = chunk.lastIndexOf(NEWLINE);
      bytes = newline < 0 ? bytes + chunk.length : chunk.length - newline - 1;
      if (bytes > MAX_MESSAGE_BYTES) controller.error(new Error('a message has more than 32 MB'));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
};
