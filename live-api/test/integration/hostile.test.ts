// Clients that do everything wrong: the server stays up, others are served as before, and memory comes back.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { type LiveApiServer, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { heapMb } from '../support/memory.js';
import { openRaw, type RawClient, rawClient } from '../support/raw-client.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

const start = () =>
  startLiveApi({ speech: 'tones', pace: 'prompt', record: false, answerer: briefAnswerer() });

/** A well-behaved client gets its answer, and soon. */
async function serves(server: LiveApiServer): Promise<void> {
  await using client = await connectSdk(server.url);
  const beganMs = client.nowMs();
  client.session.sendRealtimeInput({ text: 'are you still there' });
  await client.waitFor(isTurnComplete);
  expect(client.nowMs() - beganMs).toBeLessThan(3000);
}

const audio = (data: string, mimeType = 'audio/pcm;rate=16000') => ({
  realtimeInput: { audio: { data, mimeType } },
});
const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const setup = { model: 'models/gemini-3.8-live' };

/** What each sends once its session is open; all but the patient ones are closed for it. */
const attacks: readonly (readonly [
  string,
  (client: RawClient, socket: WebSocket) => unknown,
  'closed' | 'open',
])[] = [
  ['a frame of 20 MB', (_, socket) => socket.send(Buffer.alloc(20_000_000)), 'closed'],
  ['binary noise', (_, socket) => socket.send(Buffer.from([0xff, 0xfe, 0, 1, 2, 3])), 'closed'],
  ['an empty frame', (_, socket) => socket.send(''), 'closed'],
  ['half of a message', (_, socket) => socket.send('{"realtimeInput":'), 'closed'],
  ['an array', (client) => client.send([1, 2, 3]), 'closed'],
  ['null', (client) => client.send(null), 'closed'],
  ['JSON 50,000 deep', (_, socket) => socket.send(deep(50_000)), 'closed'],
  [
    'a schema 5,000 deep',
    (_, socket) =>
      socket.send(
        `{"contextUpdate":{"tools":{"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":${deep(5000)}}]}]}}}`,
      ),
    'closed',
  ],
  ['__proto__', (_, socket) => socket.send('{"__proto__":{"polluted":true}}'), 'closed'],
  ['constructor', (_, socket) => socket.send('{"constructor":{"prototype":{}}}'), 'closed'],
  ['bad base64', (client) => client.send(audio('@@@@')), 'closed'],
  [
    'odd PCM lengths',
    (client) => [1, 3, 5, 641].map((n) => client.send(audio(Buffer.alloc(n).toString('base64')))),
    'open',
  ],
  [
    'empty audio a thousand times',
    (client) => Array.from({ length: 1000 }, () => client.send(audio(''))),
    'open',
  ],
  [
    'odd sample rates',
    (client) =>
      [4001, 191_999, 44_101].map((rate) =>
        client.send(audio(Buffer.alloc(2000).toString('base64'), `audio/pcm;rate=${rate}`)),
      ),
    'open',
  ],
  ['an impossible sample rate', (client) => client.send(audio('AAAA', 'audio/pcm;rate=0')), 'closed'],
  [
    'a video that is none',
    (client) => client.send({ realtimeInput: { video: { data: 'AAAA', mimeType: 'text/html' } } }),
    'closed',
  ],
  [
    'answers to calls never made',
    (client) =>
      client.send({
        toolResponse: {
          functionResponses: Array.from({ length: 500 }, (_, n) => ({ id: `${n}`, name: 'x', response: {} })),
        },
      }),
    'open',
  ],
  [
    'two hundred texts at once',
    (client) => Array.from({ length: 200 }, (_, n) => client.send({ realtimeInput: { text: `text ${n}` } })),
    'open',
  ],
  ['a text of 2 MB', (client) => client.send({ realtimeInput: { text: 'x'.repeat(2_000_000) } }), 'closed'],
  ['another setup', (client) => client.send({ setup }), 'closed'],
];

describe('a hostile client', () => {
  it.each(attacks)('with %s harms nobody else', async (_, attack, after) => {
    await using server = await start();
    const client = await openRaw(server.url);
    attack(client, client.socket);
    if (after === 'closed') expect([1006, 1007, 1009, 1011]).toContain((await client.closed).code);
    await serves(server);
    if (after === 'open') expect(client.socket.readyState).toBe(client.socket.OPEN);
    client.socket.terminate();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('that never reads is cut off before it fills the memory', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    client.socket.pause();
    const message = { padding: 'x'.repeat(1_000_000) };
    const [session] = server.sessions;
    for (let n = 0; n < 60 && session?.state === 'open'; n++) {
      server.faults.send(message, { id: session.id });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await session?.closed).toMatchObject({ code: 1006 });
    client.socket.terminate();
    await serves(server);
  });

  it('that speaks no HTTP, or half of it, is put up with', async () => {
    await using server = await start();
    const sockets = [
      '\0\0\0\0',
      'GET / HTTP/1.1\r\n',
      'GET /ws/x HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    ].map((text) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      return socket.on('error', () => undefined);
    });
    await serves(server);
    for (const socket of sockets) socket.destroy();
  });
});

it('2,000 connections that come and go leave neither sessions nor memory behind', async () => {
  await using server = await start();
  const drop = async (mode: number) => {
    const client = rawClient(server.url, mode === 0 ? {} : { setup });
    if (mode === 2) await client.next('setupComplete');
    else await new Promise((resolve) => client.socket.once('open', resolve));
    client.socket.terminate();
    await client.closed;
  };
  const batches = async (count: number) => {
    for (let n = 0; n < count; n++) await Promise.all(Array.from({ length: 100 }, (_, k) => drop(k % 3)));
    await Promise.all(server.sessions.map(({ closed }) => closed));
  };
  await batches(4);
  const beforeMb = heapMb();
  await batches(20);
  expect(server.sessions.filter(({ state }) => state !== 'closed')).toEqual([]);
  expect(heapMb() - beforeMb).toBeLessThan(5);
  await serves(server);
});
