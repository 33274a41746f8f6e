// Offline speech: voice detection, recognition and a voice, all in two worker threads for every session together.
import type { FromDetection, ToDetection } from './messages.js';
import { OfflineRecogniser } from './offline-recogniser.js';
import type { Recogniser, RecogniserEvent, RecogniserOptions, Speech } from './port.js';
import { RecognitionClient } from './recognition-client.js';
import { spokenSegments } from './sentences.js';
import { startThread, type Thread } from './thread.js';

/** Where the speech parts report errors; pino's loggers and `console` fit. */
export interface SpeechLog {
  warn(message: string): void;
  error(message: string): void;
}

export interface SpeechOptions {
  /** Folder with the three files of Moonshine tiny-en. Without them words are not recognised. */
  readonly modelDir?: string | undefined;
  /** Standard error when left out. */
  readonly log?: SpeechLog | undefined;
}

/**
 * Starts the threads and loads the models: about a second, and 250 MB of memory. Rejects when they cannot be
 * started; a missing or wrong recognition model only causes a warning, and `recognises` is false.
 */
export async function openSpeech(options: SpeechOptions = {}): Promise<Speech> {
  const speech = new OfflineSpeech(options.log ?? standardError());
  await speech.start(options.modelDir);
  return speech;
}

class OfflineSpeech implements Speech {
  readonly #log: SpeechLog;
  readonly #recognisers = new Map<number, OfflineRecogniser>();
  readonly #closing = new AbortController();
  #listening: Thread<ToDetection, FromDetection> | undefined;
  #words: RecognitionClient | undefined;
  #nextRecogniser = 0;

  constructor(log: SpeechLog) {
    this.#log = log;
  }

  get recognises(): boolean {
    return this.#words !== undefined && this.#words.problem === undefined;
  }

  async start(modelDir: string | undefined): Promise<void> {
    await holdRuntime();
    const [listening, words] = await Promise.allSettled([
      startThread<ToDetection, FromDetection>(
        'detection-thread',
        {},
        { message: (m) => this.#take(m), failed: (e) => this.#lost(e) },
      ),
      RecognitionClient.start(modelDir, (error) => this.#lost(error)),
    ]);
    if (listening.status === 'fulfilled') this.#listening = listening.value;
    if (words.status === 'fulfilled') this.#words = words.value;
    const failed = [listening, words].find((result) => result.status === 'rejected');
    if (failed) {
      await this.close();
      throw failed.reason;
    }
    const problem = this.#words?.problem;
    if (problem !== undefined) {
      this.#log.warn(
        `Words cannot be recognised, only that somebody speaks: ${problem}. \`npm run setup\` fetches the model.`,
      );
    }
  }

  openRecogniser(
    options: RecogniserOptions & { readonly manual: boolean },
    listener: (event: RecogniserEvent) => void,
  ): Recogniser {
    const id = this.#nextRecogniser++;
    const words = this.#words;
    const recognise = this.recognises && words ? words.recognise.bind(words) : undefined;
    const recognisePartial =
      recognise && options.partials && words ? words.recognisePartial.bind(words) : undefined;
    const recogniseEarly = recognise && words?.recogniseEarly.bind(words);
    const recogniser = new OfflineRecogniser({
      id,
      post: (message, transfer) => this.#listening?.post(message, transfer),
      recognise,
      ...(recogniseEarly && { recogniseEarly }),
      ...(recognisePartial && { recognisePartial }),
      listener,
      failed: (error) => this.#log.error(`An utterance could not be recognised: ${messageOf(error)}`),
      closed: () => this.#recognisers.delete(id),
    });
    this.#recognisers.set(id, recogniser);
    this.#listening?.post({
      type: 'open',
      recogniser: id,
      options: { ...options, audio: recognise !== undefined },
    });
    return recogniser;
  }

  async *say(text: string, voice: string, signal: AbortSignal): AsyncGenerator<Int16Array, void, undefined> {
    const words = this.#words;
    if (!words || this.#closing.signal.aborted) throw new Error('the speech parts are closed');
    const stopping = new AbortController();
    const stop = () => stopping.abort(new Error('nobody listens any more'));
    // Not AbortSignal.any(): on Node 20 it leaves something behind on a signal that lives longer.
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const segments = spokenSegments(text);
    const ask = (index: number): Promise<Int16Array> | undefined => {
      const segment = segments[index];
      if (!segment) return undefined;
      const sound = words.speak(segment.text, voice, segment.pauseMs, stopping.signal);
      // It is awaited a segment later, or never: in between, a failure must not count as unhandled.
      sound.catch(() => undefined);
      return sound;
    };
    try {
      let next = ask(0);
      for (let index = 1; next !== undefined; index++) {
        const samples: Int16Array = await next;
        next = ask(index);
        if (samples.length > 0) yield samples;
      }
    } catch (error) {
      if (!signal.aborted && !this.#closing.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const recogniser of [...this.#recognisers.values()]) recogniser.close();
    await Promise.all([this.#listening?.close(), this.#words?.close()]);
  }

  #take(message: FromDetection): void {
    if (message.type === 'utterance') this.#recognisers.get(message.recogniser)?.take(message.utterance);
    else if (message.type === 'lost') {
      this.#log.warn(`Audio came faster than it can be listened to: ${message.ms} ms of it were dropped.`);
    }
  }

  #lost(error: Error): void {
    this.#log.error(`A speech thread has died; restart the local Live API. ${error.message}`);
  }
}

/**
 * Loads onnxruntime in this thread, too, where nothing runs on it: once every thread that had it has ended, it could
 * not be loaded a second time.
 */
async function holdRuntime(): Promise<void> {
  try {
    await import('onnxruntime-node');
  } catch (error) {
    throw new Error(
      `onnxruntime-node does not load on ${process.platform}-${process.arch} (${messageOf(error)}): ` +
        'the local Live API can only run with tones instead of speech here.',
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function standardError(): SpeechLog {
  const write = (message: string) => {
    process.stderr.write(`${message}\n`);
  };
  return { warn: write, error: write };
}
