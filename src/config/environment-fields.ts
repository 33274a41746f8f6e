// One zod field for each environment variable. Messages say what is allowed and never repeat the value.
import { z } from 'zod';
import { MIN_WEBHOOK_KEY_BYTES, webhookKeyOf } from './webhook-key.js';

export const ISOLATIONS = ['shared', 'process'] as const;
/** What a client of the token endpoint may request: a named profile and data, or any profile. */
export const WEB_PROFILES = ['named', 'any'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const LOG_FORMATS = ['json', 'pretty'] as const;

/** gRPC would need another library. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;

const MAX_DELAY_MS = 24 * 3_600_000;

/** Builds a field from a parser that returns undefined for invalid text. */
function from<T>(read: (text: string) => T | undefined, message: string) {
  return z
    .string()
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional();
}

function urlWith(protocols: readonly string[]) {
  return (text: string): URL | undefined => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    return protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
  };
}

function integer(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

function oneOf<const T extends string>(values: readonly T[]) {
  const read = (text: string) => values.find((value) => value === text.toLowerCase());
  return from(read, `must be one of ${values.join(', ')}`);
}

function livekitUrl(text: string): string | undefined {
  const url = urlWith(['ws:', 'wss:', 'http:', 'https:'])(text);
  // rtc-node needs a WebSocket address, while LiveKit's consoles and docs often show the http one.
  return url && text.replace(/^http/i, 'ws').replace(/\/+$/, '');
}

export function readFlag(text: string): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off)$/i.test(text) ? false : undefined;
}

function key32(text: string): Uint8Array | undefined {
  // Buffer.from skips characters that are not base64, so the decoded length alone proves nothing.
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length === 32 ? bytes : undefined;
}

function origins(text: string): readonly string[] | undefined {
  const list = text.split(',').map((part) => part.trim());
  const read = list.filter((part) => part !== '').map(originOf);
  return read.every((origin) => origin !== undefined) && read.length > 0 ? [...new Set(read)] : undefined;
}

function originOf(text: string): string | undefined {
  const url = urlWith(['http:', 'https:'])(text);
  const bare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return url && bare ? url.origin : undefined;
}

/** Whether an address names this machine; a text that is no address counts as such. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { hostname } = new URL(url);
  // Not every name that begins with "127." is this machine: 127.example.com is not.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether what is sent to an address can be read on its way: http beyond this machine. */
export function isInClear(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:' && !isLoopback(url);
}

