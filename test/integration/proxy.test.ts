// Behind a proxy: what goes out to the Live API, for tokens, webhooks and MCP servers goes through a tunnel of it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { mintToken } from '../../src/gemini/ephemeral-token.js';
import { callWebhook } from '../../src/tools/webhook-tools.js';
import { ConnectProxy } from '../support/connect-proxy.js';
import { freePort } from '../support/free-port.js';
import { LiveService, liveClients } from '../support/live-service.js';
import { deploymentOf, startEverything } from '../support/mcp.js';
import { startShortAnswers } from '../support/short-answers.js';
import { contextOf } from '../unit/tools/support.js';

const PASSWORD = 'proxy-password';
const CREDENTIALS = `user:${PASSWORD}`;
const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];

const connect = liveClients();
let liveApi: LiveApiServer;
let webhook: Server;
let origin = '';

beforeAll(async () => {
  liveApi = await startShortAnswers();
  webhook = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"booked":4}'),
  );
  await once(webhook.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
});
afterAll(async () => {
  webhook.closeAllConnections();
  webhook.close();
  await liveApi.close();
});
beforeEach(() => {
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

const hostOf = (url: string): string => new URL(url).host;
const token = (): Promise<{ readonly name: string }> =>
  mintToken(
    { apiKey: 'key', baseUrl: liveApi.url },
    { uses: 1, expiresInMs: 60_000, startsWithinMs: 60_000 },
  );
const callHook = (): Promise<unknown> =>
  callWebhook(`${origin}/book`, 'book', {}, { origins: [origin], secret: 'x'.repeat(32) }, contextOf());

/** What was thrown, with its causes, as far as anybody could print it. */
async function failureOf(
  run: Promise<unknown>,
): Promise<{ readonly message: string; readonly text: string }> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it has not failed');
  const causes: string[] = [];
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    causes.push(`${each.message} ${String((each as { code?: unknown }).code)} ${String(each.stack)}`);
  return { message: error.message, text: causes.join('\n') };
}

describe.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('through the proxy that %s names', (variable) => {
  test('go the sockets of the Live API', async () => {
    await using service = await LiveService.start();
    await using proxy = await ConnectProxy.start({ credentials: CREDENTIALS });
    vi.stubEnv(variable, proxy.url);
    const client = connect(service.url);
    await client.connection.ready;
    expect(proxy.asked).toEqual([hostOf(service.url)]);
    client.connection.sendMediaFrame('{"realtimeInput":{}}');
    await vi.waitFor(() => expect(service.peer.received).toContainEqual({ realtimeInput: {} }));
    await client.connection.close();
    await expect.poll(() => proxy.open).toBe(0);
  });

  test('go requests for ephemeral tokens', async () => {
    await using proxy = await ConnectProxy.start({ credentials: CREDENTIALS });
    vi.stubEnv(variable, proxy.url);
    expect((await token()).name).toMatch(/^auth_tokens\//);
    expect([proxy.asked, proxy.plain]).toEqual([[hostOf(liveApi.url)], []]);
  });

  test('go webhooks', async () => {
    await using proxy = await ConnectProxy.start({ credentials: CREDENTIALS });
    vi.stubEnv(variable, proxy.url);
    expect(await callHook()).toEqual({ booked: 4 });
    expect([proxy.asked, proxy.plain]).toEqual([[hostOf(origin)], []]);
  });
});

test('MCP servers over HTTP are reached through the proxy', async () => {
  await using proxy = await ConnectProxy.start({ credentials: CREDENTIALS });
  await using remote = await startEverything('streamableHttp');
  vi.stubEnv('HTTP_PROXY', proxy.url);
  await using deployment = await deploymentOf({ web: { kind: 'http', url: remote.url, headers: {} } });
  expect(deployment.mcp.get('web')?.known?.tools.map(({ name }) => name)).toContain('echo');
  expect(new Set(proxy.asked)).toEqual(new Set([new URL(remote.url).host]));
});

test.each(['127.0.0.1', 'example.com, 127.0.0.1', '*', '*.0.0.1'])(
  'NO_PROXY=%s: nothing goes there',
  async (names) => {
    await using service = await LiveService.start();
    await using proxy = await ConnectProxy.start();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', names);
    await connect(service.url).connection.ready;
    await token();
    expect(await callHook()).toEqual({ booked: 4 });
    expect(proxy.asked).toEqual([]);
  },
);

test('NO_PROXY with another name or port changes nothing, and https goes by its own variable', async () => {
  await using service = await LiveService.start();
  await using proxy = await ConnectProxy.start();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('NO_PROXY', `example.com,127.0.0.1:1,.local`);
  await connect(service.url).connection.ready;
  expect(proxy.asked).toEqual([hostOf(service.url)]);
  vi.stubEnv('HTTP_PROXY', undefined);
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  await connect(service.url).connection.ready;
  expect(proxy.asked).toHaveLength(1);
  // wss, which the proxy is asked for and cannot reach.
  const ended = await connect(`https://127.0.0.1:${await freePort()}`).closed;
  expect(proxy.asked).toHaveLength(2);
  expect(ended).toMatchObject({ httpStatus: 502, reason: expect.stringContaining('HTTPS_PROXY') });
});

describe('a proxy', () => {
  test.each(['', 'http://'])('may be named as %shost:port', async (scheme) => {
    await using service = await LiveService.start();
    await using proxy = await ConnectProxy.start();
    vi.stubEnv('HTTP_PROXY', `${scheme}127.0.0.1:${proxy.port}`);
    await connect(service.url).connection.ready;
    expect(proxy.asked).toHaveLength(1);
    await token();
    expect(proxy.asked).toHaveLength(2);
  });

  test('that is down is named by its variable, and its password stands nowhere', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${CREDENTIALS}@127.0.0.1:${await freePort()}`);
    const client = connect('http://127.0.0.1:9');
    const end = await client.closed;
    expect(end).toMatchObject({ code: 1006, expected: false });
    expect(end.own).toBeUndefined();
    expect(end.reason).toMatch(/ECONNREFUSED .*HTTP_PROXY/);
    const failures = [await failureOf(token()), await failureOf(callHook())];
    for (const { message, text } of failures) {
      expect(message).toMatch(/ECONNREFUSED \(through the proxy of HTTP_PROXY\)/);
      expect(text).not.toContain(PASSWORD);
    }
    expect(client.texts).not.toContain(PASSWORD);
  });

  test('that wants other credentials is named with its status', async () => {
    await using proxy = await ConnectProxy.start({ credentials: CREDENTIALS });
    vi.stubEnv('HTTP_PROXY', `http://user:wrong@127.0.0.1:${proxy.port}`);
    const end = await connect('http://127.0.0.1:9').closed;
    expect(end).toMatchObject({ httpStatus: 407, reason: expect.stringContaining('HTTP_PROXY') });
    for (const { message } of [await failureOf(token()), await failureOf(callHook())])
      expect(message).toMatch(/status 407 \(through the proxy of HTTP_PROXY\)/);
  });

  test('that never answers is left when the deadline has passed', async () => {
    await using proxy = await ConnectProxy.start();
    proxy.isSilent = true;
    vi.stubEnv('HTTP_PROXY', proxy.url);
    const end = await connect('http://127.0.0.1:9', { deadlineMs: 300 }).closed;
    expect(end.reason).toContain('no setupComplete within 300 ms');
    await expect.poll(() => proxy.open).toBe(0);
  });

  test('of another kind is a mistake of this deployment, not a loss', async () => {
    vi.stubEnv('HTTP_PROXY', `socks5://${CREDENTIALS}@127.0.0.1:1080`);
    const client = connect('http://127.0.0.1:9');
    expect(await client.closed).toMatchObject({
      own: true,
      reason: 'HTTP_PROXY must be the http: or https: address of a proxy',
    });
    expect((await failureOf(callHook())).message).not.toContain(PASSWORD);
  });
});
