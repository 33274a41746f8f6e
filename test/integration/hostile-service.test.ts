// What a fault of the service, or of a proxy before it, may cause beside a bystander who listens: nothing that they notice.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchedCall } from '../support/hostile.js';
import type { Peer } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { sine } from '../support/tone.js';

const CALLS = 10_000;
const DEEP = 8_000;
const AHEAD_MS = 6_000;
const TOOL = { declaration: { name: 'light' }, timeoutMs: 1_000 };

let livekit: LiveKitServer;
let watched: WatchedCall;
let isWatched = false;
let calls = 0;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

beforeEach(async () => {
  if (isWatched) return;
  watched = await WatchedCall.start(livekit, { profile: { tools: [TOOL] } });
  isWatched = true;
});

// What one fault has left behind would fail its second try, and the next tests.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail' || !isWatched) return;
  isWatched = false;
  await watched[Symbol.asyncDispose]();
});

afterAll(async () => {
  if (isWatched) await watched[Symbol.asyncDispose]();
  await livekit?.[Symbol.asyncDispose]();
});

/** A tone, as the wire has it. */
function spoken(durationMs: number): string {
  const tone = sine(440, durationMs, 24_000);
  return Buffer.from(tone.buffer, tone.byteOffset, tone.byteLength).toString('base64');
}

/** As far ahead as the service is; what is said next is heard, and read, so much later. */
function speakAhead(peer: Peer): void {
  const part = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: spoken(AHEAD_MS) } };
  peer.send({ serverContent: { modelTurn: { parts: [part] } } });
}

const nextId = (): string => `c${++calls}`;

/** Ids of the calls that were answered, and how often. */
function answered(peer: Peer): Map<string, number> {
  const times = new Map<string, number>();
  for (const { toolResponse } of peer.received) {
    const { functionResponses = [] } = (toolResponse ?? {}) as { functionResponses?: { id: string }[] };
    for (const { id } of functionResponses) times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

async function areAnswered(peer: Peer, ids: readonly string[]): Promise<void> {
  const unanswered = (): number => {
    const times = answered(peer);
    return ids.filter((id) => times.get(id) !== 1).length;
  };
  await vi.waitFor(() => expect(unanswered()).toBe(0), { timeout: 20_000, interval: 500 });
}

describe('a bystander notices nothing of', () => {
  test('ten thousand calls in one message, each of which is answered once', async () => {
    const { peer } = watched.speech;
    const ids = Array.from({ length: CALLS }, nextId);
    const functionCalls = ids.map((id) => ({ id, name: 'light', args: {} }));
    await watched.isUndisturbedBy(async () => {
      peer.send({ toolCall: { functionCalls } });
      await areAnswered(peer, ids);
    });
  });

  test('arguments that nest 8,000 deep, whose call is answered', async () => {
    const { peer } = watched.speech;
    const id = nextId();
    const args = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;
    await watched.isUndisturbedBy(async () => {
      peer.socket.send(`{"toolCall":{"functionCalls":[{"id":"${id}","name":"light","args":${args}}]}}`);
      await areAnswered(peer, [id]);
    });
  });

  test('a new sample rate with each chunk', async () => {
    const { peer } = watched.speech;
    // So short that the voice is not ahead of its captions by them.
    const data = spoken(2);
    await watched.isUndisturbedBy(async () => {
      for (let rate = 8_000; rate < 8_050; rate += 1) {
        const inlineData = { mimeType: `audio/pcm;rate=${rate}`, data };
        peer.send({ serverContent: { modelTurn: { parts: [{ inlineData }] } } });
      }
    });
  });

  test('megabytes of what it thinks, found and cites', async () => {
    const { peer } = watched.speech;
    const text = 'x'.repeat(2_000_000);
    await watched.isUndisturbedBy(async () => {
      peer.send({ serverContent: { modelTurn: { parts: [{ text, thought: true }] } } });
      peer.send({
        serverContent: { modelTurn: { parts: Array(20_000).fill({ text: 'hm', thought: true }) } },
      });
      peer.send({ toolCall: { functionCalls: [{ id: nextId(), name: text }] } });
      peer.send({ sessionResumptionUpdate: { newHandle: text, resumable: true } });
      peer.send({ serverContent: { groundingMetadata: { searchEntryPoint: { renderedContent: text } } } });
      peer.send({ toolCall: { functionCalls: [{ id: nextId(), name: 'light', args: { text } }] } });
      peer.send({ toolCallCancellation: { ids: Array.from({ length: 50_000 }, (_, nth) => `x${nth}`) } });
    });
  });

  test('arguments of a thousand keys at each of 60 levels', async () => {
    const { peer } = watched.speech;
    const id = nextId();
    let args: object = {};
    for (let level = 0; level < 60; level += 1)
      args = { ...Object.fromEntries(Array.from({ length: 1_000 }, (_, nth) => [`key${nth}`, nth])), args };
    await watched.isUndisturbedBy(async () => {
      peer.send({ toolCall: { functionCalls: [{ id, name: 'light', args }] } });
      await areAnswered(peer, [id]);
    });
  });

  test('a quarter of an hour of speech at once, of which ten minutes are kept', async () => {
    const { peer } = watched.speech;
    const part = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: spoken(10_000) } };
    // As bytes: what this process does to send it would hold up the one who listens.
    const message = Buffer.from(JSON.stringify({ serverContent: { modelTurn: { parts: [part] } } }));
    await watched.endWords();
    await watched.isUndisturbedBy(async () => {
      for (let nth = 0; nth < 90; nth += 1) peer.socket.send(message);
      const id = nextId();
      peer.send({ toolCall: { functionCalls: [{ id, name: 'light', args: {} }] } });
      await areAnswered(peer, [id]);
      // What is said next waits behind it otherwise.
      watched.speech.speakAnew(peer);
    });
  });

  test('ten thousand calls, each in a message of its own', async () => {
    const { peer } = watched.speech;
    const ids = Array.from({ length: CALLS }, nextId);
    const messages = ids.map((id) =>
      Buffer.from(JSON.stringify({ toolCall: { functionCalls: [{ id, name: 'light', args: {} }] } })),
    );
    await watched.isUndisturbedBy(
      async () => {
        speakAhead(peer);
        for (const message of messages) peer.socket.send(message);
        await areAnswered(peer, ids);
      },
      { aheadMs: AHEAD_MS },
    );
    await watched.beginAnew(peer);
  });

  test('a frame of 60 MB, which ends the connection', async () => {
    const { service, peer } = watched.speech;
    const connections = service.peers.length;
    const tooLarge = Buffer.alloc(60_000_000, ' ');
    // Words that follow the frame are lost with their connection.
    await watched.endWords();
    await watched.isUndisturbedBy(
      async () => {
        // What has come plays on while the connection is away.
        speakAhead(peer);
        peer.socket.send(tooLarge);
        await peer.closed;
        await vi.waitFor(() => expect(service.peers).toHaveLength(connections + 1), { timeout: 20_000 });
      },
      { aheadMs: AHEAD_MS },
    );
  });
});
