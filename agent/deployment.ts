// The tool runners of this worker: its modules, MCP servers, and the webhook origins of its environment.
import {
  type Environment,
  type KnownTool,
  type Logger,
  McpServers,
  type ToolDeployment,
  ToolThread,
} from '../src/index.js';
import type { DeploymentFiles } from './deployment-files.js';
import { createLog } from './observe/log.js';

export interface RunningDeployment extends ToolDeployment {
  /** For another process of this worker. */
  readonly knownTools: readonly KnownTool[];
  /** Ends the thread of the module tools. */
  close(): void;
}

/** @throws AgentError that names the file that is no tool */
export async function toolDeployment(
  environment: Pick<Environment, 'toolWebhookOrigins' | 'toolWebhookSecret' | 'logLevel' | 'logFormat'>,
  { mcpServers }: Pick<DeploymentFiles, 'mcpServers'>,
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
    mcp: new McpServers(mcpServers, log),
    webhooks: { origins: environment.toolWebhookOrigins, secret: environment.toolWebhookSecret },
  };
}
