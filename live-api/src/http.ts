// What the server answers to plain HTTP requests: health, ephemeral tokens and the control port.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { keyRefusal } from './auth/credentials.js';
import type { EphemeralTokens } from './auth/tokens.js';
import { type ControlPort, control } from './control/control.js';
import { parseYaml } from './scenario/file.js';
import type { ApiVersion } from './wire/client-schema.js';
import { readKey } from './wire/endpoint.js';
import { Refusal } from './wire/refusal.js';

export interface HttpPort extends ControlPort {
  readonly tokens: EphemeralTokens;
  readonly controlHosts: readonly string[];
}

const TOKENS_PATH = /^\/+(v1|v1beta|v1alpha)\/auth_tokens$/;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Never rejects; what goes wrong is answered. */
export async function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  port: HttpPort,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const [path = '/', query = ''] = url.split('?', 2);
  try {
    const version = TOKENS_PATH.exec(path)?.[1] as ApiVersion | undefined;
    if (method === 'GET' && path === '/healthz') sendJson(response, 200, { status: 'ok' });
    else if (method === 'POST' && version) {
      const refusal = keyRefusal(readKey(query, request.headers));
      if (refusal) throw refusal;
      sendJson(response, 200, port.tokens.mint(await readJson(request), version));
    } else if (path.startsWith('/control/')) {
      const foreign = foreignTo(request, port.controlHosts);
      if (foreign) throw new HttpError(403, foreign);
      const body = method === 'POST' || method === 'PUT' ? await readBody(request) : undefined;
      const answer = control(method, path, body, port);
      sendJson(response, answer.status, answer.body);
    } else sendError(response, 404, `${method} ${path} is not served here`);
  } catch (error) {
    const status = error instanceof Refusal ? 400 : error instanceof HttpError ? error.status : 500;
    sendError(response, status, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Why a request is not of this machine's user: a web page sends its Origin, and one that has pointed its own name at
 * this address (DNS rebinding) sends that name as Host. Undefined for programs and for pages of this server.
 */
function foreignTo({ headers, socket }: IncomingMessage, names: readonly string[]): string | undefined {
  const { host = '', origin } = headers;
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const own = ['localhost', '127.0.0.1', '::1', socket.localAddress?.replace(/^::ffff:/, ''), ...names];
  if (!own.includes(name)) return `the control port does not answer for the host ${JSON.stringify(host)}`;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return `the control port does not answer pages of ${JSON.stringify(origin)}`;
  return undefined;
}

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** JSON, or YAML where the request says so. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!/\byaml\b/.test(request.headers['content-type'] ?? '')) return readJson(request);
  const text = await readText(request);
  try {
    return await parseYaml(text);
  } catch (error) {
    throw new HttpError(400, `the body is not YAML: ${(error as Error).message}`);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  try {
    return JSON.parse(text || '{}');
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpError(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  500: 'INTERNAL',
};

/** An error in the form that Google's APIs give it. */
function sendError(response: ServerResponse, code: number, message: string): void {
  sendJson(response, code, { error: { code, message, status: STATUS_NAMES[code] ?? 'UNKNOWN' } });
}

/** Answers an upgrade with an HTTP status instead. */
export function refuseUpgrade(socket: Duplex, code: number): void {
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}
