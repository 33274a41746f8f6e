// One connection through the real SDK, as long as it lasts: what it sends, and what reaches the listener.
import type { Socket } from 'node:net';
import { Modality } from '@google/genai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { answerSetup, KEY, LiveService, liveClients, silent } from '../support/live-service.js';

const connect = liveClients();

/** The SDK's own words would stand between the lines of a log, where nobody can parse them. */
const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const;
let printed: unknown[][];

beforeEach(() => {
  printed = [];
  for (const level of LEVELS)
    vi.spyOn(console, level).mockImplementation((...words) => void printed.push(words));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  expect(printed).toEqual([]);
});

describe('a connection that is accepted', () => {
  test('is ready when the set-up is complete, and not before', async () => {
    await using service = await LiveService.start(silent);
    const client = connect(service.url);
    await vi.waitFor(() => expect(service.peers).toHaveLength(1));
    await service.peer.setup();
    expect(client.isReady).toBe(false);
    expect(client.connection.isOpen).toBe(false);
    service.peer.send({ setupComplete: {} });
    await client.connection.ready;
    expect(client.connection.isOpen).toBe(true);
    expect(client.messages).toEqual([]);
  });

  test('requests the given model and version, with the key', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    expect(service.peer.path).toBe(
      `//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=${KEY}`,
    );
    expect(service.peer.received).toEqual([
      { setup: expect.objectContaining({ model: 'models/gemini-3.8-live' }) },
    ]);
  });

  test('uses the given key, independent of keys in the environment, and leaves those there', async () => {
    await using service = await LiveService.start();
    vi.stubEnv('GOOGLE_API_KEY', 'a key');
    vi.stubEnv('GEMINI_API_KEY', 'another key');
    const client = connect(service.url);
    await client.connection.ready;
    expect(service.peer.path).toContain(`?key=${KEY}`);
    expect(process.env).toMatchObject({ GOOGLE_API_KEY: 'a key', GEMINI_API_KEY: 'another key' });
    // The SDK's own line, for two keys at once; the worker's processes keep one (agent/own-process.ts).
    expect(printed.splice(0)).toEqual([[expect.stringContaining('Both GOOGLE_API_KEY and GEMINI_API_KEY')]]);
  });

  test('needs no key for a service that wants none, whatever the environment says', async () => {
    await using service = await LiveService.start();
    vi.stubEnv('GOOGLE_API_KEY', 'another key');
    vi.stubEnv('GOOGLE_GENAI_USE_VERTEXAI', 'true');
    const client = connect(service.url, { apiKey: '' });
    await client.connection.ready;
    expect(service.peer.path).toMatch(/v1beta\.GenerativeService\.BidiGenerateContent\?key=no-key$/);
  });

  test.each(['v1alpha', 'v1beta'])(
    'passes an ephemeral token where the service wants it: %s',
    async (apiVersion) => {
      await using service = await LiveService.start();
      const client = connect(service.url, { apiKey: 'auth_tokens/abc', apiVersion });
      await client.connection.ready;
      expect(service.peer.path).toBe(
        `//ws/google.ai.generativelanguage.${apiVersion}.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens/abc`,
      );
    },
  );

  test('puts what only generationConfig can carry beside what stands under it anyway', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url, {
      config: {
        responseModalities: [Modality.AUDIO],
        temperature: 0.2,
        generationConfig: { temperature: 0.9, topP: 0.5, presencePenalty: 0.5, stopSequences: ['end'] },
      },
    });
    await client.connection.ready;
    expect(service.peer.received[0]).toMatchObject({
      setup: {
        generationConfig: {
          responseModalities: ['AUDIO'],
          temperature: 0.2,
          topP: 0.5,
          presencePenalty: 0.5,
          stopSequences: ['end'],
        },
      },
    });
  });

  test('puts the raw set-up into the first frame and into no other', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url, {
      config: { systemInstruction: 'Be brief.' },
      rawSetup: { historyConfig: { initialHistoryInClientContent: true } },
    });
    await client.connection.ready;
    expect(client.connection.send((session) => session.sendClientContent({ turns: 'hello' }))).toBe(true);
    await vi.waitFor(() => expect(service.peer.received).toHaveLength(2));
    const [setup, content] = service.peer.received;
    expect(setup).toEqual({
      setup: expect.objectContaining({
        model: 'models/gemini-3.8-live',
        historyConfig: { initialHistoryInClientContent: true },
        systemInstruction: expect.anything(),
      }),
    });
    expect(Object.keys(content ?? {})).toEqual(['clientContent']);
  });

  test('delivers what follows the set-up in the same packet, after it and in order', async () => {
    await using service = await LiveService.start((peer) => {
      peer.socket.once('message', () => {
        peer.send({ setupComplete: {} });
        for (let index = 0; index < 5; index++)
          peer.send({ sessionResumptionUpdate: { newHandle: `h${index}` } });
      });
    });
    const client = connect(service.url);
    await vi.waitFor(() => expect(client.messages).toHaveLength(5));
    expect(client.messages.map((message) => message.sessionResumptionUpdate?.newHandle)).toEqual([
      'h0',
      'h1',
      'h2',
      'h3',
      'h4',
    ]);
  });

  test('delivers a message in the very tick in which the socket gets it', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    const seen: number[] = [];
    const emit = WebSocket.prototype.emit;
    using spy = vi.spyOn(WebSocket.prototype, 'emit').mockImplementation(function (
      this: WebSocket,
      event,
      ...args
    ) {
      const isHandled = Reflect.apply(emit, this, [event, ...args]) as boolean;
      if (event === 'message' && this !== service.peer.socket) seen.push(client.messages.length);
      return isHandled;
    });
    service.peer.send({ serverContent: { interrupted: true } });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(spy).toHaveBeenCalled();
    expect(seen).toEqual([1]);
  });

  test.each([
    ['binary', true],
    ['text', false],
  ])('reads %s frames, whatever is in their strings', async (_kind, binary) => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    const message = { serverContent: { outputTranscription: { text: 'naïve 👋 “…”\n\u2028' } } };
    service.peer.socket.send(Buffer.from(JSON.stringify(message, null, 2)), { binary });
    await vi.waitFor(() => expect(client.messages).toHaveLength(1));
    expect(client.messages[0]).toMatchObject(message);
  });

  test('has its pings answered', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    await new Promise<void>((resolve) => client.connection.ping(resolve));
  });

  test('offers no compression, in which a small frame could hold a large one', async () => {
    await using service = await LiveService.start();
    for (const apiKey of [KEY, 'auth_tokens/abc']) await connect(service.url, { apiKey }).connection.ready;
    expect(service.peers).toHaveLength(2);
    for (const { headers } of service.peers) expect(headers).not.toHaveProperty('sec-websocket-extensions');
  });

  test.each([KEY, 'auth_tokens/abc'])(
    'takes a frame of 8 MB, and ends at a larger one, with %s',
    async (apiKey) => {
      await using service = await LiveService.start();
      const client = connect(service.url, { apiKey });
      await client.connection.ready;
      const frameOf = (bytes: number): Buffer => {
        const start = '{"serverContent":{"outputTranscription":{"text":"';
        const end = '"}}}';
        return Buffer.from(`${start}${'a'.repeat(bytes - start.length - end.length)}${end}`);
      };
      const mostBytes = 8 * 1024 * 1024;
      service.peer.socket.send(frameOf(mostBytes));
      await vi.waitFor(() => expect(client.messages).toHaveLength(1));
      service.peer.socket.send(frameOf(mostBytes + 1));
      const { expected, reason } = await client.closed;
      expect([expected, reason]).toEqual([false, expect.stringContaining('Max payload size exceeded')]);
      expect(client.messages).toHaveLength(1);
    },
  );

  test('ends at a frame that is too large before the rest of it has come', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    // The header of a frame of 60 MB, and nothing that follows it.
    const header = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeBigUInt64BE(60_000_000n, 2);
    (service.peer.socket as unknown as { readonly _socket: Socket })._socket.write(header);
    // By itself ws waits 30 s for the rest.
    await vi.waitFor(() => expect(client.closes).toHaveLength(1), { timeout: 10_000 });
    expect(client.closes[0]?.reason).toContain('Max payload size exceeded');
  });

  test('reports how the service ended it', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.socket.close(1011, 'Internal error encountered.');
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'Internal error encountered.',
      expected: false,
    });
    expect(client.connection.isOpen).toBe(false);
    expect(client.connection.send((session) => session.sendClientContent({ turns: 'hello' }))).toBe(false);
  });

  test('reports a network that is lost without a close frame', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.socket.terminate();
    expect(await client.closed).toMatchObject({ code: 1006, expected: false });
  });
});

