// The MCP servers of this process: one client for each, shared by all calls.
import type { McpServerConfig } from '../../config/mcp-servers.js';
import { within } from '../../util/abort.js';
import type { Logger } from '../../util/log.js';
import { type McpFollower, McpServer } from './server.js';

/** The MCP servers of a process, with one client for each, which all calls share. */
export class McpServers {
  readonly #servers: ReadonlyMap<string, McpServer>;

  /** Connects to a server only when it is needed. */
  constructor(configs: ReadonlyMap<string, McpServerConfig>, log: Logger) {
    this.#servers = new Map([...configs].map(([name, config]) => [name, new McpServer(name, config, log)]));
  }

  get names(): readonly string[] {
    return [...this.#servers.keys()];
  }

  get(name: string): McpServer | undefined {
    return this.#servers.get(name);
  }

  /** Resolves when the tools of these servers are known, or `withinMs` have passed. */
  async discover(names: readonly string[], withinMs: number): Promise<void> {
    const asked = names.map((name) => this.#servers.get(name)?.discover());
    await within(Promise.allSettled(asked), withinMs);
  }

  follow(names: readonly string[], follower: McpFollower): () => void {
    const ends = names.map((name) => this.#servers.get(name)?.follow(follower));
    return () => {
      for (const end of ends) end?.();
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }
}
