// Reads and checks the environment, once: the only file of src/ that reads process.env. None writes there.
import { z } from 'zod';
import { AgentError } from '../util/agent-error.js';
import { type BillLimits, billLimitsOf } from './bill-limits.js';
import {
  environmentShape,
  isInClear,
  isLoopback,
  readFlag,
  type WEB_PROFILES,
} from './environment-fields.js';
import { FILE_LIVEKIT, type LocalLivekit, runningLivekit } from './local-livekit.js';
import { thisMachine } from './machine.js';
import { defaultMaxRooms, type Isolation, type Machine } from './rooms.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The checked environment variables of a worker. `.env.example` lists them with their defaults. */
export interface Environment {
  readonly livekit: {
    /** `ws:` or `wss:`. */
    readonly url: string;
    readonly apiKey: string;
    readonly apiSecret: string;
  };
  /** The shared key of end-to-end encrypted rooms. */
  readonly e2eeKey?: string;
  readonly google: {
    /** A key, or an ephemeral token (`auth_tokens/…`). */
    readonly apiKey?: string;
    /** Another address for the Live API, http or https. */
    readonly baseUrl?: string;
    readonly vertex?: { readonly project: string; readonly location: string };
  };
  /** File of the accesses to the Live API, in order of preference; `google` is not used then. */
  readonly accessPath?: string;
  /** Empty: LiveKit dispatches the agent into every room automatically. */
  readonly agentName: string;
  /** The address on which health and metrics are served; the loopback by default. */
  readonly agentHost: string;
  /** 0 takes any free port. */
  readonly agentPort: number;
  readonly profilePath?: string;
  /** Folder of named profiles. */
  readonly profilesFolder?: string;
  /** File with the MCP servers of this deployment. */
  readonly mcpPath?: string;
  readonly maxRooms: number;
  readonly limits: BillLimits;
  readonly isolation: Isolation;
  readonly drainMs: number;
  readonly redisUrl?: string;
  /** 32 bytes. */
  readonly stateKey?: Uint8Array;
  /** As `https://host:port`, without a path. Empty: webhook tools are refused. */
  readonly toolWebhookOrigins: readonly string[];
  readonly toolWebhookSecret?: string;
  /** Where the report of each call goes when it has ended; nowhere where both are unset. */
  readonly report: {
    readonly folder?: string;
    readonly url?: string;
    readonly secret?: string;
  };
  /** How spans of calls are exported; undefined: not at all. The exporter reads the other OTEL_ variables itself. */
  readonly traces?: { readonly protocol: 'http/protobuf' | 'http/json'; readonly content: boolean };
  readonly web: WebEnvironment;
  readonly logLevel: LogLevel;
  /** One JSON object a line, or lines for people; by default those in a terminal alone. */
  readonly logFormat: 'json' | 'pretty';
}

/** The web page and the token endpoint. */
export interface WebEnvironment {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly profiles: (typeof WEB_PROFILES)[number];
  /** Origins under which the page is served, beside its own address. */
  readonly origins: readonly string[];
  /** The LiveKit address for browsers, if it differs from LIVEKIT_URL. */
  readonly livekitUrl?: string;
  /** For each client address. */
  readonly tokensPerMinute: number;
}

/** A variable that is wrong: its name, and what it must be. Never its value. */
export interface EnvironmentProblem {
  readonly name: string;
  readonly message: string;
}

/** Names every variable that is wrong, and what it must be. Never holds a value. */
export class EnvironmentError extends AgentError {
  override readonly name = 'EnvironmentError';
  readonly problems: readonly EnvironmentProblem[];

  constructor(problems: readonly EnvironmentProblem[]) {
    super(
      'environment',
      `wrong environment: ${problems.map(({ name, message }) => `${name} ${message}`).join('; ')}`,
    );
    this.problems = problems;
  }
}

const schema = z.object(environmentShape);
type Variables = z.infer<typeof schema>;

