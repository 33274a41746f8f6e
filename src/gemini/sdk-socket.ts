// The socket inside the SDK's session, and classification of its errors.
import type { Session } from '@google/genai';

/** The `ws` socket inside the SDK's wrapper. */
export interface RawSocket {
  readonly bufferedAmount: number;
  close(code?: number): void;
  terminate(): void;
  ping(): void;
  on(event: 'pong', listener: () => void): void;
}

export interface SocketCallbacks {
  onopen: () => void;
  onerror: (event: unknown) => void;
  onmessage: (event: { data: unknown }) => void;
  onclose: (event: { code?: number; reason?: string }) => void;
}

export interface SdkSocket {
  connect(): void;
  send(message: string): void;
  close(): void;
  readonly ws?: RawSocket;
}

/** The socket of a session that the SDK has opened itself: it can be written to and closed, and no more. */
export function socketOf(session: Session, onPong: () => void): SdkSocket {
  const close = (): void => session.close();
  return {
    connect: () => {},
    send: (message) => session.conn.send(message),
    close,
    // It cannot be asked whether it is alive: pings without an answer would end every connection.
    ws: { bufferedAmount: 0, close, terminate: close, ping: () => queueMicrotask(onPong), on: () => {} },
  };
}

const NETWORK_FAILURES =
  /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|socket|fetch failed|network|timeout|status code (429|5\d\d)/i;

/** A key file that is missing or wrong: its path and content stand in the message, and may contain any word. */
const FILE_FAILURES = /\b(ENOENT|EACCES|EPERM|EISDIR|ENOTDIR)\b|credential file|default credentials/;

/** Fetching an access token for Vertex AI may fail because of the network; a later attempt can succeed. */
export function isOfTheNetwork(error: unknown): boolean {
  const { message, code, status, cause } = error as Record<string, unknown>;
  if (typeof status === 'number' && (status === 429 || status >= 500)) return true;
  const words = `${String(code)} ${String(message)} ${String((cause as { code?: unknown })?.code)}`;
  return !FILE_FAILURES.test(words) && NETWORK_FAILURES.test(words);
}

export function failureOf(event: unknown): { message: string; httpStatus?: number } {
  const message = String((event as { message?: unknown } | undefined)?.message ?? 'connection failed');
  const status = /Unexpected server response: (\d{3})/.exec(message)?.[1];
  return status ? { message, httpStatus: Number(status) } : { message };
}

/** Adds fields to the `setup` frame, which is the first one that is sent. */
export function patchFirstFrame(socket: SdkSocket, rawSetup: Readonly<Record<string, unknown>>): void {
  const send = socket.send.bind(socket);
  socket.send = (frame) => {
    socket.send = send;
    const message = JSON.parse(frame) as { setup: { generationConfig?: object } };
    const setup = { ...message.setup, ...rawSetup };
    if (rawSetup.generationConfig) {
      setup.generationConfig = { ...rawSetup.generationConfig, ...message.setup.generationConfig };
    }
    send(JSON.stringify({ ...message, setup }));
  };
}
