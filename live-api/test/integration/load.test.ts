// Two hundred conversations at once with tones: both ways, on time, and nothing remains of them.
import { expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { heapMb } from '../support/memory.js';
import { tone } from '../support/microphone.js';
import { openRaw, type RawClient } from '../support/raw-client.js';

const SESSIONS = 200;
const CHUNK_MS = 100;
const SPEECH_MS = 600;
const TURN_MS = 6000;

const frames = (samples: Int16Array) => {
  const size = CHUNK_MS * 16;
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, n) => {
    const data = Buffer.from(samples.slice(n * size, (n + 1) * size).buffer).toString('base64');
    return JSON.stringify({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
  });
};

const turnComplete = (client: RawClient) =>
  client.messages.some(
    ({ serverContent }) => (serverContent as { turnComplete?: boolean } | undefined)?.turnComplete,
  );

it('streams two hundred sessions both ways, each answered in time', async () => {
  const beforeMb = heapMb();
  await using server = await startLiveApi({ speech: 'tones', record: false, answerer: briefAnswerer() });
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => openRaw(server.url)));
  const speech = frames(tone(SPEECH_MS));
  const [silence = ''] = frames(new Int16Array(CHUNK_MS * 16));
  const beganMs = performance.now();
  const lagsMs: number[] = [];
  let tick = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      for (; tick * CHUNK_MS <= performance.now() - beganMs; tick++) {
        lagsMs.push(performance.now() - beganMs - tick * CHUNK_MS);
        for (const { socket } of clients) socket.send(speech[tick] ?? silence);
      }
      if (clients.every(turnComplete) || performance.now() - beganMs > TURN_MS * 3) {
        clearInterval(timer);
        resolve();
      }
    }, 20);
  });
  const tookMs = performance.now() - beganMs;
  const worstLagMs = Math.max(...lagsMs);
  console.log(
    `${SESSIONS} sessions: all answered after ${Math.round(tookMs)} ms, loop at most ${Math.round(worstLagMs)} ms late`,
  );
  expect(clients.filter((client) => !turnComplete(client))).toHaveLength(0);
  expect(tookMs).toBeLessThan(TURN_MS);
  for (const { socket } of clients) socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
  await Promise.all(server.sessions.map(({ closed }) => closed));
  expect(server.sessions.every(({ state }) => state === 'closed')).toBe(true);
  clients.length = 0;
  expect(heapMb() - beforeMb).toBeLessThan(20);
});
