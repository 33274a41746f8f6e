// One MCP server: connects when it is first needed, keeps the connection, and reconnects after a loss.
import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import type { McpServerConfig } from '../../config/mcp-servers.js';
import type { JsonObject } from '../../session/port.js';
import { within } from '../../util/abort.js';
import type { Logger } from '../../util/log.js';
import { ToolError } from '../tool-error.js';
import type { ConnectMcpOptions } from './connect.js';
import { type ListedTools, listTools } from './list-tools.js';

export interface McpKnown extends ListedTools {
  /** The server's instructions for the model. */
  readonly instructions: string | undefined;
}

export interface McpFollower {
  /** The server's tools have changed, or were found after the call began. */
  changed(server: string): void;
  lost(server: string): void;
}

export interface McpCallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly meta: JsonObject;
  readonly onProgress: (progress: JsonObject) => void;
}

const CONNECT_WITHIN_MS = 10_000;
const LIST_WITHIN_MS = 10_000;
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** A server that answers no ping in this time hangs or is gone. */
const PING_WITHIN_MS = 5_000;

export class McpServer {
  readonly name: string;
  readonly #config: McpServerConfig;
  readonly #log: Logger;
  readonly #followers = new Set<McpFollower>();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #known: McpKnown | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = MIN_RETRY_MS;
  #pinging = false;
  #closed = false;

  constructor(name: string, config: McpServerConfig, log: Logger) {
    this.name = name;
    this.#config = config;
    this.#log = log.child({ mcp: name });
  }

  /** The server's tools and instructions; undefined before the first answer. */
  get known(): McpKnown | undefined {
    return this.#known;
  }

  /** It has been asked for its tools and has not answered yet. */
  get isConnecting(): boolean {
    return this.#connecting !== undefined;
  }

