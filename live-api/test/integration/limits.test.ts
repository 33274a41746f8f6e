// How connections and sessions end by themselves, with limits short enough to wait for.
import { describe, expect, it } from 'vitest';
import { type LiveApiOptions, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

const start = (limits: LiveApiOptions['limits']) =>
  startLiveApi({ speech: quickSpeech(), pace: 'prompt', answerer: briefAnswerer(), limits: { ...limits } });

const EXPIRED = { code: 1008, reason: 'BidiGenerateContent session expired' };
const compressed = { contextWindowCompression: { slidingWindow: {} } };

describe('a connection', () => {
  it('gets goAway in time, and is closed with 1011 when its time is over', async () => {
    await using server = await start({ connectionMs: 700, goAwayMs: 400 });
    await using client = await connectSdk(server.url, { config: compressed });
    const openedMs = client.nowMs();
    await client.waitFor((message) => message.goAway?.timeLeft === '0.400s');
    const reportedMs = client.nowMs() - openedMs;
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    });
    expect(reportedMs).toBeGreaterThan(250);
    expect(reportedMs).toBeLessThan(client.nowMs() - openedMs - 300);
    expect(client.nowMs() - openedMs).toBeGreaterThan(650);
  });
});

describe('a session', () => {
  const limits = { audioSessionMs: 900, videoSessionMs: 300 };

  it('ends sooner once it has seen video', async () => {
    await using server = await start(limits);
    const startedMs = performance.now();
    await using heard = await connectSdk(server.url);
    await using seen = await connectSdk(server.url);
    seen.session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/jpeg' } });
    const lastedMs = async (closed: Promise<unknown>) => {
      expect(await closed).toEqual(EXPIRED);
      return performance.now() - startedMs;
    };
    const [seenMs, heardMs] = await Promise.all([lastedMs(seen.closed), lastedMs(heard.closed)]);
    expect(seenMs).toBeGreaterThan(290);
    expect(heardMs).toBeGreaterThan(890);
    expect(seenMs).toBeLessThan(heardMs - 200);
  });

  it('has no end when its context is compressed', async () => {
    await using server = await start(limits);
    await using plain = await connectSdk(server.url);
    await using client = await connectSdk(server.url, { config: compressed });
    client.session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/jpeg' } });
    await plain.closed;
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor(isTurnComplete);
  });
});

describe('the context', () => {
  const words = 'word '.repeat(4000);

  it('ends the session when it outgrows the model and may not slide', async () => {
    await using server = await start({});
    await using client = await connectSdk(server.url);
    for (let n = 0; n < 30; n++) client.session.sendClientContent({ turns: words, turnComplete: false });
    expect(await client.closed).toEqual({ code: 1007, reason: 'Request contains an invalid argument.' });
  });

  it('slides down to its target, and the usage says what is left of it', async () => {
    await using server = await start({});
    await using client = await connectSdk(server.url, {
      config: {
        contextWindowCompression: { triggerTokens: '20000', slidingWindow: { targetTokens: '8000' } },
      },
    });
    const usage = async () => {
      const from = client.received.length;
      client.session.sendRealtimeInput({ text: 'and now?' });
      const { usageMetadata } = await client.waitFor(isTurnComplete, from);
      return usageMetadata?.promptTokenCount ?? 0;
    };
    const counts: number[] = [];
    for (let n = 0; n < 5; n++) {
      client.session.sendClientContent({ turns: words, turnComplete: false });
      counts.push(await usage());
    }
    // 5,000 tokens a time: three fit, the fourth goes beyond 20,000 with what was said meanwhile.
    expect(counts.slice(0, 3).every((count, n) => Math.abs(count - 5000 * (n + 1)) < 200)).toBe(true);
    expect(counts.slice(3).some((count) => count < 11_000)).toBe(true);
    expect(Math.max(...counts)).toBeLessThan(20_300);
  });
});
