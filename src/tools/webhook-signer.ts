// Signs webhooks according to Standard Webhooks 1.0, with the standard's library.
import { Webhook } from 'standardwebhooks';

export interface SignedMessage {
  /** Equal for every attempt to deliver this message. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The key is base64, with or without the prefix `whsec_`. Any other secret is used as it is: the library would throw
 * at the first call, long after the worker has started.
 */
export function webhookOf(secret: string): Webhook {
  const text = secret.replace(/^whsec_/, '');
  return BASE64.test(text) ? new Webhook(text) : new Webhook(Buffer.from(text), { format: 'raw' });
}

/** The headers with which the receiver checks the message. */
export function signatureHeaders(secret: string, { id, at, body }: SignedMessage): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': webhookOf(secret).sign(id, at, body),
  };
}
