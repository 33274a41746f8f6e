// The control port answers programs of this machine and nobody's web page.
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';

function ask(url: string, headers: Record<string, string>, path = '/control/sessions'): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0))
      .on('error', reject)
      .end();
  });
}

describe('the control port', () => {
  it.each<[string, (host: string) => Record<string, string>, number]>([
    ['a program', () => ({}), 200],
    ['a page of this server', (host) => ({ origin: `http://${host}` }), 200],
    ['localhost', (host) => ({ host: host.replace('127.0.0.1', 'localhost') }), 200],
    ['a page of another site', () => ({ origin: 'https://example.com' }), 403],
    ['a page of another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
    ['a sandboxed page', () => ({ origin: 'null' }), 403],
    ['the IPv6 address of this machine', () => ({ host: '[::1]:8790' }), 200],
    [
      'a page of another site under that address',
      () => ({ host: '[::1]:8790', origin: 'http://[::2]:8790' }),
      403,
    ],
    ['a page on this port by another scheme', (host) => ({ origin: `ftp://${host}` }), 403],
    ['a name that begins like the address', () => ({ host: '127.0.0.1.example.com:8790' }), 403],
    ['a name that ends like this machine', () => ({ host: 'x.localhost:8790' }), 403],
    ['an address of another machine', () => ({ host: '[::ffff:10.0.0.1]:8790' }), 403],
    ['a user before the host', () => ({ host: 'localhost@evil.example:8790' }), 403],
    ['a name that was pointed here', () => ({ host: 'rebound.example.com' }), 403],
    ['the same with a page', () => ({ host: 'evil.example:80', origin: 'http://evil.example:80' }), 403],
  ])('answers %s as it should', async (_, headers, status) => {
    await using server = await startLiveApi({ speech: 'tones' });
    expect(await ask(server.url, headers(`127.0.0.1:${server.port}`))).toBe(status);
  });

  it('answers under a further name that was given, with its pages, and under no other', async () => {
    await using server = await startLiveApi({ speech: 'tones', controlHosts: ['live-api'] });
    expect(await ask(server.url, { host: 'live-api:8790' })).toBe(200);
    expect(await ask(server.url, { host: 'live-api', origin: 'http://live-api' })).toBe(200);
    expect(await ask(server.url, { host: 'live-api', origin: 'http://other' })).toBe(403);
    expect(await ask(server.url, { host: 'live-api.example.com' })).toBe(403);
  });

  it('alone is closed to them: health is not', async () => {
    await using server = await startLiveApi({ speech: 'tones' });
    expect(await ask(server.url, { host: 'name.example.com' }, '/healthz')).toBe(200);
  });
});
