// Checks credentials: any API key is accepted except those whose names stand for an error, and ephemeral tokens.
import type { Setup } from '../wire/client-message.js';
import type { Endpoint } from '../wire/endpoint.js';
import { closeOf, knownCloseNames } from '../wire/known-closes.js';
import { type Refusal, refusals } from '../wire/refusal.js';
import type { EphemeralTokens } from './tokens.js';

export interface Admission {
  /** The effective setup: a token may lock fields of it. */
  readonly setup: Setup;
  /** How long the credential is good; undefined for API keys. */
  readonly expiresInMs?: number;
}

/** Keys with this prefix are refused with the service's error for such a key. */
const BAD_KEYS: Readonly<Record<string, () => Refusal>> = {
  invalid: refusals.keyNotValid,
  expired: refusals.keyExpired,
  leaked: () => closeOf({ like: 'key-leaked' }),
  quota: () => closeOf({ like: 'quota' }),
};

/** Why an API key is refused, if it is. */
export function keyRefusal(key: string | undefined): Refusal | undefined {
  if (key === undefined) return refusals.noKey();
  const named = knownCloseNames.find((name) => name === key);
  if (named) return closeOf({ like: named });
  const bad = Object.keys(BAD_KEYS).find((prefix) => key.startsWith(prefix));
  return bad === undefined ? undefined : BAD_KEYS[bad]?.();
}

/** Throws a Refusal when the key may not open a session. */
export function admit({ key, constrained }: Endpoint, setup: Setup, tokens: EphemeralTokens): Admission {
  const token = key?.startsWith('auth_tokens/') === true;
  if (token !== constrained) throw token ? refusals.keyNotValid() : refusals.noKey();
  if (token) return tokens.use(key as string, setup);
  const refusal = keyRefusal(key);
  if (refusal) throw refusal;
  return { setup };
}
