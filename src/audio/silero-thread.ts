// Voice activity detection by Silero's model, in one thread that all calls of a process share.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EnergyDetector } from './energy-activity.js';
import type { PcmChunk } from './pcm.js';
import { ENDING, type FromSilero, RUNNING, type SileroData, type ToSilero } from './silero-messages.js';
import { type SpeechDetector, type VoiceActivity, WINDOW_SAMPLES } from './voice-activity.js';

/** Longer than any run of the model; the process ends after it in any case. */
const RUN_ENDS_WITHIN_MS = 1_000;

type WindowListener = (probability: number) => void;

export interface SileroOptions {
  /** Called once where the model cannot be used: loudness decides from then on. */
  readonly onFailed: (error: Error) => void;
  readonly modelPath?: string;
}

/**
 * Opens voice activity detection for one call. The thread starts with the first call and lives as long as the process:
 * onnxruntime cannot be loaded a second time after the first thread that used it has ended.
 */
export function openVoiceActivity(options: SileroOptions): VoiceActivity {
  return new SharedVoiceActivity(options);
}

class SharedVoiceActivity implements VoiceActivity {
  readonly #options: SileroOptions;
  readonly #thread: SileroThread;
  readonly #detectors = new Set<SileroDetector>();
  #closed = false;

  constructor(options: SileroOptions) {
    this.#options = options;
    this.#thread = SileroThread.use(this, options.modelPath);
  }

  detect(onWindow: WindowListener): SpeechDetector {
    const detector = new SileroDetector(this.#thread, onWindow, () => this.#detectors.delete(detector));
    if (!this.#closed) this.#detectors.add(detector);
    else detector.close();
    return detector;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const detector of [...this.#detectors]) detector.close();
    this.#thread.release(this);
  }

  failed(error: Error): void {
    if (!this.#closed) this.#options.onFailed(error);
  }
}

/** Cuts the audio of one microphone into windows. */
class SileroDetector implements SpeechDetector {
  readonly #thread: SileroThread;
  readonly #id: number;
  readonly #onWindow: WindowListener;
  readonly #onClosed: () => void;
  #window = new Int16Array(WINDOW_SAMPLES);
  #filled = 0;
  #energy: EnergyDetector | undefined;
  #closed = false;

  constructor(thread: SileroThread, onWindow: WindowListener, onClosed: () => void) {
    this.#thread = thread;
    this.#onWindow = onWindow;
    this.#onClosed = onClosed;
    this.#id = thread.add(onWindow);
  }

  push(chunk: PcmChunk): void {
    if (this.#closed) return;
    if (this.#thread.hasFailed) {
      this.#energy ??= new EnergyDetector(this.#onWindow);
      this.#energy.push(chunk);
      return;
    }
    const { samples } = chunk;
    for (let at = 0; at < samples.length; ) {
      const length = Math.min(samples.length - at, WINDOW_SAMPLES - this.#filled);
      for (let i = 0; i < length; i += 1) this.#window[this.#filled + i] = samples[at + i] ?? 0;
      this.#filled += length;
      at += length;
      if (this.#filled < WINDOW_SAMPLES) return;
      this.#thread.send(this.#id, this.#window);
      // The array of before belongs to the thread.
      this.#window = new Int16Array(WINDOW_SAMPLES);
      this.#filled = 0;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#energy?.close();
    this.#thread.remove(this.#id);
    this.#onClosed();
  }
}

/** One for a process: a thread for each call would hold the model, 20 MB, as often. */
class SileroThread {
  static #shared: SileroThread | undefined;

  readonly #users = new Set<SharedVoiceActivity>();
  readonly #listeners = new Map<number, WindowListener>();
  readonly #gate = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker | undefined;
  #failure: Error | undefined;
  #lastId = 0;

  /** A model of one's own gets a thread of its own. */
  static use(user: SharedVoiceActivity, modelPath?: string): SileroThread {
    if (modelPath === undefined) SileroThread.#shared ??= new SileroThread(findModel);
    const thread = modelPath === undefined ? SileroThread.#shared : new SileroThread(() => modelPath);
    if (!thread) throw new Error('unreachable: the shared thread was set above');
    thread.#users.add(user);
    if (thread.#failure) thread.#reportFailure(thread.#failure, [user]);
    return thread;
  }

  private constructor(modelPath: () => string) {
    try {
      this.#worker = this.#start(modelPath());
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  add(listener: WindowListener): number {
    this.#lastId += 1;
    this.#listeners.set(this.#lastId, listener);
    return this.#lastId;
  }

  remove(id: number): void {
    if (this.#listeners.delete(id)) this.#post({ type: 'closed', detector: id });
  }

  send(detector: number, samples: Int16Array<ArrayBuffer>): void {
    this.#post({ type: 'window', detector, samples }, [samples.buffer]);
  }

  release(user: SharedVoiceActivity): void {
    this.#users.delete(user);
  }

  #start(modelPath: string): Worker {
    const workerData: SileroData = { modelPath, gate: this.#gate };
    const worker = new Worker(threadUrl(), { workerData, execArgv: [] });
    const onExit = (): void => this.#waitForRun();
    process.once('exit', onExit);
    // Calls keep the process alive, not the thread. Before it is online unref() has no effect.
    worker.once('online', () => worker.unref());
    worker.on('message', (message: FromSilero) => this.#receive(message));
    worker.on('error', (error) => this.#failed(error instanceof Error ? error : new Error(String(error))));
    worker.once('exit', (code) => {
      process.removeListener('exit', onExit);
      this.#failed(new Error(`the thread of voice activity detection has ended with code ${code}`));
    });
    return worker;
  }

  #receive(message: FromSilero): void {
    if (message.type === 'ready') return;
    for (const [index, detector] of message.detectors.entries()) {
      this.#listeners.get(detector)?.(message.probabilities[index] ?? 0);
    }
  }

  #failed(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#reportFailure(error, this.#users);
  }

  /** Delayed: the part that opens a detection is not complete yet. */
  #reportFailure(error: Error, users: Iterable<SharedVoiceActivity>): void {
    setImmediate(() => {
      for (const user of users) user.failed(error);
    });
  }

  /** Lets no further run begin, and waits for the present one: onnxruntime aborts a process that ends during a run. */
  #waitForRun(): void {
    Atomics.store(this.#gate, ENDING, 1);
    Atomics.wait(this.#gate, RUNNING, 1, RUN_ENDS_WITHIN_MS);
  }

  #post(message: ToSilero, transfer: ArrayBuffer[] = []): void {
    if (!this.hasFailed) this.#worker?.postMessage(message, transfer);
  }
}

/** A worker thread cannot run TypeScript: tests use the built file of the same name. */
function threadUrl(): URL {
  const url = new URL('./silero-thread-main.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return url;
  return new URL(url.href.replace(/\/src\/audio\/(?=[^/]+$)/, '/dist/src/audio/'));
}

/** The model's file, which the build copies; the package that brings it is not loaded. */
function findModel(): string {
  const built = fileURLToPath(new URL('../../models/silero_vad.onnx', import.meta.url));
  if (existsSync(built)) return built;
  const plugin = createRequire(import.meta.url).resolve('@livekit/agents-plugin-silero');
  return join(dirname(plugin), 'silero_vad.onnx');
}
