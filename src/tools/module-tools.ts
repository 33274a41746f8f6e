// The module tools of a deployment: every file of a folder, loaded by name before the first call.
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { AgentError } from '../util/agent-error.js';
import { type DefinedTool, isDefinedTool } from './tool.js';

/** Module tools by the name that profiles use for them. */
export type ModuleTools = ReadonlyMap<string, DefinedTool>;

/**
 * Loads every tool of a folder. A file exports `tool`, made by defineTool; profiles refer to the file's name without
 * its ending (`{ "by": "module", "name": "current-time" }`).
 *
 * @param only the name of the one module to load
 * @throws AgentError with code `tool_module` that names the file
 */
export async function loadModuleTools(folder: URL, only?: string): Promise<ModuleTools> {
  const tools = new Map<string, DefinedTool>();
  for (const file of await moduleFiles(folder)) {
    if (only !== undefined && nameOf(file) !== only) continue;
    const loaded = await load(new URL(file, folder), file);
    if (!isDefinedTool(loaded.tool)) {
      throw new AgentError('tool_module', `${file} is no tool: it must export \`tool\`, made by defineTool`);
    }
    tools.set(nameOf(file), loaded.tool);
  }
  return tools;
}

/** The names of the modules of a folder, none of which is loaded. */
export async function moduleNames(folder: URL): Promise<readonly string[]> {
  return (await moduleFiles(folder)).map(nameOf);
}

async function moduleFiles(folder: URL): Promise<readonly string[]> {
  return (await readdir(folder)).filter((file) => /^[\w-]+\.(js|ts|mjs)$/.test(file)).sort();
}

function nameOf(file: string): string {
  return basename(file).replace(/\.\w+$/, '');
}

async function load(url: URL, file: string): Promise<{ readonly tool?: unknown }> {
  try {
    return (await import(url.href)) as { readonly tool?: unknown };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new AgentError('tool_module', `${file} cannot be loaded: ${words}`, { cause: error });
  }
}
