// One tool of this deployment without a room: for `npm run tool`, with the checks, limits and answers of a call.
import { randomUUID } from 'node:crypto';
import { isRecord } from '../profile/merge.js';
import { capabilitiesFor } from '../profile/model-capabilities.js';
import { nearest } from '../profile/nearest.js';
import { pathText } from '../profile/problems.js';
import { parseProfile } from '../profile/profile.js';
import type { JsonObject } from '../session/port.js';
import { AgentError } from '../util/agent-error.js';
import type { Logger } from '../util/log.js';
import { deployTools, NO_TOOL_DEPLOYMENT, type ToolDeployment } from './deployment.js';
import type { McpServers } from './mcp/servers.js';
import { loadModuleTools, moduleNames } from './module-tools.js';
import { ToolError } from './tool-error.js';
import { type RunnableTool, ToolRunner } from './tool-runner.js';
import { toolSet } from './tool-set.js';
import { ToolThread } from './tool-thread.js';

/** What a tool that runs alone gets in place of a call. */
export interface LoneToolOptions {
  /** The folder of the module tools. */
  readonly folder: URL;
  /** MCP servers, whose tools are called `server__tool`. */
  readonly mcp?: McpServers;
  /** A module's name, the name of its function, or `server__tool`. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly data: JsonObject;
  readonly log: Logger;
  /** The main file of the thread; for programs that run from TypeScript without compiled files. */
  readonly script?: URL;
}

/** A tool that was found, and can be called as the model would. */
export interface LoneTool {
  readonly declaration: { readonly name: string } & JsonObject;
  /** Arguments that the declaration does not name: the path of each, and what was probably meant. */
  undeclared(args: JsonObject): readonly string[];
  /**
   * Calls it. @param onPart receives each answer that more follow
   * @throws ToolError as the model gets it
   */
  run(args: JsonObject, signal: AbortSignal, onPart: (response: JsonObject) => void): Promise<JsonObject>;
  close(): Promise<void>;
}

/** How long an MCP server may take to be connected. */
const DISCOVER_WITHIN_MS = 10_000;

/** @throws AgentError with code `unknown_tool`, or `tool_module` where it cannot be loaded or declared */
export async function loneTool(options: LoneToolOptions): Promise<LoneTool> {
  const { folder, mcp, name, log, script } = options;
  const server = mcp?.names.find((known) => name.startsWith(`${known}__`));
  if (mcp && server !== undefined)
    return found(options, { ...NO_TOOL_DEPLOYMENT, mcp }, { mcp: { [server]: {} } });
  const only = await moduleOf(options);
  const thread = await ToolThread.start({ folder, only, log, ...(script ? { script } : {}) });
  const declared = thread.tools.get(only)?.declaration.name ?? only;
  const tools = [{ declaration: { name: declared }, run: { by: 'module', name: only } }];
  const deployment = { ...NO_TOOL_DEPLOYMENT, modules: thread.tools };
  try {
    return await found({ ...options, name: declared }, deployment, { tools }, () => thread.close());
  } catch (error) {
    thread.close();
    throw error;
  }
}

/** The module of this name, or the one whose function has it. Others are loaded only where no file has the name. */
async function moduleOf({ folder, name, mcp }: LoneToolOptions): Promise<string> {
  const modules = await moduleNames(folder);
  if (modules.includes(name)) return name;
  const functions = new Map<string, string>();
  for (const module of modules) {
    const loaded = await loadModuleTools(folder, module).catch(() => new Map<string, never>());
    const declared = loaded.get(module)?.declaration.name;
    if (declared !== undefined) functions.set(declared, module);
  }
  const module = functions.get(name);
  if (module !== undefined) return module;
  const known = [...modules, ...functions.keys(), ...(mcp?.names ?? []).map((server) => `${server}__…`)];
  throw unknownTool(name, known);
}

