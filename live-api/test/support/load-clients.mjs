// Many clients of the local Live API in a process of their own: each talks, is answered, and notes how late every chunk of its answers came.
import { WebSocket } from 'ws';

/** @typedef {{ url: string; sessions: number; seconds: number; speechMs: number; turnMs: number; speedup: number }} Load */

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
const CHUNK_MS = 100;
const BYTES_A_MS = 48;

/** @param {(n: number) => number} sampleAt */
const audio = (sampleAt) => {
  const samples = Int16Array.from({ length: CHUNK_MS * 16 }, (_, n) => sampleAt(n));
  const data = Buffer.from(samples.buffer).toString('base64');
  return JSON.stringify({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
};
const silence = audio(() => 0);
const tone = audio((n) => 8000 * Math.sin((2 * Math.PI * 300 * n) / 16_000));

/** How late all clients were in ms: chunks and ends of answers, and what they sent. `answered`: from speech to answer. */
const late = {
  chunks: /** @type {number[]} */ ([]),
  turns: /** @type {number[]} */ ([]),
  input: /** @type {number[]} */ ([]),
  answered: /** @type {number[]} */ ([]),
};

/** @param {Load} load @param {number} index */
function openClient(load, index) {
  const { turnMs, speechMs, speedup } = load;
  /** Each client begins its turns at a moment of its own. */
  const phaseMs = (index / load.sessions) * turnMs;
  const begins = Math.floor((load.seconds * 1000 - phaseMs) / turnMs);
  const socket = new WebSocket(`${load.url.replace('http', 'ws')}${PATH}`);
  let [begun, completed, sentMs, spokeAtMs, playedMs] = [0, 0, 0, 0, 0];
  /** @type {number | undefined} */
  let firstAtMs;
  /** @type {Promise<number>} */
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  /** @type {Promise<void>} */
  const ready = new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } })));
    socket.on('message', (frame) => {
      const { setupComplete, serverContent } = JSON.parse(frame.toString());
      if (setupComplete) resolve();
      const nowMs = performance.now();
      const data = serverContent?.modelTurn?.parts?.[0]?.inlineData?.data;
      if (data) {
        if (firstAtMs === undefined) late.answered.push(nowMs - spokeAtMs);
        firstAtMs ??= nowMs;
        late.chunks.push(nowMs - (firstAtMs + playedMs / speedup));
        playedMs += Buffer.byteLength(data, 'base64') / BYTES_A_MS;
      }
      if (serverContent?.turnComplete) {
        completed++;
        late.turns.push(nowMs - ((firstAtMs ?? nowMs) + playedMs));
        firstAtMs = undefined;
        playedMs = 0;
      }
    });
  });
  return {
    ready,
    closed,
    socket,
    counts: () => ({ begun, completed }),
    /** Sends what is due since `beganMs`: a tone at the beginning of each turn, silence for the rest of it. @param {number} nowMs @param {number} beganMs */
    send(nowMs, beganMs) {
      const startMs = beganMs + (phaseMs % CHUNK_MS);
      for (; startMs + sentMs <= nowMs; sentMs += CHUNK_MS) {
        late.input.push(nowMs - startMs - sentMs);
        const sinceMs = sentMs - (phaseMs - (phaseMs % CHUNK_MS));
        const inTurnMs = sinceMs % turnMs;
        const speaks = sinceMs >= 0 && sinceMs < begins * turnMs && inTurnMs < speechMs;
        if (speaks && inTurnMs === 0) begun++;
        if (speaks) spokeAtMs = nowMs;
        socket.send(speaks ? tone : silence);
      }
    },
  };
}

/** @param {number[]} values */
function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  /** @param {number} share */
  const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

/** @param {Load} load */
async function run(load) {
  const clients = Array.from({ length: load.sessions }, (_, index) => openClient(load, index));
  await Promise.all(clients.map(({ ready }) => ready));
  process.send?.({ opened: true });
  const beganMs = performance.now();
  /** @type {Promise<void>} */
  const over = new Promise((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      for (const client of clients) client.send(nowMs, beganMs);
      if (nowMs - beganMs < load.seconds * 1000) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  await over;
  for (const { socket } of clients) socket.close(1000);
  const codes = await Promise.all(clients.map(({ closed }) => closed));
  const counts = clients.map((client) => client.counts());
  process.send?.({
    turns: counts.reduce((sum, { begun }) => sum + begun, 0),
    completed: counts.reduce((sum, { completed }) => sum + completed, 0),
    chunks: late.chunks.length,
    chunkLateMs: percentiles(late.chunks),
    turnLateMs: percentiles(late.turns),
    answeredMs: percentiles(late.answered),
    inputLateMs: percentiles(late.input),
    abnormal: codes.filter((code) => code !== 1000).length,
  });
}

process.once('message', async (message) => {
  await run(/** @type {Load} */ (message)).catch((error) => process.send?.({ error: String(error) }));
  process.disconnect();
});
