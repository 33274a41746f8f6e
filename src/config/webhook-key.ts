// The key that a webhook secret stands for, as Standard Webhooks 1.0 writes it.

/** As the standard demands: a shorter key can be guessed. */
export const MIN_WEBHOOK_KEY_BYTES = 24;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 after `whsec_` or without that prefix; the bytes of any other secret as they stand. */
export function webhookKeyOf(secret: string): Buffer {
  const text = secret.replace(/^whsec_/, '');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : Buffer.from(text);
}