describe('frames that are no messages', () => {
  test.each([
    ['no JSON', 'nonsense'],
    ['half a message', '{"serverContent":'],
    ['nothing', ''],
    ['millions of values', `{"x":[${'[],'.repeat(1_000_000)}0]}`],
    ['a number', '42'],
    ['null', 'null'],
    ['a list', '[{"serverContent":{}}]'],
    ['bytes', Buffer.from([0xff, 0x00, 0xfe])],
    ["fields that the SDK's messages compute", '{"text":"hi","data":"hi"}'],
  ])('%s: reported and survived, before the set-up and after it', async (_name, frame) => {
    await using service = await LiveService.start((peer) => {
      peer.socket.send(Buffer.from(frame));
      answerSetup(peer);
    });
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.socket.send(Buffer.from(frame));
    service.peer.send({ serverContent: { turnComplete: true } });
    await vi.waitFor(() => expect(client.messages).toHaveLength(1));
    expect(client.messages[0]).toMatchObject({ serverContent: { turnComplete: true } });
    expect(client.faults).toHaveLength(2);
    expect(client.connection.isOpen).toBe(true);
  });

  test('empty messages are messages', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.send({});
    service.peer.send({ serverContent: {} });
    await vi.waitFor(() => expect(client.messages).toHaveLength(2));
    expect(client.faults).toEqual([]);
  });
});

