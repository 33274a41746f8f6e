// Webhook tools: one signed POST for each call, to origins that this deployment allows.

import { isLoopback } from '../config/environment-fields.js';
import { proxiedFetch } from '../config/proxy.js';
import { MAX_TOOL_RESPONSE_BYTES } from '../protocol/commands.js';
import type { JsonObject } from '../session/port.js';
import type { ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';
import { signatureHeaders } from './webhook-signer.js';

export interface WebhookAccess {
  /** As `https://host:port`, without a path. */
  readonly origins: readonly string[];
  /** Signs the calls. */
  readonly secret: string | undefined;
}

/** Why a webhook's address cannot be used here; undefined when it can. */
export function webhookProblem(address: string, access: WebhookAccess): string | undefined {
  if (!URL.canParse(address)) return 'must be an https: address';
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password';
  if (url.protocol !== 'https:' && !isLoopback(address))
    return 'must be an https: address (http: on this machine alone)';
  if (access.origins.length === 0)
    return 'needs TOOL_WEBHOOK_ORIGINS, which is not set: webhooks are refused';
  if (!access.origins.includes(url.origin)) return 'is not at an origin that TOOL_WEBHOOK_ORIGINS names';
  return access.secret === undefined
    ? 'needs TOOL_WEBHOOK_SECRET, which is not set: it signs the calls'
    : undefined;
}

/** Calls the webhook and returns the JSON of its answer. @throws ToolError */
export async function callWebhook(
  url: string,
  name: string,
  args: JsonObject,
  access: WebhookAccess,
  context: ToolContext,
): Promise<unknown> {
  const problem = webhookProblem(url, access);
  if (problem !== undefined) throw new ToolError('unavailable', `the webhook of ${name} ${problem}`);
  const { callId, idempotencyKey, room, participant, by, signal } = context;
  const at = new Date();
  const body = JSON.stringify({
    type: 'tool.call',
    timestamp: at.toISOString(),
    data: {
      id: callId,
      name,
      args,
      room,
      participant: participant?.identity ?? null,
      attributes: participant?.attributes ?? {},
      by,
      data: context.data,
      idempotencyKey,
      url,
    },
  });
  const id = `call_${idempotencyKey.slice(0, 32)}_${callId}`;
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...signatureHeaders(access.secret ?? '', { id, at, body }),
  };
  let response: Response;
  try {
    response = await proxiedFetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
  } catch (error) {
    signal.throwIfAborted();
    throw new ToolError('unavailable', `the webhook of ${name} cannot be reached (${causeOf(error)})`);
  }
  try {
    return await readAnswer(response, name);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    signal.throwIfAborted();
    throw new ToolError('bad_answer', `the webhook of ${name} broke off its answer (${causeOf(error)})`);
  }
}

async function readAnswer(response: Response, name: string): Promise<unknown> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    throw new ToolError('bad_answer', `the webhook of ${name} redirects (${status}), which is not followed`);
  }
  const text = await readText(response, name);
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');
  const value = isJson && text.trim() !== '' ? parseJson(text) : undefined;
  if (!response.ok) {
    const words = errorWords(value);
    throw new ToolError('failed', words ?? `the webhook of ${name} answered with status ${status}`);
  }
  if (text.trim() === '') return undefined;
  if (value === undefined) {
    throw new ToolError('bad_answer', `the webhook of ${name} answered with something that is not JSON`);
  }
  return value.json;
}

async function readText(response: Response, name: string): Promise<string> {
  if (!response.body) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the body, and with it the connection.
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > MAX_TOOL_RESPONSE_BYTES) {
      throw new ToolError(
        'too_large',
        `the webhook of ${name} answered with more than ${MAX_TOOL_RESPONSE_BYTES} bytes`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The error message of a webhook: `{ "error": "…" }` or `{ "error": { "message": "…" } }`. */
function errorWords(value: { readonly json: unknown } | undefined): string | undefined {
  const error = (value?.json as { error?: unknown } | null | undefined)?.error;
  const words =
    typeof error === 'string' ? error : (error as { message?: unknown } | null | undefined)?.message;
  return typeof words === 'string' && words !== '' ? words.slice(0, 1_000) : undefined;
}

/** The system's error code (ECONNREFUSED), never the address, which the room must not get. */
function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown } } | undefined)?.cause;
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}
