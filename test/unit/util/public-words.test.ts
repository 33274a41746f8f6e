// What a room may read of an error: the words of Google, of Node and of proxies, without what only an operator may know.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicWords } from '../../../src/util/public-words.js';

/** What is hidden, and what is left of the words around it. */
test.each([
  ['getaddrinfo ENOTFOUND gateway.acme.intern', 'ENOTFOUND'],
  ['connect ECONNREFUSED 127.0.0.1:8790', 'ECONNREFUSED'],
  ['connect ECONNREFUSED ::1:443 - Local (::1:0)', 'ECONNREFUSED'],
  ['connect ETIMEDOUT 2001:db8::7:443; tried again', 'ETIMEDOUT; tried again'],
  ['read ECONNRESET', 'ECONNRESET'],
  ['could not reach wss://user:word@gateway.acme:8443/ws?key=1, at all', 'could not reach (address) at all'],
  ['Unexpected server response: 503', 'Unexpected server response: 503'],
  [
    "Hostname/IP does not match certificate's altnames: Host: a.b. is not in the cert's altnames: DNS:c.d",
    "Hostname/IP does not match certificate's altnames",
  ],
  [
    "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/acme-prod/locations/us-central1'",
    "Permission 'aiplatform.endpoints.predict' denied on resource '//(address)/projects/…/locations/us-central1'",
  ],
  [
    'Publisher Model `projects/acme-prod/locations/global/publishers/google/models/gemini-9` was not found',
    'Publisher Model `projects/…/locations/global/publishers/google/models/gemini-9` was not found',
  ],
  [
    'Gemini API has not been used in project 123456789012 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis?project=123456789012 then retry.',
    'Gemini API has not been used in project … before or it is disabled. Enable it by visiting (address) then retry.',
  ],
  [
    "Quota exceeded for consumer 'project_number:123456789012'.",
    "Quota exceeded for consumer 'project_number:…'.",
  ],
  ['caller agent@acme-prod.iam.gserviceaccount.com may not', 'caller (account) may not'],
  ['the socket to 10.1.2.3 and [fe80::1%eth0]:443 is dead', 'the socket to (address) and (address) is dead'],
  ['gateway.acme.internal refused', '(address) refused'],
  ['no answer from gateway:x or api.acme.zone:8443', 'no answer from gateway:x or (address)'],
])('%s', (words, left) => {
  expect(publicWords(words)).toBe(left);
});

describe('nothing else is taken', () => {
  test.each([
    'live.generationConfig.speechConfig: must be an object',
    'Invalid JSON payload received. Unknown name "x" at "setup.generation_config": Cannot find field.',
    'models/gemini-3.8-live is not found for API version v1beta, or is not supported for bidiGenerateContent.',
    'You exceeded your current quota, please check your plan and billing details.',
    'ana@example.org: the file a.b.png is image/tiff: only pictures (image/…) go to the model',
    'tools[0].declaration.name: must begin with a letter',
    'the profile is wrong: see.source: "of" is none of auto, camera, screen, off; did you mean off?',
    'the call ends at 12:30:45, after 1.5 s',
    'Your project is not allowed to use this model.',
    'version 0.13.35',
  ])('%s', (words) => {
    expect(publicWords(words)).toBe(words);
  });
});

const FRAMES: readonly ((host: string) => string)[] = [
  (host) => `getaddrinfo ENOTFOUND ${host}`,
  (host) => `getaddrinfo EAI_AGAIN ${host}:443`,
  (host) => `connect ECONNREFUSED ${host}:8443`,
  (host) => `request to https://${host}/v1 failed, reason: connect ETIMEDOUT ${host}:443 - Local (${host}:0)`,
  (host) => `1006: the socket to wss://${host}:9000/path?x=${host} is gone`,
];

test('no address of a host is left of any of the ways in which errors name it', () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constant('localhost'));
  fc.assert(
    fc.property(host, fc.constantFrom(...FRAMES), (name, frame) => {
      expect(publicWords(frame(name))).not.toContain(name);
    }),
  );
});

test('no bare IP address is left', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      expect(publicWords(`refused by ${address}, again`)).toBe('refused by (address), again');
    }),
  );
});

test('no project is left of a resource', () => {
  const project = fc.stringMatching(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  fc.assert(
    fc.property(project, (id) => {
      const words = publicWords(
        `denied on //aiplatform.googleapis.com/projects/${id}/locations/eu (project_id: ${id})`,
      );
      expect(words).toBe('denied on //(address)/projects/…/locations/eu (project_id: …)');
    }),
  );
});

test('what is public stays so', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(publicWords(publicWords(text))).toBe(publicWords(text));
    }),
  );
});
