// Five hundred conversations at once with tones: both ways, paced, at a cost that is known, and nothing remains of them.
import { expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { heapMb } from '../support/memory.js';
import { tone } from '../support/microphone.js';
import { openRaw, type RawClient } from '../support/raw-client.js';
import { underLoad } from '../support/slowness.js';

const SESSIONS = 500;
const CHUNK_MS = 100;
const SPEECH_MS = 600;
/** Speech, the pause after it, the answer's beginning and its playback take 2.6 s. */
const TURN_MS = 4500;
const GIVE_UP_MS = 30_000;
/** Processor time of the server and its clients in this one process, for a second of all of them. */
const MAX_CPU_MS_A_SECOND = 1000;
/** How far the audio of an answer may lag behind its pace. */
const MAX_LAG_MS = 50;
const MAX_KB_A_SESSION = 200;

const frames = (samples: Int16Array) => {
  const size = CHUNK_MS * 16;
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, n) => {
    const data = Buffer.from(samples.slice(n * size, (n + 1) * size).buffer).toString('base64');
    return JSON.stringify({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
  });
};

/** When each chunk of audio came, by client. */
function watchAudio(clients: readonly RawClient[]): readonly number[][] {
  return clients.map(({ socket }) => {
    const times: number[] = [];
    socket.on('message', (data: Buffer) => {
      if (data.includes('inlineData')) times.push(performance.now());
    });
    return times;
  });
}

/** How late chunks came beside the pace of the service: 100 ms of audio, then 320 ms each, at four times real time. */
function lagsOf(times: readonly number[][]): number[] {
  return times.flatMap(([first = 0, ...others]) => others.map((at, n) => at - first - (100 + n * 320) / 4));
}

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

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

it('streams five hundred sessions both ways, each answered in time and paced', async () => {
  const beforeMb = heapMb();
  await using server = await startLiveApi({ speech: 'tones', record: false, answerer: briefAnswerer() });
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => openRaw(server.url)));
  const sessionKb = ((heapMb() - beforeMb) * 1000) / SESSIONS;
  const times = watchAudio(clients);
  const { result, slowness } = await underLoad(() => talk(clients));
  const lagMs = percentile(lagsOf(times), 0.99);
  const cpuMs = (result.cpuMs * 1000) / result.tookMs;
  console.log(
    `${SESSIONS} sessions and their clients: ${Math.round(sessionKb)} KB each, all answered after ` +
      `${Math.round(result.tookMs)} ms, audio at most ${Math.round(lagMs)} ms late at p99, ` +
      `${Math.round(cpuMs)} ms of processor time a second, on a machine ${slowness.toFixed(1)} times as slow as it could be`,
  );
  expect(clients.filter((client) => !turnComplete(client))).toHaveLength(0);
  expect(Math.min(...clients.map(chunks))).toBeGreaterThanOrEqual(3);
  expect(result.tookMs).toBeLessThan(TURN_MS * slowness);
  expect(cpuMs).toBeLessThan(MAX_CPU_MS_A_SECOND);
  expect(lagMs).toBeLessThan(MAX_LAG_MS * slowness);
  expect(sessionKb).toBeLessThan(MAX_KB_A_SESSION);
  for (const { socket } of clients) socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
  await Promise.all(server.sessions.map(({ closed }) => closed));
  expect(server.sessions.every(({ state }) => state === 'closed')).toBe(true);
  clients.length = 0;
  expect(heapMb() - beforeMb).toBeLessThan(20);
});
