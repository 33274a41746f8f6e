// The thread that runs Silero's voice activity model for all microphones of all calls of a process.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ENDING, type FromSilero, RUNNING, type SileroData, type ToSilero } from './silero-messages.js';
import { WINDOW_SAMPLES } from './voice-activity.js';

/** The model needs the last samples of the previous window as well. */
const CONTEXT_SAMPLES = 64;
const ROW_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;
/** The model's memory of a microphone: two layers of 128. */
const LAYER_SIZE = 128;
/** Windows of several microphones are judged in one run: 16 of them take 0.8 ms, one alone 0.14 ms. */
const BATCH_SIZE = 16;
/** Windows of a detector that may wait: 3 s. Older ones are judged as silence, so that a slow machine catches up. */
const MOST_WAITING = 94;

interface Microphone {
  readonly id: number;
  readonly context: Float32Array;
  readonly state: Float32Array;
  readonly waiting: Int16Array[];
}

if (!parentPort) throw new Error('silero-thread-main.js is started as a worker thread by silero-thread.js');
const port = parentPort;
const { modelPath, gate } = workerData as SileroData;
const microphones = new Map<number, Microphone>();
const input = new Float32Array(BATCH_SIZE * ROW_SAMPLES);
const state = new Float32Array(BATCH_SIZE * 2 * LAYER_SIZE);
const rate = new Tensor('int64', BigInt64Array.of(16_000n), []);
let isRunning = false;

/** onnxruntime aborts the process (SIGABRT) when it ends during a run: the process waits for RUNNING to become 0. */
async function guarded<T>(run: () => Promise<T>): Promise<T> {
  // In this order: a process that ends from now on finds RUNNING set, and waits.
  Atomics.store(gate, RUNNING, 1);
  try {
    if (Atomics.load(gate, ENDING) === 0) return await run();
  } finally {
    Atomics.store(gate, RUNNING, 0);
    Atomics.notify(gate, RUNNING);
  }
  return new Promise<never>(() => {});
}

function fill(row: number, count: number, { context, state: own }: Microphone, samples: Int16Array): void {
  const at = row * ROW_SAMPLES;
  input.set(context, at);
  for (let i = 0; i < WINDOW_SAMPLES; i += 1) input[at + CONTEXT_SAMPLES + i] = (samples[i] ?? 0) / 32_768;
  state.set(own.subarray(0, LAYER_SIZE), row * LAYER_SIZE);
  state.set(own.subarray(LAYER_SIZE), (count + row) * LAYER_SIZE);
}

function keep(row: number, count: number, next: Float32Array, { context, state: own }: Microphone): void {
  const end = (row + 1) * ROW_SAMPLES;
  context.set(input.subarray(end - CONTEXT_SAMPLES, end));
  own.set(next.subarray(row * LAYER_SIZE, (row + 1) * LAYER_SIZE));
  own.set(next.subarray((count + row) * LAYER_SIZE, (count + row + 1) * LAYER_SIZE), LAYER_SIZE);
}

async function judge(session: InferenceSession, batch: readonly Microphone[]): Promise<Float32Array> {
  const count = batch.length;
  for (const [row, microphone] of batch.entries()) {
    const samples = microphone.waiting.shift();
    if (samples) fill(row, count, microphone, samples);
  }
  const { output, stateN } = await session.run({
    input: new Tensor('float32', input.subarray(0, count * ROW_SAMPLES), [count, ROW_SAMPLES]),
    state: new Tensor('float32', state.subarray(0, count * 2 * LAYER_SIZE), [2, count, LAYER_SIZE]),
    sr: rate,
  });
  const next = stateN?.data as Float32Array;
  for (const [row, microphone] of batch.entries()) keep(row, count, next, microphone);
  return Float32Array.from(output?.data as Float32Array);
}

async function runAll(session: InferenceSession): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  for (;;) {
    // One window of each in turn: a microphone with a backlog does not delay the others.
    const batch: Microphone[] = [];
    for (const microphone of microphones.values()) {
      if (microphone.waiting.length > 0 && batch.length < BATCH_SIZE) batch.push(microphone);
    }
    if (batch.length === 0) break;
    const probabilities = await guarded(() => judge(session, batch));
    for (const microphone of batch) {
      // The next batch begins with the others.
      if (microphones.delete(microphone.id)) microphones.set(microphone.id, microphone);
    }
    post({ type: 'windows', detectors: batch.map(({ id }) => id), probabilities });
  }
  isRunning = false;
}

function microphoneOf(id: number): Microphone {
  let microphone = microphones.get(id);
  if (!microphone) {
    const context = new Float32Array(CONTEXT_SAMPLES);
    microphone = { id, context, state: new Float32Array(2 * LAYER_SIZE), waiting: [] };
    microphones.set(id, microphone);
  }
  return microphone;
}

function post(message: FromSilero): void {
  port.postMessage(message);
}

const session = await guarded(() =>
  InferenceSession.create(modelPath, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  }),
);
port.on('message', (message: ToSilero) => {
  if (message.type === 'closed') {
    microphones.delete(message.detector);
    return;
  }
  const { waiting } = microphoneOf(message.detector);
  waiting.push(message.samples);
  if (waiting.length > MOST_WAITING) {
    waiting.shift();
    post({ type: 'windows', detectors: [message.detector], probabilities: Float32Array.of(0) });
  }
  void runAll(session);
});
post({ type: 'ready' });
