// The record of a session for tests: all messages received and sent, and methods that wait for them.
import type { JsonObject } from '../answerer-port.js';
import type { SessionConfig } from '../models/check-setup.js';

export interface RecordedFrame {
  /** Milliseconds since the connection was opened. */
  readonly atMs: number;
  readonly from: 'client' | 'server';
  readonly message: JsonObject;
}

export interface LiveApiSession {
  readonly id: string;
  readonly version: string;
  /** The API key or token it came with. */
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly state: 'connecting' | 'open' | 'closed';
  /** The model and settings it runs with; undefined until the setup is accepted. */
  readonly config: SessionConfig | undefined;
  /** Everything in order, as parsed JSON. Only the newest 16 MB are kept. */
  readonly frames: readonly RecordedFrame[];
  readonly received: readonly JsonObject[];
  readonly sent: readonly JsonObject[];
  /** How the connection ended; undefined as long as it is open. */
  readonly close: { readonly code: number; readonly reason: string } | undefined;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Resolves with the first message from the client that fits, past or to come; rejects when the session ends first. */
  waitForReceived(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
  /** The same for what the server sent. */
  waitForSent(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
}

const MAX_BYTES = 16 * 1024 * 1024;

interface Waiter {
  readonly from: 'client' | 'server';
  readonly fits: (message: JsonObject) => boolean;
  resolve(message: JsonObject): void;
  reject(error: Error): void;
}

export interface RecordOptions {
  readonly id: string;
  readonly version: string;
  readonly key: string | undefined;
  readonly headers: LiveApiSession['headers'];
  readonly keep: boolean;
  readonly now: () => number;
}

export class SessionRecord implements LiveApiSession {
  readonly id: string;
  readonly version: string;
  readonly key: string | undefined;
  readonly headers: LiveApiSession['headers'];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  state: LiveApiSession['state'] = 'connecting';
  config: SessionConfig | undefined;
  close: LiveApiSession['close'];
  readonly #keep: boolean;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #frames: RecordedFrame[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;
  #waiters: Waiter[] = [];
  #onClosed!: (close: { code: number; reason: string }) => void;

  constructor(options: RecordOptions) {
    this.id = options.id;
    this.version = options.version;
    this.key = options.key;
    this.headers = options.headers;
    this.#keep = options.keep;
    this.#now = options.now;
    this.#startMs = options.now();
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  get frames(): readonly RecordedFrame[] {
    return this.#frames;
  }

  get received(): readonly JsonObject[] {
    return this.#messages('client');
  }

  get sent(): readonly JsonObject[] {
    return this.#messages('server');
  }

  waitForReceived(fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    return this.#wait('client', fits);
  }

  waitForSent(fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    return this.#wait('server', fits);
  }

  add(from: 'client' | 'server', message: JsonObject, bytes: number): void {
    if (this.#keep) {
      this.#frames.push({ atMs: this.#now() - this.#startMs, from, message });
      this.#sizes.push(bytes);
      this.#bytes += bytes;
      while (this.#bytes > MAX_BYTES) {
        this.#frames.shift();
        this.#bytes -= this.#sizes.shift() ?? 0;
      }
    }
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.from !== from || !waiter.fits(message)) return true;
      waiter.resolve(message);
      return false;
    });
  }

  end(code: number, reason: string): void {
    if (this.close) return;
    this.state = 'closed';
    this.close = { code, reason };
    this.#onClosed(this.close);
    for (const { reject } of this.#waiters)
      reject(new Error(`the session was closed (${code} ${reason}) before such a message`));
    this.#waiters = [];
  }

  #messages(from: 'client' | 'server'): readonly JsonObject[] {
    return this.#frames.filter((frame) => frame.from === from).map(({ message }) => message);
  }

  #wait(from: 'client' | 'server', fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    const past = this.#messages(from).find(fits);
    if (past) return Promise.resolve(past);
    if (this.close) return Promise.reject(new Error('the session was closed without such a message'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ from, fits, resolve, reject });
    });
  }
}