const NEEDS_SHARED = 'must not be set with AGENT_ISOLATION=process: only the shared worker hands calls over';

/** Variables that contradict each other. Checks the raw texts, so that one invalid value hides no contradiction. */
function contradictions(set: Readonly<Record<string, string>>): EnvironmentProblem[] {
  const found: EnvironmentProblem[] = [];
  const demand = (names: readonly string[], message: string) => {
    for (const name of names) if (set[name] === undefined) found.push({ name, message });
  };
  if (set.LIVEKIT_URL !== undefined && !isLoopback(set.LIVEKIT_URL)) {
    // The default key is that of the local server; another deployment would refuse it with an unclear message.
    demand(['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'], 'must be set for the server that LIVEKIT_URL names');
  }
  if (readFlag(set.GOOGLE_GENAI_USE_VERTEXAI ?? '') === true) {
    demand(
      ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION'],
      'must be set when GOOGLE_GENAI_USE_VERTEXAI is on',
    );
  }
  const isKeySet = set.GOOGLE_API_KEY !== undefined || set.GEMINI_API_KEY !== undefined;
  const isVertex = readFlag(set.GOOGLE_GENAI_USE_VERTEXAI ?? '') === true;
  if (isInClear(set.GOOGLE_GEMINI_BASE_URL ?? '') && (isKeySet || isVertex)) {
    found.push({
      name: 'GOOGLE_GEMINI_BASE_URL',
      message:
        'must be an https: address where a key is sent to another machine: http: would show it to everybody',
    });
  }
  if (set.CALL_REPORT_URL !== undefined) {
    demand(['CALL_REPORT_SECRET'], 'must be set when CALL_REPORT_URL is: it signs the reports');
  }
  if (set.TOOL_WEBHOOK_ORIGINS !== undefined) {
    demand(['TOOL_WEBHOOK_SECRET'], 'must be set when TOOL_WEBHOOK_ORIGINS is: it signs the calls');
  }
  if (set.AGENT_ISOLATION?.toLowerCase() === 'process') {
    for (const name of ['REDIS_URL', 'AGENT_STATE_KEY']) {
      // If it were ignored, calls would be lost with their worker although the variable promises otherwise.
      if (set[name] !== undefined) found.push({ name, message: NEEDS_SHARED });
    }
  }
  if (set.REDIS_URL !== undefined) {
    demand(['AGENT_STATE_KEY'], 'must be set when REDIS_URL is: it encrypts the calls that are kept there');
  }
  return found;
}

/**
 * Reads and checks every variable; throws an EnvironmentError that names all wrong ones at once.
 * A variable that is set but empty counts as unset, except AGENT_NAME, where empty has a meaning.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
  machine: Machine = thisMachine(),
  local: LocalLivekit = runningLivekit(),
): Environment {
  const set = withoutBlanks(env);
  const result = schema.safeParse(set);
  const problems = [...(result.error?.issues.map(problemOf) ?? []), ...contradictions(set)];
  if (!result.success || problems.length > 0) throw new EnvironmentError(problems);
  return deepFreeze(environmentOf(result.data, machine, local));
}

/** A variable that a file of this deployment refers to as `env:NAME`. */
export function variableOf(name: string): string | undefined {
  return process.env[name];
}

/** @throws EnvironmentError that says what to set when no access to a Live API is configured */
export function requireModelAccess(environment: Environment): void {
  const { apiKey, baseUrl, vertex } = environment.google;
  if (environment.accessPath !== undefined) return;
  if (apiKey !== undefined || baseUrl !== undefined || vertex !== undefined) return;
  throw new EnvironmentError([
    {
      name: 'GOOGLE_API_KEY',
      message:
        '(or GEMINI_API_KEY) must be set; without a key set GOOGLE_GEMINI_BASE_URL to the address of another Live API ' +
        '(`npm run live-api` starts a local one), or GOOGLE_GENAI_USE_VERTEXAI with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION',
    },
  ]);
}

