// A bare WebSocket client, for what the SDK would not send and to see how connections end.
import { WebSocket } from 'ws';

export interface RawClient {
  readonly socket: WebSocket;
  readonly messages: readonly Record<string, unknown>[];
  /** Frames that are no JSON. */
  readonly garbage: readonly string[];
  readonly errors: readonly string[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: unknown): void;
  /** The first message with this key, past or to come; rejects when the socket closes first. */
  next(key: string): Promise<Record<string, unknown>>;
}

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

export interface RawOptions {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Sent once the socket is open. */
  readonly setup?: object;
}

export function rawClient(
  url: string,
  { path = `${PATH}?key=k`, headers = {}, setup }: RawOptions = {},
): RawClient {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
  const messages: Record<string, unknown>[] = [];
  const listeners = new Set<() => void>();
  let ended = false;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      ended = true;
      resolve({ code, reason: reason.toString() });
      for (const listener of [...listeners]) listener();
    });
  });
  const errors: string[] = [];
  socket.on('error', ({ message }) => errors.push(message));
  const garbage: string[] = [];
  socket.on('message', (data) => {
    const text = data.toString();
    try {
      messages.push(JSON.parse(text) as Record<string, unknown>);
    } catch {
      garbage.push(text);
    }
    for (const listener of [...listeners]) listener();
  });
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  if (setup) socket.on('open', () => send({ setup }));
  return {
    socket,
    messages,
    garbage,
    errors,
    closed,
    send,
    next: (key) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.find((message) => key in message);
          if (!found && !ended) return;
          listeners.delete(look);
          if (found) resolve(found);
          else reject(new Error(`closed before ${key}`));
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Opens a session and waits until it is ready. */
export async function openRaw(url: string, setup: object = {}): Promise<RawClient> {
  const client = rawClient(url, { setup: { model: 'models/gemini-3.8-live', ...setup } });
  await client.next('setupComplete');
  return client;
}
