// What this worker runs tools with: the modules beside it, and the webhooks that its environment allows.
import { type Environment, loadModuleTools, type ToolDeployment } from '../src/index.js';

/** @throws AgentError that names the file that is no tool */
export async function toolDeployment(
  environment: Pick<Environment, 'toolWebhookOrigins' | 'toolWebhookSecret'>,
): Promise<ToolDeployment> {
  return {
    modules: await loadModuleTools(new URL('./tools/', import.meta.url)),
    webhooks: { origins: environment.toolWebhookOrigins, secret: environment.toolWebhookSecret },
  };
}
