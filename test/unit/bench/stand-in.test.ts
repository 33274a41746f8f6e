// The stand-in for the Live API, over real sockets.
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ANSWER_RATE, prepareAnswer } from '../../../bench/src/live-api/answer.js';
import { StandIn } from '../../../bench/src/live-api/stand-in.js';
import { nextBurst } from '../../../bench/src/measure/bursts.js';
import { base64Of, hasTone, samplesOf, tone } from '../../../bench/src/tone.js';

interface Message {
  readonly serverContent?: {
    readonly modelTurn?: { readonly parts: readonly { readonly inlineData: { readonly data: string } }[] };
    readonly interrupted?: boolean;
    readonly turnComplete?: boolean;
    readonly generationComplete?: boolean;
  };
}

async function connect(standIn: StandIn) {
  const socket = new WebSocket(standIn.baseUrl.replace('http', 'ws'));
  const messages: Message[] = [];
  socket.on('message', (data, isBinary) => {
    expect(isBinary).toBe(true);
    messages.push(JSON.parse(String(data)) as Message);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ setup: {} }));
  await vi.waitFor(() => expect(messages[0]).toEqual({ setupComplete: {} }));
  return { socket, messages };
}

function audioOf(messages: readonly Message[]): Int16Array {
  const chunks = messages.flatMap(({ serverContent }) =>
    (serverContent?.modelTurn?.parts ?? []).map(({ inlineData }) => samplesOf(inlineData.data)),
  );
  return Int16Array.from(chunks.flatMap((chunk) => [...chunk]));
}

test('answers a close frame without a code by 1000', async () => {
  await using standIn = await StandIn.start();
  const { socket } = await connect(standIn);
  const closed = once(socket, 'close');
  socket.close();
  expect((await closed)[0]).toBe(1000);
});

test('counts the connections', async () => {
  await using standIn = await StandIn.start();
  await connect(standIn);
  await connect(standIn);
  expect(standIn.connections).toBe(2);
});

test('speaks a whole answer, in order, and completes the turn after its duration', async () => {
  await using standIn = await StandIn.start();
  const { messages } = await connect(standIn);
  const speaking = standIn.speak(prepareAnswer(700));
  await speaking.ended;
  expect(performance.now() - speaking.startedAtMs).toBeGreaterThanOrEqual(699);
  await vi.waitFor(() => expect(messages.some((message) => message.serverContent?.turnComplete)).toBe(true));
  expect(audioOf(messages)).toEqual(tone(440, 700, ANSWER_RATE));
  const order = messages.map(({ serverContent = {} }) => Object.keys(serverContent)[0]);
  expect(order.indexOf('generationComplete')).toBeLessThan(order.indexOf('turnComplete'));
});

test('an interruption ends the answer and its turn', async () => {
  await using standIn = await StandIn.start();
  const { messages } = await connect(standIn);
  const speaking = standIn.speak(prepareAnswer(3_000));
  speaking.interrupt();
  await speaking.ended;
  await vi.waitFor(() => expect(messages.at(-1)).toHaveProperty('sessionResumptionUpdate'));
  const contents = messages.flatMap(({ serverContent }) => serverContent ?? []);
  expect(contents.findIndex(({ interrupted }) => interrupted)).toBe(contents.length - 2);
  expect(contents.at(-1)?.turnComplete).toBe(true);
  expect(audioOf(messages).length).toBe(ANSWER_RATE / 10);
});

test('reports when the first loud audio arrives, and not the silence before it', async () => {
  await using standIn = await StandIn.start();
  const { socket } = await connect(standIn);
  const send = (samples: Int16Array): void =>
    socket.send(JSON.stringify({ realtimeInput: { audio: { data: base64Of(samples) } } }));
  const burst = nextBurst(standIn, 5_000);
  let sentAtMs = Number.POSITIVE_INFINITY;
  send(new Int16Array(320));
  // A round trip: what was sent before has arrived.
  socket.ping();
  await once(socket, 'pong');
  sentAtMs = performance.now();
  send(tone(1_000, 20, 16_000));
  const atMs = await burst;
  expect(atMs).toBeGreaterThanOrEqual(sentAtMs);
});

test('no tone, no burst', async () => {
  await using standIn = await StandIn.start();
  await connect(standIn);
  expect(await nextBurst(standIn, 20)).toBeUndefined();
});

test('a tone that begins at the end of a chunk is found', () => {
  const chunk = new Int16Array(800);
  chunk.set(tone(1_000, 2.5, 16_000), 760);
  expect(hasTone(chunk, 16_000, 2.5)).toBe(true);
  expect(hasTone(new Int16Array(800).fill(30), 16_000, 2.5)).toBe(false);
});
