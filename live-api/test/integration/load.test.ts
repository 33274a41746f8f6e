// Two hundred conversations at once with tones: both ways, on time, at a cost that is known, and nothing remains of them.
import { expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { heapMb } from '../support/memory.js';
import { tone } from '../support/microphone.js';
import { openRaw, type RawClient } from '../support/raw-client.js';
import { underLoad } from '../support/slowness.js';

const SESSIONS = 200;
const CHUNK_MS = 100;
const SPEECH_MS = 600;
/** Speech, the pause after it, the answer's beginning and its playback take 2.6 s. */
const TURN_MS = 4500;
const GIVE_UP_MS = 30_000;
/** Processor time of the server and its two hundred clients in this one process, for a second of all of them. */
const MAX_CPU_MS_A_SECOND = 600;

const frames = (samples: Int16Array) => {
  const size = CHUNK_MS * 16;
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, n) => {
    const data = Buffer.from(samples.slice(n * size, (n + 1) * size).buffer).toString('base64');
    return JSON.stringify({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
  });
};

const contents = ({ messages }: RawClient) =>
  messages.map(({ serverContent }) => serverContent as { turnComplete?: boolean; modelTurn?: object });
const turnComplete = (client: RawClient) => contents(client).some((content) => content?.turnComplete);
const chunks = (client: RawClient) => contents(client).filter((content) => content?.modelTurn).length;

/** Sends to all clients in real time until each has had its answer. */
async function talk(clients: readonly RawClient[]): Promise<{ tookMs: number; cpuMs: number }> {
  const speech = frames(tone(SPEECH_MS));
  const [silence = ''] = frames(new Int16Array(CHUNK_MS * 16));
  const beganMs = performance.now();
  const began = process.cpuUsage();
  let tick = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      for (; tick * CHUNK_MS <= performance.now() - beganMs; tick++) {
        for (const { socket } of clients) socket.send(speech[tick] ?? silence);
      }
      if (clients.every(turnComplete) || performance.now() - beganMs > GIVE_UP_MS) {
        clearInterval(timer);
        resolve();
      }
    }, 20);
  });
  const { user, system } = process.cpuUsage(began);
  return { tookMs: performance.now() - beganMs, cpuMs: (user + system) / 1000 };
}

it('streams two hundred sessions both ways, each answered in time', async () => {
  const beforeMb = heapMb();
  await using server = await startLiveApi({ speech: 'tones', record: false, answerer: briefAnswerer() });
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => openRaw(server.url)));
  const { result, slowness } = await underLoad(() => talk(clients));
  const cpuMs = (result.cpuMs * 1000) / result.tookMs;
  console.log(
    `${SESSIONS} sessions and their clients: all answered after ${Math.round(result.tookMs)} ms, ` +
      `${Math.round(cpuMs)} ms of processor time a second, on a machine ${slowness.toFixed(1)} times as slow as it could be`,
  );
  expect(clients.filter((client) => !turnComplete(client))).toHaveLength(0);
  expect(Math.min(...clients.map(chunks))).toBeGreaterThanOrEqual(3);
  expect(result.tookMs).toBeLessThan(TURN_MS * slowness);
  expect(cpuMs).toBeLessThan(MAX_CPU_MS_A_SECOND);
  for (const { socket } of clients) socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
  await Promise.all(server.sessions.map(({ closed }) => closed));
  expect(server.sessions.every(({ state }) => state === 'closed')).toBe(true);
  clients.length = 0;
  expect(heapMb() - beforeMb).toBeLessThan(20);
});
