// Moonshine tiny-en: the words of an utterance, by a greedy search over the decoder with its cache.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { agreedWords, type Guess, isConfident, isDoubtful, SearchConfidence } from './confidence.js';
import { readModelFiles } from './model-files.js';
import { INPUT_RATE } from './port.js';
import type { RunGate } from './run-gate.js';
import { BEGIN_TOKEN, END_TOKEN, TokenTable } from './token-table.js';

const HEADS = 8;
const HEAD_SIZE = 36;
/** The rate of very fast English; the bound ends a search that repeats itself. */
const MAX_TOKENS_PER_SECOND = 6.5;
/** The encoder needs 0.3 s; "yes" alone is recognised only with some silence around it. */
const MIN_SAMPLES = 0.8 * INPUT_RATE;

/** How much faster a sound is made for the second look at it. */
const SECOND_LOOK_TEMPO = 1.05;

export interface Recognition extends Guess {
  /** Empty when it was no speech. */
  readonly text: string;
}

export class Moonshine {
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #tokens: TokenTable;
  readonly #gate: RunGate;
  /** The caches before the first token: empty, one for each layer. */
  readonly #noCaches: Readonly<Record<string, Tensor>>;
  /** Output name to the input that it becomes in the next step. */
  readonly #cacheNames: readonly (readonly [string, string])[];
  #ones = new BigInt64Array(0);

  /** Throws a ModelFilesError when the folder does not hold the model. */
  static async load(folder: string, gate: RunGate): Promise<Moonshine> {
    const files = await readModelFiles(folder);
    const options: InferenceSession.SessionOptions = {
      graphOptimizationLevel: 'all',
      // Two threads were slower than one (0.041 against 0.030 of real time), and cores are for other sessions.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionProviders: ['cpu'],
    };
    const encoder = await InferenceSession.create(files.encoder, options);
    const decoder = await InferenceSession.create(files.decoder, options);
    return new Moonshine(encoder, decoder, new TokenTable(files.tokens), gate);
  }

  private constructor(
    encoder: InferenceSession,
    decoder: InferenceSession,
    tokens: TokenTable,
    gate: RunGate,
  ) {
    this.#gate = gate;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#tokens = tokens;
    const caches = decoder.inputNames.filter((name) => name.startsWith('past_key_values'));
    this.#noCaches = Object.fromEntries(
      caches.map((name) => [name, new Tensor('float32', new Float32Array(0), [0, HEADS, 1, HEAD_SIZE])]),
    );
    this.#cacheNames = caches.map((name) => [name.replace('past_key_values', 'present'), name]);
  }

  /**
   * Recognises up to 15 s of sound at 16 kHz. Lets the thread's other events in after every token, and gives up with
   * undefined once `wanted` says that it is not.
   */
  async recognise(sound: Float32Array): Promise<Recognition>;
  async recognise(sound: Float32Array, wanted: () => boolean): Promise<Recognition | undefined>;
  async recognise(sound: Float32Array, wanted = () => true): Promise<Recognition | undefined> {
    const first = await this.#search(sound, wanted);
    if (!first || !isDoubtful(first))
      return first && { ...first, text: isConfident(first) ? first.guess : '' };
    const second = await this.#search(faster(sound, SECOND_LOOK_TEMPO), wanted);
    return second && { ...first, text: agreedWords(first, second) };
  }

  async #search(sound: Float32Array, wanted: () => boolean): Promise<Guess | undefined> {
    const samples = pad(sound);
    const mask = this.#mask(samples.length);
    const encoded = await this.#run(this.#encoder, {
      input_values: new Tensor('float32', samples, [1, samples.length]),
      attention_mask: mask,
    });
    const tokens: number[] = [];
    const confidence = new SearchConfidence();
    const feeds: Record<string, Tensor> = {
      ...this.#noCaches,
      encoder_hidden_states: encoded.last_hidden_state as Tensor,
      encoder_attention_mask: mask,
    };
    const limit = Math.ceil((samples.length / INPUT_RATE) * MAX_TOKENS_PER_SECOND);
    for (let last = BEGIN_TOKEN; tokens.length < limit; ) {
      if (!wanted()) return undefined;
      const first = tokens.length === 0;
      feeds.input_ids = new Tensor('int64', BigInt64Array.of(BigInt(last)), [1, 1]);
      feeds.use_cache_branch = new Tensor('bool', [!first], [1]);
      const outputs = await this.#run(this.#decoder, feeds);
      const logits = (outputs.logits as Tensor).data as Float32Array;
      const next = best(logits);
      confidence.add(next, -Math.log(relativeSum(logits, logits[next] as number)));
      if (next === END_TOKEN) break;
      tokens.push(next);
      last = next;
      for (const [present, past] of this.#cacheNames) {
        // What the decoder saw of the sound stays as the first step computed it.
        if (first || !present.includes('encoder')) feeds[past] = outputs[present] as Tensor;
      }
    }
    return { guess: this.#tokens.decode(tokens), confidence: confidence.mean };
  }

  #run(session: InferenceSession, feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> {
    return this.#gate.pass(() => session.run(feeds));
  }

  #mask(length: number): Tensor {
    if (this.#ones.length < length) this.#ones = new BigInt64Array(length).fill(1n);
    return new Tensor('int64', this.#ones.subarray(0, length), [1, length]);
  }
}

function pad(sound: Float32Array): Float32Array {
  if (sound.length >= MIN_SAMPLES) return sound;
  const padded = new Float32Array(MIN_SAMPLES);
  padded.set(sound, (MIN_SAMPLES - sound.length) >> 1);
  return padded;
}

/** Shorter and higher; the little that folds back above 8 kHz does not matter to the model. */
function faster(sound: Float32Array, tempo: number): Float32Array {
  return Float32Array.from({ length: Math.floor(sound.length / tempo) }, (_, index) => {
    const at = Math.floor(index * tempo);
    const share = index * tempo - at;
    return (sound[at] as number) * (1 - share) + (sound[at + 1] ?? 0) * share;
  });
}

function best(logits: Float32Array): number {
  let index = 0;
  for (let token = 1; token < logits.length; token++) {
    if ((logits[token] as number) > (logits[index] as number)) index = token;
  }
  return index;
}

/** The sum of all probabilities relative to that of the best one, whose logit is `top`. */
function relativeSum(logits: Float32Array, top: number): number {
  let sum = 0;
  for (let token = 0; token < logits.length; token++) sum += Math.exp((logits[token] as number) - top);
  return sum;
}
