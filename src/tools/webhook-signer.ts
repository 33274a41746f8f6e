// Signs webhooks according to Standard Webhooks 1.0, with the standard's library.
import { Webhook } from 'standardwebhooks';
import { webhookKeyOf } from '../config/webhook-key.js';

/** A message to sign: its id, its time, and the body as it is sent. */
export interface SignedMessage {
  /** Equal for every attempt to deliver this message. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** The standard's library would throw over a secret that is no base64, at the first call. */
export function webhookOf(secret: string): Webhook {
  return new Webhook(webhookKeyOf(secret), { format: 'raw' });
}

/** The headers with which the receiver checks the message. */
export function signatureHeaders(secret: string, { id, at, body }: SignedMessage): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': webhookOf(secret).sign(id, at, body),
  };
}
