// Silero's voice activity model: the probability of speech in 32 ms of sound, for many recognisers in one run.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { INPUT_RATE } from './port.js';
import { WINDOW_SAMPLES } from './utterance-detector.js';

/** The model wants to see the end of the window before, too. */
const CONTEXT_SAMPLES = 64;
const ROW_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;
const STATE_SIZE = 128;

/** What the model remembers of one recogniser between two windows. */
export class SileroMemory {
  readonly context = new Float32Array(CONTEXT_SAMPLES);
  /** Two layers of 128. */
  readonly state = new Float32Array(2 * STATE_SIZE);
}

interface Batch {
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

/**
 * Windows of several recognisers go through together because a run costs 0.14 ms for one recogniser and 0.8 ms for sixteen: at
 * 31 windows a second that is 4.3 ms or 1.6 ms of processor time for a second of sound.
 */
export class Silero {
  readonly #session: InferenceSession;
  readonly #input: Float32Array;
  readonly #state: Float32Array;
  readonly #nextState: Float32Array;
  readonly #output: Float32Array;
  readonly #batches: Batch[] = [];

  /** `batchSize`: how many recognisers go through at once, at most. */
  static async load(batchSize: number): Promise<Silero> {
    const session = await InferenceSession.create(modelPath(), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionProviders: ['cpu'],
    });
    return new Silero(session, batchSize);
  }

  private constructor(session: InferenceSession, batchSize: number) {
    this.#session = session;
    this.#input = new Float32Array(batchSize * ROW_SAMPLES);
    this.#state = new Float32Array(batchSize * 2 * STATE_SIZE);
    this.#nextState = new Float32Array(batchSize * 2 * STATE_SIZE);
    this.#output = new Float32Array(batchSize);
    const rate = new Tensor('int64', BigInt64Array.of(BigInt(INPUT_RATE)), []);
    for (let count = 1; count <= batchSize; count++) {
      const states = count * 2 * STATE_SIZE;
      this.#batches.push({
        feeds: {
          input: new Tensor('float32', this.#input.subarray(0, count * ROW_SAMPLES), [count, ROW_SAMPLES]),
          state: new Tensor('float32', this.#state.subarray(0, states), [2, count, STATE_SIZE]),
          sr: rate,
        },
        fetches: {
          output: new Tensor('float32', this.#output.subarray(0, count), [count, 1]),
          stateN: new Tensor('float32', this.#nextState.subarray(0, states), [2, count, STATE_SIZE]),
        },
      });
    }
  }

  /** Where the window of place `index` is written to: `place(target, at)` gets an array and a position in it. */
  fill(index: number, place: (target: Float32Array, at: number) => void): void {
    place(this.#input, index * ROW_SAMPLES + CONTEXT_SAMPLES);
  }

  /** Runs the windows of the places 0 to memories.length - 1; then `probability(index)` returns the result. */
  async run(memories: readonly SileroMemory[]): Promise<void> {
    const count = memories.length;
    const batch = this.#batches[count - 1];
    if (!batch) throw new RangeError(`a batch holds 1 to ${this.#batches.length} windows, not ${count}`);
    for (let index = 0; index < count; index++) {
      const memory = memories[index] as SileroMemory;
      this.#input.set(memory.context, index * ROW_SAMPLES);
      move(memory.state, 0, this.#state, index * STATE_SIZE);
      move(memory.state, STATE_SIZE, this.#state, (count + index) * STATE_SIZE);
    }
    await this.#session.run(batch.feeds, batch.fetches);
    for (let index = 0; index < count; index++) {
      const memory = memories[index] as SileroMemory;
      move(this.#nextState, index * STATE_SIZE, memory.state, 0);
      move(this.#nextState, (count + index) * STATE_SIZE, memory.state, STATE_SIZE);
      const end = (index + 1) * ROW_SAMPLES;
      for (let at = 0; at < CONTEXT_SAMPLES; at++) {
        memory.context[at] = this.#input[end - CONTEXT_SAMPLES + at] as number;
      }
    }
  }

  probability(index: number): number {
    return this.#output[index] as number;
  }
}

function move(from: Float32Array, fromAt: number, to: Float32Array, toAt: number): void {
  for (let index = 0; index < STATE_SIZE; index++) to[toAt + index] = from[fromAt + index] as number;
}

/** The model lies beside the plugin's code, which is not run: it would bring LiveKit's whole agent framework along. */
function modelPath(): string {
  const packed = fileURLToPath(new URL('../../models/silero_vad.onnx', import.meta.url));
  if (existsSync(packed)) return packed;
  // A clone has the same file in a package.
  const plugin = createRequire(import.meta.url).resolve('@livekit/agents-plugin-silero');
  return join(dirname(plugin), 'silero_vad.onnx');
}
