// A client of the local Live API by the real SDK, which keeps every message and lets tests wait for them.
import { GoogleGenAI, type LiveConnectConfig, type LiveServerMessage, type Session } from '@google/genai';

export interface ReceivedMessage {
  /** Milliseconds since connect() was called. */
  readonly atMs: number;
  readonly message: LiveServerMessage;
}

export interface SdkClient extends AsyncDisposable {
  readonly session: Session;
  readonly received: readonly ReceivedMessage[];
  readonly messages: readonly LiveServerMessage[];
  readonly closed: Promise<{ code: number; reason: string }>;
  nowMs(): number;
  /** The first message that fits, past or to come, from position `from` on. Rejects when the socket closes first. */
  waitFor(fits: (message: LiveServerMessage) => boolean, from?: number): Promise<LiveServerMessage>;
}

export interface ConnectOptions {
  readonly model?: string;
  readonly config?: LiveConnectConfig;
  readonly apiKey?: string;
  readonly apiVersion?: string;
}

/** Rejects when the socket closes before setupComplete, for which the SDK itself would wait without a limit. */
export async function connectSdk(url: string, options: ConnectOptions = {}): Promise<SdkClient> {
  const startMs = performance.now();
  const received: ReceivedMessage[] = [];
  const waiters = new Set<() => void>();
  let close: { code: number; reason: string } | undefined;
  let onClosed: (close: { code: number; reason: string }) => void = () => undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    onClosed = resolve;
  });
  const wake = () => {
    for (const waiter of [...waiters]) waiter();
  };
  const ai = new GoogleGenAI({
    apiKey: options.apiKey ?? 'test-key',
    httpOptions: { baseUrl: url, apiVersion: options.apiVersion ?? 'v1beta' },
  });
  const connecting = ai.live.connect({
    model: options.model ?? 'gemini-3.8-live',
    config: { ...options.config },
    callbacks: {
      onmessage: (message) => {
        received.push({ atMs: performance.now() - startMs, message });
        wake();
      },
      onerror: () => undefined,
      onclose: ({ code, reason }) => {
        close = { code, reason };
        onClosed(close);
        wake();
      },
    },
  });
  const session = await Promise.race([
    connecting,
    closed.then(({ code, reason }) => {
      throw Object.assign(new Error(`closed before setupComplete: ${code} ${reason}`), { code, reason });
    }),
  ]);
  const waitFor: SdkClient['waitFor'] = (fits, from = 0) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = received.slice(from).find(({ message }) => fits(message));
        if (!found && !close) return;
        waiters.delete(look);
        if (found) resolve(found.message);
        else
          reject(
            new Error(`closed (${close?.code} ${close?.reason}) before the message that was waited for`),
          );
      };
      waiters.add(look);
      look();
    });
  return {
    session,
    received,
    get messages() {
      return received.map(({ message }) => message);
    },
    closed,
    nowMs: () => performance.now() - startMs,
    waitFor,
    async [Symbol.asyncDispose]() {
      session.close();
      await closed;
    },
  };
}

export const isTurnComplete = (message: LiveServerMessage) => message.serverContent?.turnComplete === true;
export const isSetupComplete = (message: LiveServerMessage) => message.setupComplete !== undefined;

/** What the model said, by its transcription. */
export const spoken = (messages: readonly LiveServerMessage[]) =>
  messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
