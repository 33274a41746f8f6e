// Settings of the token endpoint that let clients write the metadata of dispatches.
import { expect, test } from 'vitest';
import { warningsOf } from '../../../web/server/warnings.js';

test.each([
  ['any', '0.0.0.0', [], 1],
  ['any', '127.0.0.1', ['https://calls.example.com'], 1],
  ['any', '127.0.0.1', [], 0],
  ['any', '::1', [], 0],
  ['named', '0.0.0.0', ['https://calls.example.com'], 0],
] as const)('WEB_PROFILES=%s on %s for %j', (profiles, host, origins, count) => {
  expect(warningsOf({ profiles, host, origins })).toHaveLength(count);
});
