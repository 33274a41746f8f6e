// The token with which a worker registers. Signed here: LiveKit's SDK for servers takes longer to load than the worker needs to register.
import { createHmac } from 'node:crypto';
import type { LiveKitAccess } from './livekit-connection.js';

const VALID_S = 60;

/** A JSON Web Token (RFC 7519), signed with HS256 (RFC 7515). */
export function registrationToken({
  apiKey,
  apiSecret,
}: Pick<LiveKitAccess, 'apiKey' | 'apiSecret'>): string {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = { iss: apiKey, sub: '', nbf: 0, exp: nowS + VALID_S, video: { agent: true } };
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', apiSecret).update(signed).digest('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
