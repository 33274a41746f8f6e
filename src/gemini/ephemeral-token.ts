// Creates ephemeral tokens: short-lived keys with which clients connect to the Live API directly.
import { ApiError } from '@google/genai';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import { AgentError } from '../util/agent-error.js';
import { createClient, type ModelAccess } from './client.js';
import { buildConnect } from './setup.js';

/** The only version of the API that creates tokens. */
const API_VERSION = 'v1alpha';

/** Limits and restrictions of an ephemeral token. Times are in ms. */
export interface TokenOptions {
  /** Number of sessions that can be opened with the token; 0: any number. A resumption does not count. */
  readonly uses: number;
  /** How long a session with the token can last. */
  readonly expiresInMs: number;
  /** How long new sessions can be opened with the token. */
  readonly startsWithinMs: number;
  /** The set-up that the token is restricted to; omitted: any. */
  readonly session?: {
    readonly profile: Profile;
    readonly capabilities: Capabilities;
    /** Which set-up fields the client cannot change: all, or only those that the profile sets. */
    readonly lock: 'all' | 'set';
  };
  readonly signal?: AbortSignal;
}

/** An ephemeral token, and what it is restricted to. */
export interface EphemeralToken {
  /** `auth_tokens/…`, which a client uses as its API key. */
  readonly name: string;
  readonly uses: number;
  /** ISO 8601. */
  readonly expireTime: string;
  readonly newSessionExpireTime: string;
  /** The model that the token is restricted to. */
  readonly model?: string;
}

/** @throws AgentError with code `token`: the service's error message, or why it could not be reached */
export async function mintToken(access: ModelAccess, options: TokenOptions): Promise<EphemeralToken> {
  if (access.vertex) throw tokenError('Vertex AI has no ephemeral tokens: unset GOOGLE_GENAI_USE_VERTEXAI');
  if (access.apiKey?.startsWith('auth_tokens/')) {
    throw tokenError('GOOGLE_API_KEY is an ephemeral token itself, which makes no others: use an API key');
  }
  const { uses, session, signal } = options;
  const nowMs = Date.now();
  const expireTime = new Date(nowMs + options.expiresInMs).toISOString();
  const newSessionExpireTime = new Date(nowMs + options.startsWithinMs).toISOString();
  try {
    const { name } = await createClient(access, API_VERSION).authTokens.create({
      config: {
        uses,
        expireTime,
        newSessionExpireTime,
        ...(session ? constraintsOf(session) : {}),
        ...(signal ? { abortSignal: signal } : {}),
      },
    });
    if (!name) throw tokenError('the service answered without a token');
    const model = session ? { model: session.profile.model } : {};
    return { name, uses, expireTime, newSessionExpireTime, ...model };
  } catch (error) {
    throw explain(error, access);
  }
}

function constraintsOf({ profile, capabilities, lock }: NonNullable<TokenOptions['session']>) {
  const { model, config } = buildConnect(profile, capabilities);
  return {
    liveConnectConstraints: { model, config },
    // An empty list locks the fields that are set; without a list all fields are locked.
    ...(lock === 'set' ? { lockAdditionalFields: [] } : {}),
  };
}

function explain(error: unknown, { baseUrl }: ModelAccess): Error {
  if (error instanceof AgentError) return error;
  if (error instanceof ApiError)
    return tokenError(`refused with ${error.status}: ${messageOf(error.message)}`, error);
  const where = baseUrl ? `GOOGLE_GEMINI_BASE_URL (${new URL(baseUrl).host})` : 'the Gemini API';
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return tokenError(`${where} cannot be reached: ${cause?.code ?? cause?.message ?? message}`, error);
}

function tokenError(message: string, cause?: unknown): AgentError {
  return new AgentError('token', message, cause === undefined ? {} : { cause });
}

/** The service's error message out of the JSON text in the SDK's error. */
function messageOf(message: string): string {
  try {
    const { error } = JSON.parse(message) as { error?: { message?: string } };
    return error?.message ?? message;
  } catch {
    return message;
  }
}
