// Brings the agent into a room exactly once, also when several clients request it at the same time.

import { ensureAgent, roomService } from '../../src/index.js';

export interface Agents {
  /**
   * Dispatches the agent with this metadata unless it is in the room, and again when it does not join.
   * `dispatched` resolves when the room exists and the agent is dispatched; `there` when it has joined.
   */
  ensure(
    room: string,
    metadata: string,
  ): { readonly dispatched: Promise<void>; readonly there: Promise<void> };
  /** Whether a participant with this identity is in the room. */
  isPresent(room: string, identity: string): Promise<boolean>;
  close(): void;
}

export interface AgentsOptions {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Empty: the agent joins every room automatically. */
  readonly agentName: string;
}

/** A worker that restarts is back by then. */
const ENSURE_WITHIN_MS = 30_000;

export function livekitAgents(connection: AgentsOptions): Agents {
  const { agentName } = connection;
  const closing = new AbortController();
  const running = new Map<string, ReturnType<Agents['ensure']>>();

  const begin = (room: string, metadata: string): ReturnType<Agents['ensure']> => {
    const { signal } = closing;
    let resolve = (): void => {};
    let reject = (_error: unknown): void => {};
    const dispatched = new Promise<void>((onDispatched, onFailed) => {
      resolve = onDispatched;
      reject = onFailed;
    });
    const there = ensureAgent(room, {
      livekit: connection,
      agentName,
      profile: metadata,
      totalMs: ENSURE_WITHIN_MS,
      signal,
      onDispatched: () => resolve(),
    }).then(
      () => resolve(),
      (error: unknown) => {
        reject(error);
        throw error;
      },
    );
    // A caller that only waits for the dispatch leaves this one unhandled.
    there.catch(() => {});
    dispatched.catch(() => {});
    return { dispatched, there };
  };

  return {
    ensure: (room, metadata) => {
      if (agentName === '') return { dispatched: Promise.resolve(), there: Promise.resolve() };
      const known = running.get(room);
      if (known) return known;
      const begun = begin(room, metadata);
      running.set(room, begun);
      const forget = (): void => void running.delete(room);
      begun.there.then(forget, forget);
      return begun;
    },
    isPresent: async (room, identity) => {
      try {
        await (await roomService(connection)).getParticipant(room, identity);
        return true;
      } catch (error) {
        const { status, code } = error as { status?: number; code?: string };
        if (status === 404 || code === 'not_found') return false;
        throw error;
      }
    },
    close: () => closing.abort(new Error('the web server ends')),
  };
}
