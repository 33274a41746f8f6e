// Conversations that are recorded by the proxy, played again as a scenario, and compared.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  diffRecordings,
  openTls,
  type RecordingLine,
  readRecording,
  scenarioOf,
  startLiveApi,
  startRecordingProxy,
} from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { rawClient } from '../support/raw-client.js';
import { connectSdk, isTurnComplete, type SdkClient, spoken } from '../support/sdk-client.js';

const start = (options = {}) =>
  startLiveApi({ speech: quickSpeech(), pace: 'prompt', answerer: briefAnswerer(), ...options });
const config = { outputAudioTranscription: {}, tools: [{ functionDeclarations: [{ name: 'look_up' }] }] };

/** A text, a call and its response, by the SDK. */
async function talk(client: SdkClient): Promise<string[]> {
  const ask = async (send: () => void) => {
    const from = client.received.length;
    send();
    await client.waitFor(isTurnComplete, from);
    return spoken(client.messages.slice(from));
  };
  const first = await ask(() => client.session.sendRealtimeInput({ text: 'hello my secret friend' }));
  await ask(() => client.session.sendRealtimeInput({ text: 'please look up 4715' }));
  const call = client.messages.findLast(({ toolCall }) => toolCall)?.toolCall?.functionCalls?.[0];
  const last = await ask(() =>
    client.session.sendToolResponse({
      functionResponses: { id: call?.id ?? '', name: 'look_up', response: { found: 'gold' } },
    }),
  );
  return [first, last];
}

async function recorded(withoutWords = false): Promise<{ lines: RecordingLine[]; said: string[] }> {
  const lines: RecordingLine[] = [];
  await using server = await start();
  await using proxy = await startRecordingProxy({
    upstream: server.url,
    withoutWords,
    write: (line) => lines.push(line),
  });
  const client = await connectSdk(proxy.url, { config, apiKey: 'very-secret-key' });
  const said = await talk(client);
  client.session.close();
  await vi.waitFor(() => expect(lines.at(-1)).toHaveProperty('close'));
  return { lines, said };
}

describe('a recording', () => {
  it('has every message with its side and time, and no key', async () => {
    const { lines, said } = await recorded();
    expect(said).toEqual(['Yes, I can.', 'look_up is done.']);
    expect(lines[0]).toMatchObject({
      from: 'client',
      message: { setup: { model: 'models/gemini-3.8-live' } },
    });
    expect(lines[1]).toMatchObject({ from: 'server', message: { setupComplete: {} } });
    const times = lines.map(({ atMs }) => atMs);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(JSON.stringify(lines)).not.toContain('very-secret-key');
  });

  it('can be without words, and keeps kinds and lengths', async () => {
    const { lines, said } = await recorded(true);
    expect(said[0]).toBe('Yes, I can.');
    const text = JSON.stringify(lines);
    for (const word of ['secret', 'friend', 'Yes', 'gold', '4715']) expect(text).not.toContain(word);
    expect(text).toContain('xxxxx xx xxxxxx xxxxxx');
    expect(text).toContain('"toolCall"');
    expect(text).toContain('"look_up"');
  });

  it('is played again as a scenario, with the words and the order of the service', async () => {
    const { lines } = await recorded();
    await using server = await start({ scenario: scenarioOf(lines) });
    await using client = await connectSdk(server.url, { config });
    expect(await talk(client)).toEqual(['Yes, I can.', 'look_up is done.']);
    const from = client.received.length;
    client.session.sendRealtimeInput({ text: 'something new' });
    server.faults.send({ mark: 1 });
    await client.waitFor((message) => 'mark' in message, from);
    expect(client.messages.slice(from)).toHaveLength(1);
  });

  it('is compared: alike, or where kinds, fields, times and the end differ', async () => {
    const { lines } = await recorded();
    expect(diffRecordings(lines, lines)).toEqual([]);
    const other = lines.map((line): RecordingLine => {
      if ('close' in line) return { atMs: line.atMs + 5000, close: { code: 1011, reason: 'Internal' } };
      const late = { ...line, atMs: 'toolCall' in line.message ? line.atMs + 900 : line.atMs };
      return 'setupComplete' in line.message
        ? { ...late, message: { setupComplete: { sessionId: 'a' } } }
        : late;
    });
    const differences = diffRecordings(lines, other);
    expect(differences).toContainEqual(
      expect.stringMatching(/^fields: setupComplete: only the second has .*sessionId/),
    );
    expect(differences).toContainEqual(expect.stringMatching(/^times: toolCall: /));
    expect(differences).toContainEqual(expect.stringMatching(/^close: /));
    const shorter = lines.filter((line) => !('message' in line && 'toolCall' in line.message));
    expect(diffRecordings(lines, shorter)).toContainEqual(
      expect.stringMatching(/^order: message \d+ is toolCall/),
    );
  });

  it('has no handle with which somebody else could go on', async () => {
    const lines: RecordingLine[] = [];
    await using server = await start();
    await using proxy = await startRecordingProxy({
      upstream: server.url,
      write: (line) => lines.push(line),
    });
    await using client = await connectSdk(proxy.url, { config: { sessionResumption: {} } });
    const { sessionResumptionUpdate } = await client.waitFor((message) => !!message.sessionResumptionUpdate);
    expect(sessionResumptionUpdate?.newHandle).toMatch(/.{20}/);
    expect(JSON.stringify(lines)).toContain('"newHandle":"handle"');
    expect(JSON.stringify(lines)).not.toContain(sessionResumptionUpdate?.newHandle);
  });

  it('of a conversation that the service has ended ends in the same way', async () => {
    const lines: RecordingLine[] = [];
    {
      await using server = await start();
      await using proxy = await startRecordingProxy({
        upstream: server.url,
        write: (line) => lines.push(line),
      });
      await using client = await connectSdk(proxy.url, { config });
      client.session.sendRealtimeInput({ text: 'hello' });
      await client.waitFor(isTurnComplete);
      server.faults.close(1008, 'Operation is not implemented, or supported, or enabled.');
      await vi.waitFor(() => expect(lines.at(-1)).toHaveProperty('close'));
    }
    await using server = await start({ scenario: scenarioOf(lines) });
    await using client = await connectSdk(server.url, { config });
    client.session.sendRealtimeInput({ text: 'hello' });
    expect(await client.closed).toMatchObject({
      code: 1008,
      reason: 'Operation is not implemented, or supported, or enabled.',
    });
    expect(client.messages.some(isTurnComplete)).toBe(true);
  });

  it('that cannot be read says which line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recording-'));
    const file = join(folder, 'a.jsonl');
    writeFileSync(file, '{"atMs":1,"from":"client","message":{}}\n{"atMs":2}\n');
    await expect(readRecording(file)).rejects.toThrow(/a\.jsonl:2 is no line of a recording/);
    rmSync(folder, { recursive: true });
  });
});

