// The tool runners of a deployment, and the check whether it can run a profile's tools.

import { nearest } from '../profile/nearest.js';
import type { Problem, Profile } from '../profile/profile.js';
import { foundTools } from './mcp/found-tools.js';
import type { McpServers } from './mcp/servers.js';
import type { ModuleTools } from './module-tools.js';
import { type WebhookAccess, webhookProblem } from './webhook-tools.js';

/** The tool runners of a deployment: modules, webhooks and MCP servers. */
export interface ToolDeployment {
  readonly modules: ModuleTools;
  readonly webhooks: WebhookAccess;
  /** MCP servers whose tools profiles may use. */
  readonly mcp?: McpServers;
}

/** Runs tools of participants alone. */
export const NO_TOOL_DEPLOYMENT: ToolDeployment = {
  modules: new Map(),
  webhooks: { origins: [], secret: undefined },
};

export type DeployedProfile =
  | {
      readonly ok: true;
      readonly profile: Profile;
      /** What was omitted from or rewritten in the tools of MCP servers. */
      readonly notices?: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The profile with the declarations of its module tools filled in (fields that the profile sets are kept), and with
 * the tools of its MCP servers that are known by now.
 */
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
    // `parameters` without fields in the profile means none: the module's are not filled in.
    const { parameters: said, ...rest } = declaration;
    const isEmpty = said !== undefined && Object.keys(said).length === 0;
    return {
      ...tool,
      declaration: {
        description,
        ...(own || parameters === undefined ? {} : { parameters }),
        ...(said === undefined || isEmpty ? {} : { parameters: said }),
        ...rest,
      },
    };
  });
  const found = foundTools(profile, deployment.mcp);
  problems.push(...found.problems);
  if (problems.length > 0) return { ok: false, problems };
  const { instructions, notices } = found;
  return {
    ok: true,
    profile: {
      ...profile,
      tools: [...tools, ...found.tools],
      ...(instructions === undefined ? {} : { serverInstructions: instructions }),
    },
    notices,
  };
}

function unknownModule(name: string, modules: ModuleTools): string {
  const known = [...modules.keys()];
  const guess = nearest(name, known);
  if (guess !== undefined) return `is not a module of this deployment; did you mean ${guess}?`;
  return `is not a module of this deployment (agent/tools); there are: ${known.join(', ') || 'none'}`;
}
