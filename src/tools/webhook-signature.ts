// Signs a webhook as Standard Webhooks 1.0 has it: HMAC-SHA256 over id, time and body.
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The key of a secret: base64 after `whsec_`, and also without that prefix where it is base64; a secret that is
 * not is taken as it stands. Libraries of the standard read secrets in the same way.
 */
export function signingKey(secret: string): Buffer {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  return Buffer.from(text, isBase64 ? 'base64' : 'utf8');
}

export interface SignedMessage {
  /** The same for every attempt to deliver this message. */
  readonly id: string;
  readonly timestampS: number;
  readonly body: string;
}

/** The headers that let the receiver check the message. */
export function signatureHeaders(key: Buffer, message: SignedMessage): Record<string, string> {
  const { id, timestampS, body } = message;
  const signature = createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': `v1,${signature}`,
  };
}
