// The server's side of the recognition thread: numbered requests, each with a promise of its answer.
import type { FromRecognition, ToRecognition } from './messages.js';
import type { EarlyWords } from './offline-recogniser.js';
import { startThread, type Thread } from './thread.js';

interface Waiting {
  resolve(answer: Exclude<FromRecognition, { type: 'ready' | 'failed' }>): void;
  reject(error: Error): void;
}

/** Partial recognitions that may wait at once: with more, the thread has no time for them. */
const MAX_PARTIALS = 16;

export class RecognitionClient {
  #partials = 0;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Thread<ToRecognition, FromRecognition> | undefined;
  #nextId = 0;
  #failure: Error | undefined;

  /** `failed` hears of a thread that died; every request is rejected from then on. */
  static async start(
    modelDir: string | undefined,
    failed: (error: Error) => void,
  ): Promise<RecognitionClient> {
    const client = new RecognitionClient();
    client.#thread = await startThread<ToRecognition, FromRecognition>(
      'recognition-thread',
      { modelDir },
      {
        message: (message) => client.#settle(message),
        failed: (error) => {
          client.#rejectAll(error);
          failed(error);
        },
      },
    );
    return client;
  }

  /** Why words cannot be recognised; undefined when they can. */
  get problem(): string | undefined {
    return this.#thread?.ready.problem;
  }

  /** The words of up to 15 s of sound, which is transferred; empty when it is no speech. */
  async recognise(samples: Float32Array<ArrayBuffer>, signal: AbortSignal): Promise<string> {
    const answer = await this.#ask((id) => ({ type: 'recognise', id, samples }), [samples.buffer], signal);
    return answer.type === 'recognised' ? answer.text : '';
  }

  /** The same for an utterance that has probably ended: other ones come first until `urgent` is called. */
  recogniseEarly(samples: Float32Array<ArrayBuffer>, signal: AbortSignal): EarlyWords {
    let id = -1;
    const request = (given: number) => {
      id = given;
      return { type: 'recognise-early', id, samples } as const;
    };
    const answer = this.#ask(request, [samples.buffer], signal);
    return {
      words: answer.then((found) => (found.type === 'recognised' ? found.text : '')),
      urgent: () => {
        if (this.#waiting.has(id)) this.#thread?.post({ type: 'urgent', id });
      },
    };
  }

  /** The same at the lowest priority; undefined when too many others are waiting for it. */
  async recognisePartial(
    samples: Float32Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#partials >= MAX_PARTIALS) return undefined;
    this.#partials++;
    try {
      const answer = await this.#ask(
        (id) => ({ type: 'recognise-partial', id, samples }),
        [samples.buffer],
        signal,
      );
      return answer.type === 'recognised' ? answer.text : undefined;
    } finally {
      this.#partials--;
    }
  }

  /** A segment of text as PCM16 at 24 kHz, with a pause after it. */
  async speak(
    text: string,
    voice: string,
    pauseMs: number,
    signal: AbortSignal,
  ): Promise<Int16Array<ArrayBuffer>> {
    const answer = await this.#ask((id) => ({ type: 'speak', id, text, voice, pauseMs }), [], signal);
    return answer.type === 'spoken' ? answer.samples : new Int16Array(0);
  }

  async close(): Promise<void> {
    this.#rejectAll(new Error('the speech parts are closed'));
    await this.#thread?.close();
  }

  #ask(
    request: (id: number) => ToRecognition,
    transfer: readonly ArrayBuffer[],
    signal: AbortSignal,
  ): Promise<Exclude<FromRecognition, { type: 'ready' | 'failed' }>> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const abandon = () => {
        this.#waiting.delete(id);
        this.#thread?.post({ type: 'drop', id });
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abandon, { once: true });
      const done = () => signal.removeEventListener('abort', abandon);
      this.#waiting.set(id, {
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.#thread?.post(request(id), transfer);
    });
  }

  #settle(message: FromRecognition): void {
    if (message.type === 'ready') return;
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (message.type === 'failed') waiting.reject(new Error(message.message));
    else waiting.resolve(message);
  }

  #rejectAll(error: Error): void {
    this.#failure ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
