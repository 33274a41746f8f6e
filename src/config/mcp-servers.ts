// The MCP servers of a deployment: the file of AGENT_MCP, in the format of editors, with secrets by reference.
import { z } from 'zod';
import { EnvironmentError, type EnvironmentProblem, variableOf } from './environment.js';
import { isInClear } from './environment-fields.js';
import { readJsonFile } from './json-file.js';

/** An MCP server of the AGENT_MCP file, over HTTP, SSE or standard input and output. */
export type McpServerConfig =
  | {
      readonly kind: 'http' | 'sse';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly oauth?: McpOAuth;
    }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd?: string;
    };

/** OAuth client credentials grant: the deployment's own access, without a login. */
export interface McpOAuth {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** The authorization server of the credentials; they are sent to no other. */
  readonly issuer?: string;
}

const texts = z.record(z.string(), z.string());
/** Fields that editors add to a server; they are ignored. */
const editors = {
  description: z.unknown().optional(),
  timeout: z.unknown().optional(),
  autoApprove: z.unknown().optional(),
  alwaysAllow: z.unknown().optional(),
  disabled: z.boolean().optional(),
};
const remote = z.strictObject({
  ...editors,
  type: z.enum(['http', 'streamable-http', 'streamableHttp', 'sse']).optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an http: or https: address' }),
  headers: texts.default({}),
  oauth: z
    .strictObject({
      clientId: z.string().min(1),
      clientSecret: z.string().min(1),
      scope: z.string().optional(),
      issuer: z.string().optional(),
    })
    .optional(),
});
const local = z.strictObject({
  ...editors,
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: texts.default({}),
  cwd: z.string().optional(),
});
const NAME = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** @throws EnvironmentError that names what is wrong, never a value */
export function readMcpServers(
  path: string | undefined,
  variable: (name: string) => string | undefined = variableOf,
): ReadonlyMap<string, McpServerConfig> {
  const servers = new Map<string, McpServerConfig>();
  if (path === undefined) return servers;
  const problems: EnvironmentProblem[] = [];
  const wrong = (message: string): void => void problems.push({ name: 'AGENT_MCP', message });
  for (const [name, entry] of entriesOf(path)) {
    if (!NAME.test(name)) {
      wrong(`mcpServers.${name.slice(0, 64)} must be named with letters, digits and -, 32 at most`);
      continue;
    }
    const isLocal = typeof entry === 'object' && entry !== null && 'command' in entry;
    const result = (isLocal ? local : remote).safeParse(entry);
    if (!result.success) {
      for (const { path: at, message } of result.error.issues)
        wrong(`mcpServers.${[name, ...at].map(String).join('.')}: ${message}`);
      continue;
    }
    const resolved = resolve(result.data, `mcpServers.${name}`, variable, wrong) as typeof result.data;
    if (resolved.disabled) continue;
    const server = configOf(resolved);
    if (sendsSecretInClear(server))
      wrong(
        `mcpServers.${name}.url must be an https: address where headers or oauth are sent to another machine`,
      );
    servers.set(name, server);
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return servers;
}

function entriesOf(path: string): [string, unknown][] {
  const servers = (readJsonFile('AGENT_MCP', path) as { mcpServers?: unknown } | null)?.mcpServers;
  if (typeof servers === 'object' && servers !== null && !Array.isArray(servers))
    return Object.entries(servers);
  throw new EnvironmentError([
    { name: 'AGENT_MCP', message: 'names a file without { "mcpServers": { … } }' },
  ]);
}

/** Replaces `env:NAME` by the variable, so that the file contains no secret. */
function resolve(
  value: unknown,
  path: string,
  variable: (name: string) => string | undefined,
  wrong: (message: string) => void,
): unknown {
  if (typeof value === 'string') {
    const [, name] = /^env:([A-Za-z_]\w*)$/.exec(value) ?? [];
    if (name === undefined) return value;
    const found = variable(name);
    if (found === undefined || found === '') wrong(`${path} names the variable ${name}, which is not set`);
    return found ?? '';
  }
  if (Array.isArray(value))
    return value.map((entry, index) => resolve(entry, `${path}[${index}]`, variable, wrong));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, resolve(entry, `${path}.${key}`, variable, wrong)]),
  );
}

/** Headers are mostly a key. */
function sendsSecretInClear(server: McpServerConfig): boolean {
  if (server.kind === 'stdio' || !isInClear(server.url)) return false;
  return Object.keys(server.headers).length > 0 || server.oauth !== undefined;
}

function configOf(entry: z.infer<typeof remote> | z.infer<typeof local>): McpServerConfig {
  if ('command' in entry) {
    const { command, args, env, cwd } = entry;
    return { kind: 'stdio', command, args, env, ...(cwd === undefined ? {} : { cwd }) };
  }
  const { type, url, headers, oauth } = entry;
  return {
    kind: type === 'sse' ? 'sse' : 'http',
    url,
    headers,
    ...(oauth === undefined
      ? {}
      : {
          oauth: {
            clientId: oauth.clientId,
            clientSecret: oauth.clientSecret,
            ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
            ...(oauth.issuer === undefined ? {} : { issuer: oauth.issuer }),
          },
        }),
  };
}
