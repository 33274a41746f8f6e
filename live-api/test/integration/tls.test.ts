// https and wss on the port of http and ws, with certificates of an authority that is made once.
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveApiServer, openTls, startLiveApi, type TlsFiles } from '../../src/index.js';
import { openRaw } from '../support/raw-client.js';

const folder = mkdtempSync(join(tmpdir(), 'live-api-tls-'));
let tls: TlsFiles;
let server: LiveApiServer;

beforeAll(async () => {
  tls = await openTls(folder);
  server = await startLiveApi({ speech: 'tones', pace: 'prompt', tls });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const ca = () => readFileSync(tls.authorityFile);

function statusBy(url: string, options: { readonly ca?: Buffer }): Promise<number | string> {
  return new Promise((resolve) => {
    request(url, { ...options, agent: false }, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

describe('one port', () => {
  it('answers https, for all names of this machine, and http', async () => {
    expect(await statusBy(`${server.tlsUrl}/healthz`, { ca: ca() })).toBe(200);
    expect(await statusBy(`https://localhost:${server.port}/healthz`, { ca: ca() })).toBe(200);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it('is trusted by nobody who does not know the authority', async () => {
    expect(await statusBy(`${server.tlsUrl}/healthz`, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('opens sessions by wss and by ws', async () => {
    const plain = await openRaw(server.url);
    const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
    const socket = new WebSocket(`${server.tlsUrl?.replace('https', 'wss')}${path}`, { ca: ca() });
    socket.on('open', () => socket.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } })));
    const first = await new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve(data.toString()));
    });
    expect(JSON.parse(first)).toEqual({ setupComplete: {} });
    socket.terminate();
    plain.socket.terminate();
  });

  it('serves the real SDK in a process that trusts the authority by its environment', async () => {
    const program = `
      import { GoogleGenAI } from '@google/genai';
      const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: ${JSON.stringify(server.tlsUrl)}, apiVersion: 'v1beta' } });
      const session = await ai.live.connect({ model: 'gemini-3.8-live', callbacks: { onmessage() {} } });
      console.log('connected');
      session.close();`;
    const outcome = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: tls.authorityFile },
      timeout: 30_000,
    });
    expect(outcome.stdout.trim()).toBe('connected');
  });

  it('closes with connections that have not said which of the two they are', async () => {
    const other = await startLiveApi({ speech: 'tones', tls });
    const socket = connect(other.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await other.close();
    await closed;
  });
});

describe('the authority', () => {
  it('is made once, and only the user can read its key', async () => {
    const before = readFileSync(tls.authorityFile, 'utf8');
    const again = await openTls(folder);
    expect(readFileSync(again.authorityFile, 'utf8')).toBe(before);
    expect(again.cert).not.toBe(tls.cert);
    expect(statSync(join(folder, 'authority-key.pem')).mode & 0o777).toBe(0o600);
    expect(before).not.toContain('PRIVATE KEY');
  });

  it('is one, also when several processes make it at once', async () => {
    const shared = mkdtempSync(join(tmpdir(), 'live-api-tls-'));
    const made = await Promise.all(Array.from({ length: 4 }, () => openTls(shared)));
    const authority = new X509Certificate(readFileSync(join(shared, 'authority.pem')));
    for (const { cert } of made) expect(new X509Certificate(cert).verify(authority.publicKey)).toBe(true);
    rmSync(shared, { recursive: true });
  });

  it('signs what strict clients accept: no authority itself, for a server, with both key identifiers', () => {
    const cert = new X509Certificate(tls.cert);
    const authority = new X509Certificate(ca());
    expect(authority.ca).toBe(true);
    expect(cert.ca).toBe(false);
    expect(cert.checkIssued(authority)).toBe(true);
    expect(cert.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(cert.checkIP('::1')).toBe('::1');
    expect(cert.checkHost('localhost')).toBe('localhost');
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(Date.parse(cert.validTo) - Date.now()).toBeLessThan(398 * 24 * 60 * 60_000);
  });

  it('that is not readable as one is said to be so, with the file', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'live-api-tls-'));
    writeFileSync(join(broken, 'authority-key.pem'), 'nonsense');
    await expect(openTls(broken)).rejects.toThrow(
      /authority-key\.pem holds no key and certificate: remove it/,
    );
    rmSync(broken, { recursive: true });
  });
});
