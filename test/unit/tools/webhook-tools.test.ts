import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { signatureHeaders } from '../../../src/tools/webhook-signer.js';
import { callWebhook, type WebhookAccess, webhookProblem } from '../../../src/tools/webhook-tools.js';
import { contextOf } from './support.js';

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const received: Received[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (piece: string) => {
    body += piece;
  });
  request.on('end', () => {
    received.push({ request, body });
    answer(request, response);
  });
});
let origin = '';
let access: WebhookAccess;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  access = { origins: [origin], secret: SECRET };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received.length = 0;
  answer = (_request, response) => json(response, { ok: true });
});

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const run = (path = '/hook', more = {}): Promise<unknown> =>
  callWebhook(`${origin}${path}`, 'book', { table: 4 }, access, contextOf(more));

test('the signature is that of Standard Webhooks', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  };
  expect(signatureHeaders(SECRET, message)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each([
  ['whsec_AAECAw==', '00010203'],
  ['AAECAw==', '00010203'],
  ['not base64!', Buffer.from('not base64!').toString('hex')],
])('the key of %s', (secret, hex) => {
  const headers = signatureHeaders(secret, { id: 'msg_1', at: new Date(), body: '{"a":1}' });
  const verifier = new Webhook(Buffer.from(hex, 'hex'), { format: 'raw' });
  expect(verifier.verify('{"a":1}', headers)).toEqual({ a: 1 });
  expect(() => verifier.verify('{"a":2}', headers)).toThrow('No matching signature');
});

test('one signed POST with the call as JSON, and the JSON of its answer', async () => {
  await expect(run()).resolves.toEqual({ ok: true });
  expect(received).toHaveLength(1);
  const [{ request, body }] = received as [Received];
  expect([request.method, request.url]).toEqual(['POST', '/hook']);
  const parsed = JSON.parse(body) as { timestamp: string; data: object };
  expect(parsed).toEqual({
    type: 'tool.call',
    timestamp: expect.any(String),
    data: {
      id: 'call-1',
      name: 'book',
      args: { table: 4 },
      room: 'kitchen',
      participant: 'ana',
      attributes: {},
      by: 'voice',
      data: { userId: '42' },
      idempotencyKey: 'a'.repeat(64),
      // Signed with the rest, so that one backend cannot forge a call to another.
      url: expect.stringMatching(/\/hook$/),
    },
  });
  const { headers } = request;
  expect(headers['idempotency-key']).toBe('a'.repeat(64));
  const signed = headers as Record<string, string>;
  expect(new Webhook(SECRET).verify(body, signed)).toEqual(parsed);
  expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - Date.now())).toBeLessThan(5_000);
});

test('an empty answer is done, without a value', async () => {
  answer = (_request, response) => response.writeHead(204).end();
  await expect(run()).resolves.toBeUndefined();
});

test.each([
  [
    'a redirect',
    (r: ServerResponse) => r.writeHead(307, { location: '/hook' }).end(),
    'bad_answer',
    /redirects \(307\)/,
  ],
  [
    'HTML',
    (r: ServerResponse) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'bad_answer',
    /not JSON/,
  ],
  [
    'broken JSON',
    (r: ServerResponse) => r.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    'bad_answer',
    /not JSON/,
  ],
  ['too much', (r: ServerResponse) => json(r, 'x'.repeat(300_000)), 'too_large', /more than 262144 bytes/],
  ['a bare 500', (r: ServerResponse) => r.writeHead(500).end('secret stack'), 'failed', /status 500$/],
  [
    'an error in words',
    (r: ServerResponse) => json(r, { error: 'no such table' }, 404),
    'failed',
    /^no such table$/,
  ],
  [
    'an error object',
    (r: ServerResponse) => json(r, { error: { message: 'all full' } }, 409),
    'failed',
    /^all full$/,
  ],
  [
    'a cut-off answer',
    (r: ServerResponse) => r.writeHead(200, { 'content-length': '100' }).write('{', () => r.destroy()),
    'bad_answer',
    /broke off/,
  ],
])('%s is an error', async (_name, respond, code, words) => {
  answer = (_request, response) => void respond(response);
  await expect(run()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  expect(received).toHaveLength(1);
});

test('an address where nothing listens is unavailable, and the message does not name it', async () => {
  const closed = createServer();
  await once(closed.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/secret-path`;
  closed.close();
  await once(closed, 'close');
  const other = { origins: [new URL(url).origin], secret: SECRET };
  await expect(callWebhook(url, 'book', {}, other, contextOf())).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the webhook of book cannot be reached (ECONNREFUSED)',
  });
});

test('an aborted call ends the request', async () => {
  const gone = vi.fn();
  answer = (request) => void request.socket.once('close', gone);
  const abort = new AbortController();
  const running = run('/hook', { signal: abort.signal });
  await vi.waitFor(() => expect(received).toHaveLength(1));
  abort.abort(new Error('cancelled'));
  await expect(running).rejects.toThrow('cancelled');
  await vi.waitFor(() => expect(gone).toHaveBeenCalled());
});

test.each([
  ['https://tools.example/a', undefined],
  ['https://tools.example:8443/a', 'is not at an origin that TOOL_WEBHOOK_ORIGINS names'],
  ['https://evil.example/a', 'is not at an origin that TOOL_WEBHOOK_ORIGINS names'],
  ['http://tools.example/a', 'must be an https: address (http: on this machine alone)'],
  ['http://localhost:9/a', undefined],
  ['https://user:pw@tools.example/a', 'must not hold a user or a password'],
  ['https://', 'must be an https: address'],
])('whether %s may be called', (url, problem) => {
  const origins = ['https://tools.example', 'http://localhost:9', 'http://tools.example'];
  expect(webhookProblem(url, { origins, secret: SECRET })).toBe(problem);
});

test('without origins or a secret no webhook is called', async () => {
  expect(webhookProblem(`${origin}/`, { origins: [], secret: SECRET })).toMatch(/TOOL_WEBHOOK_ORIGINS/);
  expect(webhookProblem(`${origin}/`, { origins: [origin], secret: undefined })).toMatch(
    /TOOL_WEBHOOK_SECRET/,
  );
  const refused = callWebhook(`${origin}/`, 'book', {}, { origins: [], secret: SECRET }, contextOf());
  await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
  expect(received).toEqual([]);
});
