// What this worker runs tools with: the modules beside it, MCP servers, and the webhooks that its environment allows.
import { pino } from 'pino';
import {
  type Environment,
  type Logger,
  loadModuleTools,
  McpServers,
  readMcpServers,
  type ToolDeployment,
} from '../src/index.js';

/** @throws AgentError that names the file that is no tool, or what is wrong with the list of MCP servers */
export async function toolDeployment(
  environment: Pick<Environment, 'toolWebhookOrigins' | 'toolWebhookSecret' | 'mcpPath' | 'logLevel'>,
  log: Logger = pino({ level: environment.logLevel }),
): Promise<ToolDeployment> {
  return {
    modules: await loadModuleTools(new URL('./tools/', import.meta.url)),
    mcp: new McpServers(readMcpServers(environment.mcpPath), log),
    webhooks: { origins: environment.toolWebhookOrigins, secret: environment.toolWebhookSecret },
  };
}
