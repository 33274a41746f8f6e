// The token with which a worker registers, as LiveKit's SDK for servers reads it.
import { TokenVerifier } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { registrationToken } from '../../../agent/worker/registration-token.js';

test('it grants the work of an agent and nothing else, for a minute', async () => {
  const token = registrationToken({ apiKey: 'devkey', apiSecret: 'a secret of some length, with ünïcode' });
  const claims = await new TokenVerifier('devkey', 'a secret of some length, with ünïcode').verify(token);
  expect(claims).toMatchObject({ iss: 'devkey', video: { agent: true } });
  expect(Number(claims.exp) * 1_000 - Date.now()).toBeLessThan(61_000);
  await expect(new TokenVerifier('devkey', 'another secret').verify(token)).rejects.toThrow();
});
