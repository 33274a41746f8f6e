// Converts the tools of a profile's MCP servers into functions of the model: names, fixed arguments, schemas.
import { END_CALL_TOOL, SEND_DTMF_TOOL, TRANSFER_CALL_TOOL } from '../../profile/built-in-tools.js';
import { reduceSchema } from '../../profile/google-schema.js';
import { isRecord } from '../../profile/merge.js';
import { nearest } from '../../profile/nearest.js';
import type { Problem, Profile } from '../../profile/profile.js';
import type { JsonObject } from '../../session/port.js';
import type { McpKnown } from './server.js';
import type { McpServers } from './servers.js';

export interface FoundTools {
  readonly tools: Profile['tools'];
  readonly instructions: string | undefined;
  readonly problems: readonly Problem[];
  /** What was omitted or rewritten. */
  readonly notices: readonly string[];
}

type McpField = Profile['mcp'][string];

/** Limit of functions in a session, equal to that of the profile's `tools`. */
const MAX_TOOLS = 512;
const MAX_NAME = 128;
const MAX_DESCRIPTION_CHARS = 4_096;
const MAX_INSTRUCTIONS_CHARS = 16_384;

/** The tools that are known by now; a server that has not answered yet adds none. */
export function foundTools(profile: Profile, servers: McpServers | undefined): FoundTools {
  const tools: Profile['tools'][number][] = [];
  const problems: Problem[] = [];
  const notices: string[] = [];
  const instructions: string[] = [];
  const taken = new Set([
    END_CALL_TOOL,
    SEND_DTMF_TOOL,
    TRANSFER_CALL_TOOL,
    ...profile.tools.map(({ declaration }) => declaration.name),
  ]);
  for (const [name, field] of Object.entries(profile.mcp)) {
    const server = servers?.get(name);
    if (!server) {
      problems.push({ path: `mcp.${name}`, message: unknownServer(name, servers?.names ?? []) });
      continue;
    }
    if (!server.known) continue;
    for (const tool of toolsOf(name, field, server.known, notices)) {
      const called = tool.declaration.name;
      if (taken.has(called)) notices.push(`mcp.${name}: ${called} is left out, another tool has this name`);
      else if (profile.tools.length + tools.length >= MAX_TOOLS)
        notices.push(
          `mcp.${name}: ${called} is left out, ${MAX_TOOLS} tools fit: name those wanted in mcp.${name}.tools`,
        );
      else {
        taken.add(called);
        tools.push(tool);
      }
    }
    if (server.known.instructions)
      instructions.push(
        `Tools whose names begin with ${name}__: ${server.known.instructions.slice(0, MAX_INSTRUCTIONS_CHARS)}`,
      );
  }
  return {
    tools,
    instructions: instructions.length > 0 ? instructions.join('\n\n') : undefined,
    problems,
    notices: summarised(notices),
  };
}

function toolsOf(
  server: string,
  field: McpField,
  { tools }: McpKnown,
  notices: string[],
): Profile['tools'][number][] {
  const names = new Set(tools.map(({ name }) => name));
  for (const wanted of field.tools ?? []) {
    if (!names.has(wanted)) notices.push(`mcp.${server}.tools: the server has no tool ${wanted}`);
  }
  const found: Profile['tools'][number][] = [];
  for (const tool of tools) {
    if (field.tools && !field.tools.includes(tool.name)) continue;
    const name = `${server}__${tool.name.replace(/[^A-Za-z0-9_.:-]/g, '_')}`;
    if (tool.name === '' || name.length > MAX_NAME) {
      notices.push(`mcp.${server}: a tool is left out, its name does not fit into ${MAX_NAME} characters`);
      continue;
    }
    const parameters = parametersOf(tool.inputSchema, field.arguments?.[tool.name], name, notices);
    const description = (tool.description ?? tool.title ?? '').slice(0, MAX_DESCRIPTION_CHARS);
    const { behavior, scheduling, timeoutMs, approve } = field;
    const asks = approve === true || approve?.includes(tool.name);
    found.push({
      declaration: {
        name,
        ...(description === '' ? {} : { description }),
        ...(parameters === undefined ? {} : { parameters }),
        ...(behavior === undefined ? {} : { behavior }),
      },
      run: { by: 'mcp', server, tool: tool.name },
      timeoutMs,
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(asks ? { approve: true as const } : {}),
    });
  }
  return found;
}

/** The parameters without the profile's fixed arguments: the model neither sees nor sets them. */
function parametersOf(
  schema: unknown,
  fixed: JsonObject | undefined,
  name: string,
  notices: string[],
): Record<string, unknown> | undefined {
  if (!isRecord(schema)) return undefined;
  const { schema: reduced, fixes } = reduceSchema(schema, name, { drop: true, isParameters: true });
  notices.push(...fixes);
  if (!isRecord(reduced.properties)) return undefined;
  const hidden = new Set(Object.keys(fixed ?? {}));
  const properties = Object.fromEntries(
    Object.entries(reduced.properties).filter(([field]) => !hidden.has(field)),
  );
  if (Object.keys(properties).length === 0) return undefined;
  const required = (Array.isArray(reduced.required) ? reduced.required : []).filter(
    (field) => !hidden.has(String(field)),
  );
  const { required: _, default: _default, ...rest } = reduced;
  return { ...rest, type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

function unknownServer(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  if (guess !== undefined) return `is not an MCP server of this deployment; did you mean ${guess}?`;
  return `is not an MCP server of this deployment (AGENT_MCP); there are: ${known.join(', ') || 'none'}`;
}

/** Limits the notices: a server with hundreds of unusual tools would fill the log. */
function summarised(notices: readonly string[]): readonly string[] {
  const MAX = 20;
  if (notices.length <= MAX) return notices;
  return [...notices.slice(0, MAX), `and ${notices.length - MAX} more of this kind about MCP tools`];
}
