// The detection thread: voice activity detection for all sessions. It does nothing slower than one batch of windows.
// Recognition and the voice have a thread of their own, because what they do holds a thread: the encoder's run() for
// 65 ms (10 s of speech) to 120 ms (15 s), a spoken sentence for 20 to 90 ms, and in a busy server one follows the
// other. Apart, the start of speech is reported 120 to 138 ms after the onset with 10 recognisers and with 200 (two cores).
import { parentPort, workerData } from 'node:worker_threads';
import type { FromDetection, ThreadData, ToDetection } from './messages.js';
import { INPUT_RATE } from './port.js';
import { RunGate } from './run-gate.js';
import { Silero, SileroMemory } from './silero.js';
import { UtteranceDetector } from './utterance-detector.js';

const BATCH_SIZE = 16;

interface OpenDetector {
  readonly id: number;
  readonly recogniser: UtteranceDetector;
  readonly memory: SileroMemory;
  queued: boolean;
  reportedLoss: boolean;
}

if (!parentPort) throw new Error('detection-thread.js is started by openSpeech() as a worker thread');
const port = parentPort;
const gate = new RunGate((workerData as ThreadData).gate);
const silero = await gate.pass(() => Silero.load(BATCH_SIZE));
// The first run allocates memory, which would delay the first utterance.
await gate.pass(() => silero.run([new SileroMemory()]));
const recognisers = new Map<number, OpenDetector>();
/** Detectors with a window that waits. One window each in turn: a session with a backlog does not delay the others. */
let waiting: OpenDetector[] = [];
let pumping = false;
let stopping = false;

function post(message: FromDetection, transfer?: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

function open(id: number, options: Extract<ToDetection, { type: 'open' }>['options']): void {
  const recogniser = new UtteranceDetector(options, (utterance) => {
    const samples = 'samples' in utterance ? utterance.samples : undefined;
    post(
      { type: 'utterance', recogniser: id, utterance },
      samples && samples.length > 0 ? [samples.buffer] : undefined,
    );
  });
  recognisers.set(id, { id, recogniser, memory: new SileroMemory(), queued: false, reportedLoss: false });
}

function queue(entry: OpenDetector): void {
  if (entry.queued || !entry.recogniser.ready) return;
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
      silero.fill(index, (target, at) => entry.recogniser.takeWindow(target, at));
      memories.push(entry.memory);
    }
    // run() yields to the thread's event loop: audio that arrives meanwhile is in the buffers afterwards.
    await gate.pass(() => silero.run(memories));
    for (const [index, entry] of batch.entries()) {
      entry.queued = false;
      if (!recognisers.has(entry.id)) continue;
      entry.recogniser.score(silero.probability(index));
      queue(entry);
    }
  }
  pumping = false;
  if (stopping) port.close();
}

port.on('message', (message: ToDetection) => {
  if (message.type === 'stop') {
    stopping = true;
    if (!pumping) port.close();
    return;
  }
  if (message.type === 'open') {
    open(message.recogniser, message.options);
    return;
  }
  const entry = recognisers.get(message.recogniser);
  if (!entry) return;
  if (message.type === 'close') {
    recognisers.delete(message.recogniser);
    return;
  }
  if (message.type === 'audio') entry.recogniser.push(message.samples);
  else entry.recogniser.mark(message.type);
  if (entry.recogniser.lostSamples > 0 && !entry.reportedLoss) {
    entry.reportedLoss = true;
    post({
      type: 'lost',
      recogniser: entry.id,
      ms: Math.round((entry.recogniser.lostSamples * 1000) / INPUT_RATE),
    });
  }
  queue(entry);
  void pump();
});

post({ type: 'ready' });
