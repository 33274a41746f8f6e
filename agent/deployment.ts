// What this worker runs tools with: the modules beside it, and the webhooks that its environment allows.
import type { Environment } from '../src/config/environment.js';
import type { ToolDeployment } from '../src/tools/deployment.js';
import { loadModuleTools } from '../src/tools/module-tools.js';

/** @throws ModuleToolError that names the file that is no tool */
export async function toolDeployment(
  environment: Pick<Environment, 'toolWebhookOrigins' | 'toolWebhookSecret'>,
): Promise<ToolDeployment> {
  return {
    modules: await loadModuleTools(new URL('./tools/', import.meta.url)),
    webhooks: { origins: environment.toolWebhookOrigins, secret: environment.toolWebhookSecret },
  };
}
