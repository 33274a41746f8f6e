// Ephemeral tokens: short-lived keys for clients that talk to the Live API directly, made with the key that stays here.
import { ApiError } from '@google/genai';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import { AgentError } from '../util/agent-error.js';
import { createClient, type ModelAccess } from './client.js';
import { buildConnect } from './setup.js';

/** The only version of the API that makes them. */
const API_VERSION = 'v1alpha';

export interface TokenOptions {
  /** Sessions that it opens; 0: any number. Taking a session up again counts as none. */
  readonly uses: number;
  /** How long sessions go on with it. */
  readonly expiresInMs: number;
  /** How long new sessions may be opened with it. */
  readonly startsWithinMs: number;
  /** The session that it is good for; any where omitted. */
  readonly session?: {
    readonly profile: Profile;
    readonly capabilities: Capabilities;
    /** What a client cannot choose: everything, or only what the profile sets. */
    readonly lock: 'all' | 'set';
  };
  readonly signal?: AbortSignal;
}

export interface EphemeralToken {
  /** `auth_tokens/…`: what a client uses as its API key. */
  readonly name: string;
  readonly uses: number;
  /** ISO 8601. */
  readonly expireTime: string;
  readonly newSessionExpireTime: string;
  /** The model that it is locked to. */
  readonly model?: string;
}

/** @throws AgentError with code `token`: the words of the service, or why it could not be asked */
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
    if (!name) throw tokenError('the service has answered without a token');
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
    // An empty list locks what is set; without one everything is locked.
    ...(lock === 'set' ? { lockAdditionalFields: [] } : {}),
  };
}

function explain(error: unknown, { baseUrl }: ModelAccess): Error {
  if (error instanceof AgentError) return error;
  if (error instanceof ApiError)
    return tokenError(`refused with ${error.status}: ${wordsOf(error.message)}`, error);
  const where = baseUrl ? `GOOGLE_GEMINI_BASE_URL (${new URL(baseUrl).host})` : 'the Gemini API';
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return tokenError(`${where} cannot be reached: ${cause?.code ?? cause?.message ?? message}`, error);
}

function tokenError(message: string, cause?: unknown): AgentError {
  return new AgentError('token', message, cause === undefined ? {} : { cause });
}

/** The service's own words, out of the JSON that the SDK leaves them in. */
function wordsOf(message: string): string {
  try {
    const { error } = JSON.parse(message) as { error?: { message?: string } };
    return error?.message ?? message;
  } catch {
    return message;
  }
}