  /** While there is a follower, the connection to a server that cannot be reached is retried. */
  follow(follower: McpFollower): () => void {
    this.#followers.add(follower);
    if (!this.#client) this.#retryLater();
    return () => this.#followers.delete(follower);
  }

  /** Resolves when its tools are known. @throws ToolError */
  async discover(): Promise<McpKnown> {
    await this.#connected();
    if (!this.#known) throw this.#unavailable();
    return this.#known;
  }

  /** @throws ToolError */
  async call(tool: string, args: JsonObject, options: McpCallOptions): Promise<CallToolResult> {
    const { signal } = options;
    signal.addEventListener('abort', () => this.#afterAbort(signal.reason), { once: true });
    try {
      return await this.#call(await this.#connected(), tool, args, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!isUnsent(error)) throw this.#asToolError(error);
      // A restarted server refuses the old session before it runs the tool, so the call can be repeated.
      this.#lose();
    }
    try {
      return await this.#call(await this.#connected(), tool, args, options);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#asToolError(error);
    }
  }

  /** After a call that timed out: a tool may be slow, or the server hangs. */
  #afterAbort(reason: unknown): void {
    if (this.#client && reason instanceof ToolError && reason.code === 'timeout')
      void this.#probe(this.#client);
  }

  /** A server that answers no ping is given up, with the calls that wait for it, and opened anew. */
  async #probe(client: Client): Promise<void> {
    // A ping that fails is itself an error of the connection.
    if (client !== this.#client || this.#pinging) return;
    this.#pinging = true;
    try {
      await client.ping({ timeout: PING_WITHIN_MS });
    } catch (error) {
      // Any answer proves that it is alive, also that it knows no ping.
      if (!isAnswer(error) && client === this.#client) this.#lose();
    } finally {
      this.#pinging = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    await within(client?.close() ?? Promise.resolve(), 2_000).catch(() => {});
  }

  #call(client: Client, tool: string, args: JsonObject, options: McpCallOptions): Promise<CallToolResult> {
    const { signal, timeoutMs, meta, onProgress } = options;
    return client.callTool(
      { name: tool, arguments: { ...args }, _meta: { ...meta } },
      {
        signal,
        // The runner's timeout comes first and aborts; this one frees the client's memory.
        timeout: timeoutMs + 1_000,
        resetTimeoutOnProgress: true,
        onprogress: ({ progress, total, message }) =>
          onProgress({
            progress,
            ...(total === undefined ? {} : { total }),
            ...(message === undefined ? {} : { message }),
          }),
      },
    ) as Promise<CallToolResult>;
  }

  #connected(): Promise<Client> {
    if (this.#closed) return Promise.reject(this.#unavailable());
    if (this.#client) return Promise.resolve(this.#client);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    const abandoned = new AbortController();
    const connecting = openMcp(this.#config, {
      onToolsChanged: () => void this.#list().catch(() => {}),
      onClose: (client) => {
        if (client === this.#client) this.#lose();
      },
      onError: (client) => void this.#probe(client),
      signal: abandoned.signal,
    });
    // An abandoned connection attempt rejects later: without a handler that would end the process.
    connecting.catch(() => {});
    try {
      const client = await within(connecting, CONNECT_WITHIN_MS);
      if (!client) throw this.#unavailable();
      if (this.#closed) {
        await client.close();
        throw this.#unavailable();
      }
      this.#client = client;
      await this.#list();
      this.#retryMs = MIN_RETRY_MS;
      this.#log.info({ tools: this.#known?.tools.length }, 'the MCP server is connected');
      return client;
    } catch (error) {
      abandoned.abort();
      this.#client = undefined;
      this.#log.warn({ err: error }, 'the MCP server cannot be reached');
      this.#retryLater();
      throw this.#asToolError(error);
    }
  }

  async #list(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const listed = client.getServerCapabilities()?.tools
      ? await listTools(client, LIST_WITHIN_MS)
      : { tools: [], unreadable: 0 };
    if (client !== this.#client) return;
    const { unreadable } = listed;
    if (unreadable > 0) this.#log.warn({ unreadable }, 'tools of the MCP server do not follow the protocol');
    const known = { ...listed, instructions: client.getInstructions() };
    const isNew = JSON.stringify(known) !== JSON.stringify(this.#known);
    this.#known = known;
    if (isNew) for (const follower of [...this.#followers]) follower.changed(this.name);
  }

  #lose(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client || this.#closed) return;
    client.close().catch(() => {});
    this.#log.warn({}, 'the MCP server is lost');
    for (const follower of [...this.#followers]) follower.lost(this.name);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed || this.#followers.size === 0 || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#connected().catch(() => {});
    }, this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  #asToolError(error: unknown): ToolError {
    if (error instanceof ToolError) return error;
    const { code, message } = error as { code?: unknown; message?: string };
    // The message of a JSON-RPC error comes from the server; other errors may contain addresses.
    if (isAnswer(error)) return new ToolError('failed', String(message).slice(0, 1_000));
    this.#log.warn({ err: error }, 'a call to the MCP server failed');
    if (NOT_UNDERSTOOD.includes(String(code)))
      return new ToolError(
        'bad_answer',
        `the answer of the MCP server ${this.name} does not follow the protocol`,
      );
    return this.#unavailable();
  }

  #unavailable(): ToolError {
    return new ToolError('unavailable', `the MCP server ${this.name} cannot be reached`);
  }
}

/** Codes of the library for answers that it cannot read. */
const NOT_UNDERSTOOD = ['INVALID_RESULT', 'UNSUPPORTED_RESULT_TYPE', 'INPUT_REQUIRED_ROUNDS_EXCEEDED'];

/** The server has answered with an error of JSON-RPC. */
function isAnswer(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && code < 0;
}

/** Loads the MCP library with the first server that is needed. */
async function openMcp(config: McpServerConfig, options: ConnectMcpOptions): Promise<Client> {
  const { connectMcp } = await import('./connect.js');
  return connectMcp(config, options);
}

/** Whether the tool has not run: there was no connection, or the server did not know the session. */
function isUnsent(error: unknown): boolean {
  const { status, cause, message } = error as {
    status?: unknown;
    cause?: { code?: unknown };
    message?: unknown;
  };
  // The protocol demands 404 for an unknown session; some servers answer 400.
  if (status === 404 || status === 400) return true;
  return /session not found|no valid session/i.test(String(message)) || cause?.code === 'ECONNREFUSED';
}
