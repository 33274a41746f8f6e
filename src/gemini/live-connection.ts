// One WebSocket to the Live API through @google/genai, with every trap of that SDK closed here and nowhere else.
import { type GoogleGenAI, type LiveConnectConfig, LiveServerMessage, type Session } from '@google/genai';
import type { CloseInfo } from '../session/wire.js';
import { splitGeneration } from './generation-config.js';
import {
  failureOf,
  isOfTheNetwork,
  patchFirstFrame,
  type SdkSocket,
  type SocketCallbacks,
  type SocketFactory,
} from './sdk-socket.js';

export interface LiveConnectionListener {
  /** The service has accepted the set-up; before any message. */
  onReady?(): void;
  /** Synchronous, in the tick in which the frame arrived; only after onReady. */
  onMessage(message: LiveServerMessage): void;
  /** Exactly once, whatever happened, also when the set-up never completed. */
  onClose(info: CloseInfo): void;
  /** A frame that is no JSON, or a listener that threw: reported, and survived. */
  onFault(error: unknown): void;
}

export interface LiveConnectionOptions {
  readonly client: GoogleGenAI;
  readonly model: string;
  /** A fresh object for each connection: the SDK writes into it. */
  readonly config: LiveConnectConfig;
  /** Set-up fields that the SDK would drop; merged into the first frame. */
  readonly rawSetup?: Readonly<Record<string, unknown>>;
  /** How long the upgrade and the set-up may take together. */
  readonly deadlineMs: number;
}

/** Beyond this much unsent data (some 24 s of audio), media frames are dropped: the network cannot keep up. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** How long a peer may take to answer a close frame. */
const CLOSE_DEADLINE_MS = 2_000;

export class LiveConnection {
  readonly #listener: LiveConnectionListener;
  readonly #closed: Promise<void>;
  readonly #isVertex: boolean;
  #resolveClosed: () => void = () => {};
  #socket: SdkSocket | undefined;
  #session: Session | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #closing = false;
  #ended = false;
  #failure: { message: string; httpStatus?: number } | undefined;
  #onPong: () => void = () => {};
  /** What came in the same instant as setupComplete, before the SDK has given the session out. */
  #early: LiveServerMessage[] = [];
  #isAccepted = false;
  #earlyEnd: CloseInfo | undefined;
  /** Media frames that were not sent because the network could not take them. */
  droppedFrames = 0;
  /** Frames from the service that could not be read. */
  malformedFrames = 0;

  /** Resolves when the service has accepted the set-up; never, when it did not (then `onClose` is called). */
  readonly ready: Promise<void>;

