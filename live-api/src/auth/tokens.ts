// Ephemeral tokens: minted for clients that talk to the service directly, with the fields of the setup they may not choose.
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../answerer-port.js';
import type { Setup } from '../wire/client-message.js';
import { type ApiVersion, clientMessageFields } from '../wire/client-schema.js';
import { decode } from '../wire/decode.js';
import { Refusal, refusals } from '../wire/refusal.js';
import * as t from '../wire/schema.js';

interface Token {
  /** Undefined: as often as wanted. */
  usesLeft: number | undefined;
  readonly expiresAtMs: number;
  readonly newSessionUntilMs: number;
  readonly constraint: JsonObject | undefined;
  /** Paths in camelCase; undefined: the constraint is the whole setup. */
  readonly locked: readonly string[] | undefined;
}

const MINUTE_MS = 60_000;
const DEFAULT_LIFE_MS = 30 * MINUTE_MS;
const DEFAULT_NEW_SESSION_MS = MINUTE_MS;
const MAX_LIFE_MS = 20 * 60 * MINUTE_MS;
const MAX_TOKENS = 10_000;

export class EphemeralTokens {
  readonly #tokens = new Map<string, Token>();
  /** Milliseconds since the epoch. */
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Answers the body of `POST /{version}/auth_tokens`; throws a Refusal when it is not right. */
  mint(body: unknown, version: ApiVersion): { name: string } {
    const { setup = t.empty } = clientMessageFields(version);
    const request = decode(
      body,
      {
        name: t.string,
        uses: t.int,
        expireTime: t.timestamp,
        newSessionExpireTime: t.timestamp,
        bidiGenerateContentSetup: setup,
        fieldMask: t.string,
      },
      '',
      { version },
    );
    const now = this.#now();
    const expiresAtMs = time(request.expireTime) ?? now + DEFAULT_LIFE_MS;
    const newSessionUntilMs = time(request.newSessionExpireTime) ?? now + DEFAULT_NEW_SESSION_MS;
    const uses = (request.uses as number | undefined) ?? 1;
    if (expiresAtMs <= now || expiresAtMs - now > MAX_LIFE_MS || newSessionUntilMs <= now || uses < 0) {
      throw refusals.invalidArgument();
    }
    const name = `auth_tokens/${randomBytes(32).toString('hex')}`;
    this.#tokens.set(name, {
      usesLeft: uses === 0 ? undefined : uses,
      expiresAtMs,
      newSessionUntilMs: Math.min(newSessionUntilMs, expiresAtMs),
      constraint: request.bidiGenerateContentSetup as JsonObject | undefined,
      locked: (request.fieldMask as string | undefined)?.split(',').map((path) => camelPath(path.trim())),
    });
    this.#prune(now);
    return { name };
  }

  /** Takes one use of a token (resuming takes none) and gives the setup as the token has it. */
  use(name: string, setup: Setup): { readonly setup: Setup; readonly expiresInMs: number } {
    const token = this.#tokens.get(name);
    const now = this.#now();
    if (!token) throw refusals.keyNotValid();
    if (now >= token.newSessionUntilMs) throw refusals.keyExpired();
    if (setup.sessionResumption?.handle === undefined && token.usesLeft !== undefined) {
      if (token.usesLeft === 0) throw new Refusal(1008, 'Token has been used too many times');
      token.usesLeft--;
    }
    return { setup: constrain(setup, token), expiresInMs: token.expiresAtMs - now };
  }

  #prune(now: number): void {
    for (const [name, { expiresAtMs }] of this.#tokens) {
      if (expiresAtMs > now && this.#tokens.size <= MAX_TOKENS) return;
      this.#tokens.delete(name);
    }
  }
}

const time = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : undefined);

const camelPath = (path: string) => path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The client's setup with what the token locks put over it. The handle of an earlier session is always the client's own. */
function constrain(setup: Setup, { constraint, locked }: Token): Setup {
  if (!constraint && !locked) return setup;
  const source = constraint ?? {};
  if (!locked) {
    const { handle } = setup.sessionResumption ?? {};
    return { ...source, ...(handle !== undefined && { sessionResumption: { handle } }) };
  }
  let result: JsonObject = { ...setup };
  for (const path of locked) result = withPath(result, source, path.split('.'));
  return result;
}

/** `target` with the value that `source` has at `path`, or without one there if it has none. */
function withPath(target: JsonObject, source: unknown, [name = '', ...rest]: readonly string[]): JsonObject {
  const value = asObject(source)?.[name];
  const { [name]: old, ...others } = target;
  const next = rest.length === 0 ? value : withPath(asObject(old) ?? {}, value, rest);
  const empty =
    next === undefined || (rest.length > 0 && old === undefined && Object.keys(next as object).length === 0);
  return empty ? others : { ...others, [name]: next };
}

const asObject = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
