// One WebSocket to the Live API through @google/genai. Works around that SDK's faults, so that no other file has to.
import { type LiveConnectConfig, LiveServerMessage, type Session } from '@google/genai';
import type { CloseInfo } from '../session/wire.js';
import { readFrame } from './frame.js';
import { splitGeneration } from './generation-config.js';
import type { OpenSocket, SdkClient } from './sdk-client.js';
import {
  failureOf,
  isOfTheNetwork,
  patchFirstFrame,
  type SdkSocket,
  type SocketCallbacks,
  socketOf,
} from './sdk-socket.js';

export interface LiveConnectionListener {
  /** setupComplete has come; called before any message. */
  onReady?(): void;
  /** Synchronous, in the tick in which the frame arrived; only after onReady. */
  onMessage(message: LiveServerMessage): void;
  /** Called exactly once, also when the set-up never completed. */
  onClose(info: CloseInfo): void;
  /** A frame was not JSON, or a listener threw. The connection goes on. */
  onFault(error: unknown): void;
}

export interface LiveConnectionOptions {
  readonly client: SdkClient;
  readonly model: string;
  /** A new object for each connection: the SDK writes into it. */
  readonly config: LiveConnectConfig;
  /** Set-up fields that the SDK would drop; merged into the first frame. */
  readonly rawSetup?: Readonly<Record<string, unknown>>;
  /** How long the upgrade and the set-up may take together. */
  readonly deadlineMs: number;
}

/** Beyond this much unsent data (about 24 s of audio) media frames are dropped: the network is too slow. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** How long a peer may take to answer a close frame. */
const CLOSE_DEADLINE_MS = 2_000;

export class LiveConnection {
  readonly #listener: LiveConnectionListener;
  readonly #closed: Promise<void>;
  readonly #isVertex: boolean;
  /** The SDK makes a socket only when it has the credentials. */
  #hasCredentials = false;
  #resolveClosed: () => void = () => {};
  #socket: SdkSocket | undefined;
  #session: Session | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #closing = false;
  #ended = false;
  #failure: { message: string; httpStatus?: number } | undefined;
  #onPong: () => void = () => {};
  /** Messages that came right after setupComplete, before the SDK's connect() has resolved. */
  #early: LiveServerMessage[] = [];
  /** The upgrade was accepted. */
  #isReached = false;
  #isAccepted = false;
  #earlyEnd: CloseInfo | undefined;
  /** Media frames that were not sent because the network could not take them. */
  droppedFrames = 0;

  /** Resolves at setupComplete; never resolves when the connection ends before it (`onClose` is called then). */
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

  /** Sends a message that must not be dropped. Returns whether it was written to the socket. */
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

  /** The same for media, which is dropped when too much unsent data is queued. */
  sendMedia(write: (session: Session) => void): boolean {
    if (this.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.droppedFrames += 1;
      return false;
    }
    return this.send(write);
  }

  /** The same for audio, 50 times a second: JSON as the SDK would write it, without the SDK's conversions. */
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

  /** Ends a dead connection without a close frame. */
  terminate(reason: string): void {
    this.#abandon(reason);
  }