test('a listener that throws gets its error reported and the next message', async () => {
  await using service = await LiveService.start();
  const client = connect(service.url);
  await client.connection.ready;
  const failure = new Error('not this one');
  client.onMessage = (message) => {
    if (message.serverContent?.interrupted) throw failure;
  };
  service.peer.send({ serverContent: { interrupted: true } });
  service.peer.send({ serverContent: { turnComplete: true } });
  await vi.waitFor(() => expect(client.messages).toHaveLength(2));
  expect(client.faults).toEqual([failure]);
  expect(client.connection.isOpen).toBe(true);
});

test('a listener that throws at the end gets its error reported, and close() resolves', async () => {
  await using service = await LiveService.start();
  const client = connect(service.url);
  await client.connection.ready;
  const failure = new Error('not now');
  client.onClose = () => {
    throw failure;
  };
  await client.connection.close();
  expect(client.faults).toEqual([failure]);
});

describe('sending', () => {
  test('an input that the SDK refuses is reported and ends nothing', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    expect(client.connection.send((session) => session.sendToolResponse({ functionResponses: [] }))).toBe(
      false,
    );
    expect(client.faults).toHaveLength(1);
    expect(client.connection.isOpen).toBe(true);
  });

  test('media is dropped and counted, not queued without end, when the network is behind', async () => {
    await using service = await LiveService.start();
    const client = connect(service.url);
    await client.connection.ready;
    service.peer.socket.pause();
    const audio = { data: Buffer.alloc(48_000).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
    // 64 MB are more than any system buffers for a connection.
    for (let index = 0; index < 1_000; index++)
      client.connection.sendMedia((session) => session.sendRealtimeInput({ audio }));
    expect(client.connection.droppedFrames).toBeGreaterThan(0);
    expect(client.connection.bufferedBytes).toBeLessThan(2 * 1024 * 1024);
    service.peer.socket.resume();
    await vi.waitFor(() => expect(client.connection.bufferedBytes).toBe(0));
    expect(client.connection.sendMedia((session) => session.sendRealtimeInput({ audio }))).toBe(true);
  });
});