async function refusalOf(url: string): Promise<string | undefined> {
  const client = rawClient(url);
  await client.closed;
  return client.errors[0];
}

describe('the proxy', () => {
  it('passes on what is no conversation, and the refusal of one', async () => {
    await using server = await start();
    await using proxy = await startRecordingProxy({ upstream: server.url, write: () => undefined });
    const minted = await fetch(`${proxy.url}/v1alpha/auth_tokens`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'any', 'content-type': 'application/json' },
      body: JSON.stringify({ uses: 1 }),
    });
    expect(await minted.json()).toMatchObject({ name: expect.stringMatching(/^auth_tokens\//) });
    expect((await fetch(`${proxy.url}/nowhere`)).status).toBe(404);
    server.faults.refuseUpgrades(429);
    expect(await refusalOf(proxy.url)).toBe('Unexpected server response: 429');
    await using client = await connectSdk(proxy.url, { config });
    expect(client.messages.length).toBeGreaterThan(0);
  });

  it('says that the service cannot be reached', async () => {
    const logged: string[] = [];
    await using proxy = await startRecordingProxy({
      upstream: 'http://127.0.0.1:1',
      write: () => undefined,
      log: (line) => logged.push(line),
    });
    expect(await refusalOf(proxy.url)).toBe('Unexpected server response: 502');
    expect(logged.join()).toMatch(/the service cannot be reached: .*ECONNREFUSED/);
    expect((await fetch(`${proxy.url}/healthz`)).status).toBe(502);
  });

  it('serves wss beside ws, as Python needs it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recording-'));
    const tls = await openTls(folder);
    const lines: RecordingLine[] = [];
    await using server = await start();
    await using proxy = await startRecordingProxy({
      upstream: server.url,
      tls,
      write: (line) => lines.push(line),
    });
    const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
    const socket = new WebSocket(`${proxy.tlsUrl?.replace('https', 'wss')}${path}`, {
      ca: readFileSync(tls.authorityFile),
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }));
    const [frame] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(frame.toString())).toEqual({ setupComplete: {} });
    expect(lines.slice(0, 2)).toMatchObject([{ from: 'client' }, { from: 'server' }]);
    socket.close();
    await using plain = await connectSdk(proxy.url, { config });
    expect(plain.messages.length).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  });
});