  async #connect(options: LiveConnectionOptions, onReady: () => void): Promise<void> {
    try {
      const session = await this.#openSession(options);
      if (this.#ended || this.#closing) {
        // A socket that was made here has been closed already.
        if (!this.#socket) session.close();
        return;
      }
      this.#socket ??= socketOf(session, () => this.#onPong());
      clearTimeout(this.#deadline);
      this.#session = session;
      this.#start(onReady);
    } catch (error) {
      if (this.#ended) return;
      const said = error instanceof Error ? error.message : String(error);
      // Without a socket the local configuration or credentials have failed, not the service.
      const own = this.#socket === undefined && !isOfTheNetwork(error);
      const isOfCredentials = own && this.#isVertex && !this.#hasCredentials;
      this.#failure = { message: isOfCredentials ? `no credentials for Vertex AI: ${said}` : said };
      this.#socket?.ws?.terminate();
      const where = own ? { own } : this.#unreachable;
      this.#end({ code: 1006, reason: this.#failure.message, expected: false, ...where });
    }
  }

  #openSession({ client, model, ...options }: LiveConnectionOptions): Promise<Session> {
    const { config, generation } = splitGeneration(options.config, client.vertexai);
    const rawSetup = generation ? { ...options.rawSetup, generationConfig: generation } : options.rawSetup;
    const onmessage = (message: LiveServerMessage): void => this.#deliver(message);
    const live = client.liveThrough((open) => ({
      create: (url, headers, callbacks) => this.#createSocket(open, url, headers, callbacks, rawSetup),
    }));
    if (live) return live.connect({ model, config, callbacks: { onmessage } });
    const [lost] = Object.keys(options.rawSetup ?? {});
    if (lost) throw new Error(`this version of @google/genai cannot send setup.${lost}: install 2.32.0`);
    const { onerror, onclose } = this.#ends;
    this.#isReached = true; // It does not say how far it gets.
    return client.plain.connect({
      model,
      config: options.config,
      callbacks: { onmessage, onerror, onclose },
    });
  }

  /** Calls onReady before it delivers the messages that came right after setupComplete. */
  #start(onReady: () => void): void {
    this.#call(() => this.#listener.onReady?.());
    onReady();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#deliver(message);
    if (this.#earlyEnd) this.#end(this.#earlyEnd);
  }

  get #unreachable(): Pick<CloseInfo, 'unreachable'> {
    const isAnswered = this.#isReached || this.#failure?.httpStatus !== undefined;
    return isAnswered || this.#closing ? {} : { unreachable: true };
  }

  #call(listen: () => void): void {
    try {
      listen();
    } catch (error) {
      this.#listener.onFault(error);
    }
  }

  #createSocket(
    open: OpenSocket,
    url: string,
    headers: Record<string, string>,
    sdk: SocketCallbacks,
    rawSetup: Readonly<Record<string, unknown>> | undefined,
  ): SdkSocket {
    this.#hasCredentials = true;
    const socket = open(url, headers, {
      onopen: () => {
        this.#isReached = true;
        const raw = socket.ws;
        raw?.on('pong', () => this.#onPong());
        if (this.#ended || this.#closing) raw?.close(1000);
        else sdk.onopen();
      },
      onmessage: (event) => this.#receive(event, sdk),
      ...this.#ends,
    });
    this.#socket = socket;
    if (rawSetup) patchFirstFrame(socket, rawSetup);
    if (this.#ended) queueMicrotask(() => socket.ws?.terminate());
    return socket;
  }

  readonly #ends: Pick<SocketCallbacks, 'onerror' | 'onclose'> = {
    onerror: (event) => {
      this.#failure = failureOf(event);
    },
    onclose: ({ code = 1006, reason = '' }) => {
      const info: CloseInfo = {
        code,
        reason: reason || this.#failure?.message || '',
        ...(this.#failure?.httpStatus === undefined ? {} : { httpStatus: this.#failure.httpStatus }),
        expected: this.#closing,
        ...this.#unreachable,
      };
      // The set-up was accepted: the messages that came with it are delivered before the end.
      if (this.#isAccepted && !this.#session && !this.#closing) this.#earlyEnd = info;
      else this.#end(info);
    },
  };

  /** The SDK parses frames in a promise that nobody awaits: a frame that it cannot parse would end the process. */
  #receive(event: { data: unknown }, sdk: SocketCallbacks): void {
    if (this.#ended) return;
    let text: string;
    let read: LiveServerMessage;
    try {
      text = String(event.data);
      const message = readFrame(text);
      // Tried here first: the SDK throws on a field for which LiveServerMessage has only a getter.
      read = Object.assign(new LiveServerMessage(), message);
    } catch (error) {
      this.#listener.onFault(new Error(`a frame from the Live API cannot be read: ${String(error)}`));
      return;
    }
    if (read.setupComplete) this.#isAccepted = true;
    // After the set-up the SDK would parse the same text again. For Vertex AI it also converts the message.
    if (this.#session && !this.#isVertex) this.#deliver(read);
    else sdk.onmessage({ data: text });
  }

  #deliver(message: LiveServerMessage): void {
    // The SDK repeats setupComplete to the callback before connect() resolves; it was reported by `onReady`.
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
