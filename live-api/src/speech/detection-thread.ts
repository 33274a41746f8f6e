// The thread that listens: voice detection for every ear. It does nothing slower than one batch of windows.
// Recognition and the voice have a thread of their own, because what they do holds a thread: the encoder's run() for
// 65 ms (10 s of speech) to 120 ms (15 s), a spoken sentence for 20 to 90 ms, and in a busy server one follows the
// other. Apart, the beginning of speech is told 120 to 138 ms after the onset with 10 ears and with 200 (two cores).
import { parentPort, workerData } from 'node:worker_threads';
import { ListeningEar } from './listening-ear.js';
import type { FromEars, ThreadData, ToEars } from './messages.js';
import { EAR_RATE } from './port.js';
import { RunGate } from './run-gate.js';
import { Silero, SileroMemory } from './silero.js';

const BATCH_SIZE = 16;

interface OpenEar {
  readonly id: number;
  readonly ear: ListeningEar;
  readonly memory: SileroMemory;
  queued: boolean;
  toldLoss: boolean;
}

if (!parentPort) throw new Error('ears-thread.js is started by openSpeech() as a worker thread');
const port = parentPort;
const gate = new RunGate((workerData as ThreadData).gate);
const silero = await gate.pass(() => Silero.load(BATCH_SIZE));
// The first run allocates: better now than in somebody's first word.
await gate.pass(() => silero.run([new SileroMemory()]));
const ears = new Map<number, OpenEar>();
/** Ears with a window that waits. One window each in turn: an ear with a backlog never holds up the others. */
let waiting: OpenEar[] = [];
let pumping = false;
let stopping = false;

function post(message: FromEars, transfer?: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

function open(id: number, options: Extract<ToEars, { type: 'open' }>['options']): void {
  const ear = new ListeningEar(options, (utterance) => {
    const samples = 'samples' in utterance ? utterance.samples : undefined;
    post(
      { type: 'utterance', ear: id, utterance },
      samples && samples.length > 0 ? [samples.buffer] : undefined,
    );
  });
  ears.set(id, { id, ear, memory: new SileroMemory(), queued: false, toldLoss: false });
}

function queue(entry: OpenEar): void {
  if (entry.queued || !entry.ear.ready) return;
  entry.queued = true;
  waiting.push(entry);
}

async function pump(): Promise<void> {
  if (pumping) return;
  pumping = true;
  const memories: SileroMemory[] = [];
  while (waiting.length > 0 && !stopping) {
    const batch = waiting.length <= BATCH_SIZE ? waiting : waiting.slice(0, BATCH_SIZE);
    waiting = waiting.length <= BATCH_SIZE ? [] : waiting.slice(BATCH_SIZE);
    memories.length = 0;
    for (const [index, entry] of batch.entries()) {
      silero.fill(index, (target, at) => entry.ear.takeWindow(target, at));
      memories.push(entry.memory);
    }
    // run() lets the thread's other events in first: audio that has come meanwhile is on the tapes afterwards.
    await gate.pass(() => silero.run(memories));
    for (const [index, entry] of batch.entries()) {
      entry.queued = false;
      if (!ears.has(entry.id)) continue;
      entry.ear.score(silero.probability(index));
      queue(entry);
    }
  }
  pumping = false;
  if (stopping) port.close();
}

port.on('message', (message: ToEars) => {
  if (message.type === 'stop') {
    stopping = true;
    if (!pumping) port.close();
    return;
  }
  if (message.type === 'open') {
    open(message.ear, message.options);
    return;
  }
  const entry = ears.get(message.ear);
  if (!entry) return;
  if (message.type === 'close') {
    ears.delete(message.ear);
    return;
  }
  if (message.type === 'audio') entry.ear.push(message.samples);
  else entry.ear.mark(message.type);
  if (entry.ear.lostSamples > 0 && !entry.toldLoss) {
    entry.toldLoss = true;
    post({ type: 'lost', ear: entry.id, ms: Math.round((entry.ear.lostSamples * 1000) / EAR_RATE) });
  }
  queue(entry);
  void pump();
});

post({ type: 'ready' });
