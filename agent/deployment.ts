// The tool runners of this worker: its modules, MCP servers, and the webhook origins of its environment.
import {
  type Environment,
  type KnownTool,
  type Logger,
  McpServers,
  readMcpServers,
  type ToolDeployment,
  ToolThread,
} from '../src/index.js';
import { createLog } from './observe/log.js';

export interface RunningDeployment extends ToolDeployment {
  /** For another process of this worker. */
  readonly knownTools: readonly KnownTool[];
  /** Ends the thread of the module tools. */
  close(): void;
}

/** @throws AgentError that names the file that is no tool, or what is wrong with the list of MCP servers */
export async function toolDeployment(
  environment: Pick<
    Environment,
    'toolWebhookOrigins' | 'toolWebhookSecret' | 'mcpPath' | 'logLevel' | 'logFormat'
  >,
  known?: readonly KnownTool[],
  log: Logger = createLog(environment),
): Promise<RunningDeployment> {
  const thread = await ToolThread.start({
    folder: new URL('./tools/', import.meta.url),
    log,
    ...(known ? { known } : {}),
  });
  return {
    modules: thread.tools,
    knownTools: thread.known,
    close: () => thread.close(),
    mcp: new McpServers(readMcpServers(environment.mcpPath), log),
    webhooks: { origins: environment.toolWebhookOrigins, secret: environment.toolWebhookSecret },
  };
}