// The SDK puts the key into the URL unescaped; a character that ends a query parameter would change the URL.
const apiKey = from(
  (text) => (/^[^\s&?#]+$/.test(text) ? text : undefined),
  'must be a key or token without blanks, &, ? or #',
);
const name = from(
  (text) => (/^[^\s,]+$/.test(text) && text.length <= 256 ? text : undefined),
  'must be at most 256 characters without blanks or commas',
);
const text = z.string().optional();
const MAX_AMOUNT = 1_000_000_000_000;
const amount = from(integer(1, MAX_AMOUNT), `must be a whole number, 1 to ${MAX_AMOUNT}`);
const MAX_CALL_MINUTES = 7 * 24 * 60;
const httpAddress = from(
  (value) => (urlWith(['http:', 'https:'])(value) ? value : undefined),
  'must be an http: or https: address',
);
/** `host:port` counts as `http://host:port`, as with curl. */
const proxy = from(
  (value) =>
    urlWith(['http:', 'https:'])(value.includes('://') ? value : `http://${value}`) ? value : undefined,
  'must be the http: or https: address of a proxy',
);

export const environmentShape = {
  LIVEKIT_URL: from(livekitUrl, 'must be a ws:, wss:, http: or https: address'),
  LIVEKIT_API_KEY: name,
  LIVEKIT_API_SECRET: from(
    // Any length: `livekit-server --dev` has the secret "secret".
    (value) => (/^\S+$/.test(value) ? value : undefined),
    'must be the secret of LIVEKIT_API_KEY, without blanks',
  ),
  LIVEKIT_E2EE_KEY: from(
    (value) => (value.length <= 1024 ? value : undefined),
    'must be the shared key of the rooms, at most 1024 characters',
  ),
  GOOGLE_API_KEY: apiKey,
  GEMINI_API_KEY: apiKey,
  GOOGLE_GEMINI_BASE_URL: from(
    (value) => (urlWith(['http:', 'https:'])(value) ? value : undefined),
    'must be an http: or https: address (the SDK turns it into ws: or wss: by itself)',
  ),
  HTTPS_PROXY: proxy,
  HTTP_PROXY: proxy,
  NO_PROXY: text,
  GOOGLE_GENAI_USE_VERTEXAI: from(readFlag, 'must be true or false'),
  GOOGLE_CLOUD_PROJECT: name,
  GOOGLE_CLOUD_LOCATION: name,
  GOOGLE_ACCESS_FILE: text,
  AGENT_NAME: from(
    (value) => (/^[^\s]{0,128}$/.test(value) ? value : undefined),
    'must be at most 128 characters without blanks; empty means automatic dispatch',
  ),
  AGENT_HOST: text,
  AGENT_PORT: from(integer(0, 65_535), 'must be a port, 0 to 65535'),
  AGENT_PROFILE: text,
  AGENT_PROFILES: text,
  AGENT_MCP: text,
  AGENT_MAX_ROOMS: from(integer(1, 10_000), 'must be a whole number, 1 to 10000'),
  AGENT_MAX_CALL_MINUTES: from(
    integer(1, MAX_CALL_MINUTES),
    `must be a whole number, 1 to ${MAX_CALL_MINUTES}`,
  ),
  AGENT_MAX_CALL_TOKENS: amount,
  AGENT_MAX_HOUR_CALLS: amount,
  AGENT_MAX_HOUR_MINUTES: amount,
  AGENT_MAX_HOUR_TOKENS: amount,
  AGENT_MAX_ROOM_CALLS: amount,
  AGENT_MAX_ROOM_MINUTES: amount,
  AGENT_MAX_ROOM_TOKENS: amount,
  AGENT_ISOLATION: oneOf(ISOLATIONS),
  AGENT_DRAIN_MS: from(integer(0, MAX_DELAY_MS), `must be whole milliseconds, 0 to ${MAX_DELAY_MS}`),
  REDIS_URL: from(
    (value) => (urlWith(['redis:', 'rediss:'])(value) ? value : undefined),
    'must be a redis: or rediss: address',
  ),
  AGENT_STATE_KEY: from(key32, 'must be 32 bytes in base64 (openssl rand -base64 32)'),
  TOOL_WEBHOOK_ORIGINS: from(
    origins,
    'must be origins as https://host or https://host:port, without a path, separated by commas',
  ),
  TOOL_WEBHOOK_SECRET: from(
    (value) => (webhookKeyOf(value).length >= MIN_WEBHOOK_KEY_BYTES ? value : undefined),
    `must be a key of at least ${MIN_WEBHOOK_KEY_BYTES} bytes (openssl rand -base64 32)`,
  ),
  CALL_REPORT_DIR: text,
  CALL_REPORT_URL: from(
    (value) => (urlWith(['http:', 'https:'])(value) ? value : undefined),
    'must be an http: or https: address',
  ),
  CALL_REPORT_SECRET: from(
    (value) => (value.length >= 16 ? value : undefined),
    'must have at least 16 characters (openssl rand -base64 32)',
  ),
  WEB_HOST: text,
  WEB_PORT: from(integer(0, 65_535), 'must be a port, 0 to 65535'),
  WEB_PROFILES: oneOf(WEB_PROFILES),
  WEB_ORIGINS: from(
    origins,
    'must be origins as https://host or https://host:port, without a path, separated by commas',
  ),
  WEB_LIVEKIT_URL: from(livekitUrl, 'must be a ws:, wss:, http: or https: address'),
  WEB_TOKENS_PER_MINUTE: from(integer(1, 100_000), 'must be a whole number, 1 to 100000'),
  OTEL_SDK_DISABLED: from(readFlag, 'must be true or false'),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'none']),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpAddress,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpAddress,
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(OTLP_PROTOCOLS),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(OTLP_PROTOCOLS),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: from(
    (value) =>
      /^(span_only|span_and_event)$/i.test(value)
        ? true
        : /^(no_content|event_only)$/i.test(value)
          ? false
          : readFlag(value),
    'must be true or false',
  ),
  LOG_LEVEL: oneOf(LOG_LEVELS),
  LOG_FORMAT: oneOf(LOG_FORMATS),
};