function environmentOf(variables: Variables, machine: Machine, local: LocalLivekit): Environment {
  const isolation = variables.AGENT_ISOLATION ?? 'shared';
  const project = variables.GOOGLE_CLOUD_PROJECT;
  const location = variables.GOOGLE_CLOUD_LOCATION;
  const vertex =
    variables.GOOGLE_GENAI_USE_VERTEXAI === true && project && location ? { project, location } : undefined;
  return {
    livekit: livekitOf(variables, local),
    google: defined({
      // The SDK uses the same precedence.
      apiKey: variables.GOOGLE_API_KEY ?? variables.GEMINI_API_KEY,
      baseUrl: variables.GOOGLE_GEMINI_BASE_URL,
      vertex,
    }),
    agentName: variables.AGENT_NAME ?? 'gemini',
    agentHost: variables.AGENT_HOST ?? '127.0.0.1',
    agentPort: variables.AGENT_PORT ?? 8081,
    limits: billLimitsOf(variables),
    maxRooms: variables.AGENT_MAX_ROOMS ?? defaultMaxRooms({ ...machine, isolation }),
    isolation,
    drainMs: variables.AGENT_DRAIN_MS ?? 600_000,
    toolWebhookOrigins: variables.TOOL_WEBHOOK_ORIGINS ?? [],
    report: defined({
      folder: variables.CALL_REPORT_DIR,
      url: variables.CALL_REPORT_URL,
      secret: variables.CALL_REPORT_SECRET,
    }),
    web: {
      host: variables.WEB_HOST ?? '127.0.0.1',
      port: variables.WEB_PORT ?? 8080,
      profiles: variables.WEB_PROFILES ?? 'named',
      origins: variables.WEB_ORIGINS ?? [],
      tokensPerMinute: variables.WEB_TOKENS_PER_MINUTE ?? 30,
      ...defined({ livekitUrl: variables.WEB_LIVEKIT_URL }),
    },
    logLevel: variables.LOG_LEVEL ?? 'info',
    logFormat: variables.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    ...defined({
      traces: tracesOf(variables),
      accessPath: variables.GOOGLE_ACCESS_FILE,
      e2eeKey: variables.LIVEKIT_E2EE_KEY,
      profilePath: variables.AGENT_PROFILE,
      profilesFolder: variables.AGENT_PROFILES,
      mcpPath: variables.AGENT_MCP,
      redisUrl: variables.REDIS_URL,
      stateKey: variables.AGENT_STATE_KEY,
      toolWebhookSecret: variables.TOOL_WEBHOOK_SECRET,
    }),
  };
}

function tracesOf(variables: Variables): Environment['traces'] {
  const endpoint = variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? variables.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = variables.OTEL_SDK_DISABLED === true || variables.OTEL_TRACES_EXPORTER === 'none';
  if (endpoint === undefined || isOff) return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL } = variables;
  return {
    protocol: OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
    content: variables.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT ?? false,
  };
}

function livekitOf(variables: Variables, local: LocalLivekit): Environment['livekit'] {
  const url = variables.LIVEKIT_URL ?? local.url;
  // A key in the environment belongs to LIVEKIT_URL; the local server of `npm start` has a new key at each start.
  if (variables.LIVEKIT_URL === undefined && local !== FILE_LIVEKIT) return { ...local };
  const known = url === local.url ? local : FILE_LIVEKIT;
  return {
    url,
    apiKey: variables.LIVEKIT_API_KEY ?? known.apiKey,
    apiSecret: variables.LIVEKIT_API_SECRET ?? known.apiSecret,
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function withoutBlanks(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of Object.keys(environmentShape)) {
    const value = env[name]?.trim();
    if (value || (value === '' && name === 'AGENT_NAME')) set[name] = value;
  }
  return set;
}

function problemOf(issue: z.core.$ZodIssue): EnvironmentProblem {
  return { name: String(issue.path[0] ?? ''), message: issue.message };
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner)) deepFreeze(inner);
  }
  return Object.freeze(value);
}