  constructor(options: LiveConnectionOptions, listener: LiveConnectionListener) {
    this.#listener = listener;
    this.#isVertex = options.client.vertexai;
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#deadline = setTimeout(
      () => this.#abandon(`no setupComplete within ${options.deadlineMs} ms`),
      options.deadlineMs,
    );
    this.ready = new Promise((resolve) => {
      void this.#connect(options, resolve);
    });
  }

  get isOpen(): boolean {
    return this.#session !== undefined && !this.#ended && !this.#closing;
  }

  get bufferedBytes(): number {
    return this.#socket?.ws?.bufferedAmount ?? 0;
  }

  /** Sends something that must arrive, as far as the connection is there. Returns whether it was handed over. */
  send(write: (session: Session) => void): boolean {
    if (!this.isOpen || !this.#session) return false;
    try {
      write(this.#session);
      return true;
    } catch (error) {
      this.#listener.onFault(error);
      return false;
    }
  }

  /** The same for media, which is dropped rather than queued when the network is behind. */
  sendMedia(write: (session: Session) => void): boolean {
    if (this.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.droppedFrames += 1;
      return false;
    }
    return this.send(write);
  }

  /** The same for media that comes fifty times a second: JSON as the SDK would write it, without its detours. */
  sendMediaFrame(frame: string): boolean {
    return this.sendMedia(() => this.#socket?.send(frame));
  }

  /** Sends a ping and calls back when it is answered. */
  ping(onPong: () => void): void {
    this.#onPong = onPong;
    if (this.isOpen) this.#socket?.ws?.ping();
  }

  /** Sends a close frame and waits until the peer has answered it, or a deadline has passed. */
  async close(): Promise<void> {
    if (this.#ended) return;
    if (!this.#closing) {
      this.#closing = true;
      clearTimeout(this.#deadline);
      const raw = this.#socket?.ws;
      if (raw) {
        // The SDK's own close() sends no code, which the peer sees as 1005.
        raw.close(1000);
        this.#deadline = setTimeout(() => raw.terminate(), CLOSE_DEADLINE_MS);
      } else {
        this.#end({ code: 1000, reason: '', expected: true });
      }
    }
    await this.#closed;
  }

  /** Cuts the connection without a close frame; for one that is known to be dead. */
  terminate(reason: string): void {
    this.#abandon(reason);
  }

  async #connect(options: LiveConnectionOptions, onReady: () => void): Promise<void> {
    const live = options.client.live as unknown as { webSocketFactory: SocketFactory };
    const original = live.webSocketFactory;
    const { config, generation } = splitGeneration(options.config, options.client.vertexai);
    const rawSetup = generation ? { ...options.rawSetup, generationConfig: generation } : options.rawSetup;
    // Each connection has a client of its own, so wrapping its factory reaches nobody else.
    live.webSocketFactory = {
      create: (url, headers, callbacks) => this.#createSocket(original, url, headers, callbacks, rawSetup),
    };
    try {
      const session = await options.client.live.connect({
        model: options.model,
        config,
        callbacks: {
          onmessage: (message) => this.#deliver(message),
        },
      });
      if (this.#ended || this.#closing) return;
      clearTimeout(this.#deadline);
      this.#session = session;
      this.#start(onReady);
    } catch (error) {
      if (this.#ended) return;
      this.#failure = { message: error instanceof Error ? error.message : String(error) };
      // Without a socket it was the configuration or the credentials here that failed, not the service.
      const own = this.#socket === undefined && !isOfTheNetwork(error);
      this.#socket?.ws?.terminate();
      this.#end({ code: 1006, reason: this.#failure.message, expected: false, ...(own ? { own } : {}) });
    }
  }

  /** In this order, so that what came with setupComplete is handled like what comes later. */
  #start(onReady: () => void): void {
    this.#call(() => this.#listener.onReady?.());
    onReady();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#deliver(message);
    if (this.#earlyEnd) this.#end(this.#earlyEnd);
  }

  #call(listen: () => void): void {
    try {
      listen();
    } catch (error) {
      this.#listener.onFault(error);
    }
  }

  #createSocket(
    factory: SocketFactory,
    url: string,
    headers: Record<string, string>,
    sdk: SocketCallbacks,
    rawSetup: Readonly<Record<string, unknown>> | undefined,
  ): SdkSocket {
    const socket = factory.create(url, headers, {
      onopen: () => {
        const raw = socket.ws;
        raw?.on('pong', () => this.#onPong());
        if (this.#ended || this.#closing) raw?.close(1000);
        else sdk.onopen();
      },
      onmessage: (event) => this.#receive(event, sdk),
      onerror: (event) => {
        this.#failure = failureOf(event);
      },
      onclose: (event) => {
        const { code = 1006, reason = '' } = event;
        const info: CloseInfo = {
          code,
          reason: reason || this.#failure?.message || '',
          ...(this.#failure?.httpStatus === undefined ? {} : { httpStatus: this.#failure.httpStatus }),
          expected: this.#closing,
        };
        // The set-up was accepted, and what came with it is still to be handed on.
        if (this.#isAccepted && !this.#session && !this.#closing) this.#earlyEnd = info;
        else this.#end(info);
      },
    });
    this.#socket = socket;
    if (rawSetup) patchFirstFrame(socket, rawSetup);
    if (this.#ended) queueMicrotask(() => socket.ws?.terminate());
    return socket;
  }

  /** The SDK reads a frame in a promise that nobody awaits: what it cannot read must not reach it. */
  #receive(event: { data: unknown }, sdk: SocketCallbacks): void {
    if (this.#ended) return;
    let text: string;
    let read: LiveServerMessage;
    try {
      text = String(event.data);
      const message: unknown = JSON.parse(text);
      if (typeof message !== 'object' || message === null || Array.isArray(message)) {
        throw new SyntaxError('no JSON object');
      }
      // As the SDK will: a field for which its own message has only a getter makes it throw.
      read = Object.assign(new LiveServerMessage(), message);
    } catch (error) {
      this.malformedFrames += 1;
      this.#listener.onFault(new Error(`a frame from the Live API cannot be read: ${String(error)}`));
      return;
    }
    if (read.setupComplete) this.#isAccepted = true;
    // Once set up the SDK would only read the same text a second time; Vertex AI's it also translates.
    if (this.#session && !this.#isVertex) this.#deliver(read);
    else sdk.onmessage({ data: text });
  }

  #deliver(message: LiveServerMessage): void {
    // setupComplete is replayed to the callback before connect() resolves; `onReady` stands for it.
    if (message.setupComplete || this.#ended) return;
    if (this.#session) this.#call(() => this.#listener.onMessage(message));
    else this.#early.push(message);
  }

  #abandon(reason: string): void {
    if (this.#ended) return;
    this.#socket?.ws?.terminate();
    this.#end({ code: 1006, reason, expected: this.#closing });
  }

  #end(info: CloseInfo): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#session = undefined;
    this.#resolveClosed();
    this.#call(() => this.#listener.onClose(info));
  }
}
