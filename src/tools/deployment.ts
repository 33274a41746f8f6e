// The runners of tools that this deployment has, and whether it can run the tools of a profile.

import { nearest } from '../profile/nearest.js';
import type { Problem, Profile } from '../profile/profile.js';
import type { ModuleTools } from './module-tools.js';
import { type WebhookAccess, webhookProblem } from './webhook-tools.js';

export interface ToolDeployment {
  readonly modules: ModuleTools;
  readonly webhooks: WebhookAccess;
}

/** Runs tools of participants alone. */
export const NO_TOOL_DEPLOYMENT: ToolDeployment = {
  modules: new Map(),
  webhooks: { origins: [], secret: undefined },
};

export type DeployedProfile =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The profile with the declarations of its module tools filled in; what it says of them itself stays. */
export function deployTools(profile: Profile, deployment: ToolDeployment): DeployedProfile {
  const problems: Problem[] = [];
  const tools = profile.tools.map((tool, index): Profile['tools'][number] => {
    const { run, declaration } = tool;
    if (run.by === 'webhook') {
      const message = webhookProblem(run.url, deployment.webhooks);
      if (message !== undefined) problems.push({ path: `tools[${index}].run.url`, message });
    }
    if (run.by !== 'module') return tool;
    const module = deployment.modules.get(run.name);
    if (!module) {
      problems.push({
        path: `tools[${index}].run.name`,
        message: unknownModule(run.name, deployment.modules),
      });
      return tool;
    }
    const { parameters, description } = module.declaration;
    const own = declaration.parameters !== undefined || declaration.parametersJsonSchema !== undefined;
    return {
      ...tool,
      declaration: {
        description,
        ...(own || parameters === undefined ? {} : { parameters }),
        ...declaration,
      },
    };
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, profile: { ...profile, tools } };
}

function unknownModule(name: string, modules: ModuleTools): string {
  const known = [...modules.keys()];
  const guess = nearest(name, known);
  if (guess !== undefined) return `is not a module of this deployment; did you mean ${guess}?`;
  return `is not a module of this deployment (agent/tools); there are: ${known.join(', ') || 'none'}`;
}