async function found(
  options: LoneToolOptions,
  deployment: ToolDeployment,
  metadata: object,
  close: () => void = () => {},
): Promise<LoneTool> {
  const { name, timeoutMs, log } = options;
  const parsed = parseProfile({ metadata });
  const servers = parsed.ok ? Object.keys(parsed.profile.mcp) : [];
  await deployment.mcp?.discover(servers, DISCOVER_WITHIN_MS);
  const deployed = parsed.ok ? deployTools(parsed.profile, deployment) : parsed;
  if (!deployed.ok) {
    const words = deployed.problems.map(({ path, message }) => `${path} ${message}`);
    throw new AgentError('tool_module', `${name} cannot be declared: ${words.join('; ')}`);
  }
  for (const notice of deployed.notices ?? []) log.warn({}, notice);
  const unreached = servers.find((server) => !deployment.mcp?.get(server)?.known);
  if (unreached !== undefined)
    throw new AgentError('tool_module', `the MCP server ${unreached} cannot be reached: see above`);
  const { profile } = deployed;
  const tools = toolSet(profile, {
    capabilities: capabilitiesFor(profile),
    deployment,
    severalAnswers: true,
    participants: { run: nobody },
    endCall: () => undefined,
  });
  const tool = tools.get(name);
  const declaration = profile.tools.find((entry) => entry.declaration.name === name)?.declaration;
  if (!tool || !declaration) throw unknownTool(name, [...tools.keys()]);
  return {
    declaration: declaration as LoneTool['declaration'],
    undeclared: (args) => undeclared(args, declaration.parameters, []),
    run: (args, signal, onPart) => runOnce({ ...tool, timeoutMs }, { ...options, args, signal, onPart }),
    close: async () => close(),
  };
}

async function* nobody(): AsyncGenerator<unknown, unknown> {
  yield* [];
  throw new ToolError('unavailable', 'there is no participant here');
}

interface Once extends LoneToolOptions {
  readonly args: JsonObject;
  readonly signal: AbortSignal;
  readonly onPart: (response: JsonObject) => void;
}

function runOnce(tool: RunnableTool, { args, signal, onPart, data, log }: Once): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    const runner = new ToolRunner({
      find: () => tool,
      names: () => [tool.name],
      schedulingPlace: 'none',
      room: 'no room',
      conversation: randomUUID(),
      speaker: () => undefined,
      participants: () => [],
      by: () => null,
      data: () => data,
      approve: () => Promise.resolve({ state: 'allowed' }),
      onAnswer: ({ result: { response, willContinue }, error }) => {
        if (error) reject(error);
        else if (willContinue) onPart(response);
        else resolve(response);
      },
      log,
    });
    const onAbort = (): void => {
      runner.close();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    runner.start({ id: 'call-1', name: tool.name, args });
  });
}

/** The model fills in declared fields only; by hand a name is soon mistyped, and zod drops it silently. */
function undeclared(value: unknown, schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const { properties, items } = isRecord(schema) ? schema : {};
  if (Array.isArray(value))
    return items === undefined
      ? []
      : value.flatMap((entry, index) => undeclared(entry, items, [...path, index]));
  // An object without fields of its own takes any; the arguments themselves do not.
  if (!isRecord(value) || (!isRecord(properties) && path.length > 0)) return [];
  const known = isRecord(properties) ? properties : {};
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Object.hasOwn(known, key)) return undeclared(inner, known[key], [...path, key]);
    const guess = nearest(key, Object.keys(known));
    const hint =
      guess === undefined
        ? `declared are: ${Object.keys(known).join(', ') || 'none'}`
        : `did you mean ${guess}?`;
    return [`${pathText([...path, key])} is not declared; ${hint}`];
  });
}

function unknownTool(name: string, known: readonly string[]): AgentError {
  const guess = nearest(name, known);
  const hint =
    guess === undefined ? `; there are: ${known.join(', ') || 'none'}` : `; did you mean ${guess}?`;
  return new AgentError('unknown_tool', `there is no tool ${name.slice(0, 128)}${hint}`);
}
