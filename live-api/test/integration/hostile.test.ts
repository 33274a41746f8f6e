// Clients that do everything wrong: the server stays up, others are served as before, and memory comes back.
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { type LiveApiServer, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { heapMb } from '../support/memory.js';
import { openRaw, type RawClient, rawClient } from '../support/raw-client.js';
import { underLoad } from '../support/slowness.js';

const start = () =>
  startLiveApi({ speech: 'tones', pace: 'prompt', record: false, answerer: briefAnswerer() });

/** How late an answer may begin while somebody else misbehaves; undisturbed it takes a few milliseconds. */
const MAX_ANSWER_MS = 400;

/** A well-behaved client beside the others. Each answer cuts the one before. */
interface Bystander {
  /** Asks something, and tells in ms how soon the answer's first audio came. */
  ask(): Promise<number>;
  close(): Promise<void>;
}

/** It keeps nothing of what it gets, so that the memory that is measured is not its own. */
async function openBystander({ url }: LiveApiServer): Promise<Bystander> {
  const { socket } = await openRaw(url);
  socket.removeAllListeners('message');
  let onAudio: () => void = () => undefined;
  let onClose: (error: Error) => void = () => undefined;
  socket.on('message', (data) => {
    if ((data as Buffer).includes('inlineData')) onAudio();
  });
  socket.on('close', (code) => onClose(new Error(`the bystander was cut off: ${code}`)));
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        const startedMs = performance.now();
        onAudio = () => resolve(performance.now() - startedMs);
        onClose = reject;
        socket.send(JSON.stringify({ realtimeInput: { text: 'are you still there' } }));
      }),
    close: () =>
      new Promise((resolve) => {
        onClose = () => resolve();
        socket.close();
      }),
  };
}

/** Asks as long as `until` is open, at least ten times; tells the longest that an answer took. */
async function worstAnswerMs(bystander: Bystander, until: Promise<unknown>): Promise<number> {
  let open = true;
  const over = () => {
    open = false;
  };
  until.then(over, over);
  let worst = 0;
  for (let n = 0; open || n < 10; n++) worst = Math.max(worst, await bystander.ask());
  return worst;
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

/** Opens a session and misbehaves in it; resolves once it was closed for that, or put up with. */
async function misbehave(server: LiveApiServer, [name, attack, after]: (typeof attacks)[number]) {
  const client = await openRaw(server.url);
  attack(client, client.socket);
  if (after === 'closed') expect([1006, 1007, 1009, 1011], name).toContain((await client.closed).code);
  else {
    const pong = new Promise((resolve) => client.socket.once('pong', resolve));
    client.socket.ping();
    await pong;
    expect(client.socket.readyState, name).toBe(client.socket.OPEN);
  }
  client.socket.terminate();
  await client.closed;
}

it('there are twenty kinds of hostile clients', () => {
  expect(attacks).toHaveLength(20);
});

describe('a hostile client', () => {
  it.each(attacks)('with %s harms nobody else', async (...attack) => {
    await using server = await start();
    const bystander = await openBystander(server);
    const { result, slowness } = await underLoad(async () => {
      const misbehaving = misbehave(server, attack);
      const worstMs = await worstAnswerMs(bystander, misbehaving);
      await misbehaving;
      return worstMs;
    });
    expect(result).toBeLessThan(MAX_ANSWER_MS * slowness);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    await bystander.close();
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
    const bystander = await openBystander(server);
    await bystander.ask();
    await bystander.close();
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
    const bystander = await openBystander(server);
    await bystander.ask();
    await bystander.close();
    for (const socket of sockets) socket.destroy();
  });
});

it('all of them at once, again and again, leave the server up, others unhindered, and no memory behind', async () => {
  await using server = await start();
  const bystander = await openBystander(server);
  const rounds = async (count: number) => {
    for (let n = 0; n < count; n++) await Promise.all(attacks.map((attack) => misbehave(server, attack)));
    await Promise.all(server.sessions.slice(0, -1).map(({ state, closed }) => state === 'closed' && closed));
  };
  await rounds(4);
  const beforeMb = heapMb();
  const { result, slowness } = await underLoad(() => worstAnswerMs(bystander, rounds(6)));
  // Twenty at once make much work for one thread: frames of 20 MB are written here, too.
  expect(result).toBeLessThan(4 * MAX_ANSWER_MS * slowness);
  expect(heapMb() - beforeMb).toBeLessThan(5);
  await bystander.close();
});

it('2,000 connections that come and go hinder nobody, and leave neither sessions nor memory behind', async () => {
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
  };
  await batches(4);
  const beforeMb = heapMb();
  const bystander = await openBystander(server);
  const { result, slowness } = await underLoad(() => worstAnswerMs(bystander, batches(20)));
  expect(result).toBeLessThan(MAX_ANSWER_MS * slowness);
  await bystander.close();
  await vi.waitFor(() => expect(server.sessions.filter(({ state }) => state !== 'closed')).toEqual([]));
  expect(heapMb() - beforeMb).toBeLessThan(5);
});
