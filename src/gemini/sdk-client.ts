// The one place that reaches into @google/genai: its client, whose sessions connect through sockets made here.
import * as sdk from '@google/genai';
import { WebSocket } from 'ws';
import { type ProxiedSocket, socketProxy, throughProxy } from '../config/proxy.js';
import type { Logger } from '../util/log.js';
import { warnOnce } from '../util/warn-once.js';
import type { SdkSocket, SocketCallbacks } from './sdk-socket.js';

type Options = sdk.GoogleGenAIOptions & { readonly apiKey?: string };

/** As the SDK's own: makes a socket that it then has connect. */
export interface SocketFactory {
  create(url: string, headers: Record<string, string>, callbacks: SocketCallbacks): SdkSocket;
}

export type OpenSocket = SocketFactory['create'];

const TOKEN = 'auth_tokens/';
/** Stands in the SDK's hands for an ephemeral token: with a real one it prints two warnings at each connection. */
const INSTEAD_OF_TOKEN = 'instead-of-token';

export class SdkClient extends sdk.GoogleGenAI {
  readonly #options: Options;
  readonly #token: string | undefined;
  readonly #log: Pick<Logger, 'warn'> | undefined;

  constructor(options: Options, log?: Pick<Logger, 'warn'>) {
    const isToken = options.apiKey?.startsWith(TOKEN) ?? false;
    super(isToken ? { ...options, apiKey: INSTEAD_OF_TOKEN } : options);
    this.#options = options;
    this.#token = isToken ? options.apiKey : undefined;
    this.#log = log;
  }

  /**
   * The SDK's Live with sockets that `wrap` makes. The SDK has no option for them; its Live takes a factory and what
   * the client keeps for subclasses (2.32.0).
   *
   * @returns undefined where this version has neither: then see `plain`
   */
  liveThrough(wrap: (open: OpenSocket) => SocketFactory): Pick<sdk.Live, 'connect'> | undefined {
    // From the namespace: an export that is missing must not keep the module from being loaded.
    const { Live } = sdk as { readonly Live?: typeof sdk.Live };
    const auth = this.apiClient?.clientOptions?.auth;
    if (typeof Live !== 'function' || typeof auth?.addAuthHeaders !== 'function') {
      warnOnce(
        this.#log,
        '@google/genai: Live',
        "the SDK's own sockets are used; dead connections are noticed later, and the service gets no reason when one ends",
      );
      return undefined;
    }
    const open: OpenSocket = (url, headers, callbacks) =>
      new BoundedSocket(this.#addressOf(url), headers, callbacks);
    return new Live(this.apiClient, auth, wrap(open));
  }

  /** The SDK as it is, with all that it prints. */
  get plain(): Pick<sdk.Live, 'connect'> {
    return this.#token === undefined ? this.live : new sdk.GoogleGenAI({ ...this.#options }).live;
  }

  /** Where the service takes ephemeral tokens: with one it does not demand v1alpha, as the SDK says it does. */
  #addressOf(url: string): string {
    if (this.#token === undefined) return url;
    const [address, end] = url.split(`.BidiGenerateContent?key=${INSTEAD_OF_TOKEN}`);
    if (end !== '') throw new Error('@google/genai connects to an address of another form than expected');
    return `${address}.BidiGenerateContentConstrained?access_token=${this.#token}`;
  }
}

/** A message of the service has some hundred KB at most; a longer one would block the event loop while it is parsed. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** As the SDK's own, with a limit for frames and without compression, in which a small frame could hold a large one. */
class BoundedSocket implements SdkSocket {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #callbacks: SocketCallbacks;
  readonly #proxy: ProxiedSocket | undefined;
  readonly #ended = new AbortController();
  ws?: WebSocket;

  constructor(url: string, headers: Record<string, string>, callbacks: SocketCallbacks) {
    this.#url = url;
    this.#headers = headers;
    this.#callbacks = callbacks;
    // Before it connects: a wrong proxy variable is a fault of the configuration, not a loss that is tried again.
    this.#proxy = socketProxy(url, this.#ended.signal);
  }

  connect(): void {
    const ws = new WebSocket(this.#url, {
      headers: this.#headers,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      // Thousands of messages in one chunk would hold up the voice: between two of them the event loop turns.
      allowSynchronousEvents: false,
      ...(this.#proxy ? { agent: this.#proxy.agent } : {}),
    });
    const { onopen, onerror, onclose, onmessage } = this.#callbacks;
    ws.onopen = onopen;
    ws.onerror = (event) => {
      onerror(this.#named(event));
      // After a frame that ws refuses it reads and drops the rest, up to 30 s, and reports the end only then.
      if (ws.readyState !== WebSocket.CONNECTING) ws.terminate();
    };
    // ws does not know the connection to a proxy that has not answered yet, which would stay open.
    ws.on('close', () => this.#ended.abort());
    ws.onclose = onclose;
    ws.onmessage = onmessage;
    this.ws = ws;
  }

  /** Says that the error may be of the proxy: its answers look like the service's. */
  #named(event: { readonly message: string }): { readonly message: string } {
    return this.#proxy ? { message: throughProxy(event.message, this.#proxy) } : event;
  }

  send(message: string): void {
    if (!this.ws) throw new Error('WebSocket is not connected');
    this.ws.send(message);
  }

  close(): void {
    if (!this.ws) throw new Error('WebSocket is not connected');
    this.ws.close();
  }
}
