// Continues the calls of workers that were killed: dispatches each with the state that its worker has left in Redis.
import { delay, dispatchClient, holderOf, type Logger, roomService } from '../../src/index.js';
import type { CallStore } from './call-store.js';
import type { LiveKitAccess } from './livekit-connection.js';

export interface OrphansOptions {
  readonly store: CallStore;
  readonly livekit: LiveKitAccess;
  readonly agentName: string;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 400;
const REQUEST_WITHIN_S = 3;
/** A live holder answers within milliseconds. */
const PROBE_MS = 600;
/**
 * A worker accepts a dispatch within some 0.3 s. LiveKit offers jobs also to a worker that hangs, and asks no other one
 * when that does not answer: the dispatch is lost.
 */
const ACCEPTED_WITHIN_MS = 1_000;
const ASK_EVERY_MS = 100;
/** As many as fit into the time for which this worker alone may dispatch the call. */
const TRIES = 3;

/** @returns ends it */
export function watchOrphans(options: OrphansOptions): () => void {
  const { store, log } = options;
  let busy = false;
  const timer = setInterval(async () => {
    if (busy || !store.isThere) return;
    busy = true;
    try {
      // None waits for another: each has a time in which only this worker may take it up.
      for (const orphan of await store.orphans()) void takeUp(orphan, options);
    } catch (error) {
      log.debug({ err: error }, 'could not look for calls without a worker');
    } finally {
      busy = false;
    }
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

async function takeUp(
  { room, sealed }: { readonly room: string; readonly sealed: string },
  { store, livekit, agentName, log }: OrphansOptions,
): Promise<void> {
  try {
    const rooms = await roomService(livekit, REQUEST_WITHIN_S);
    const [[isThere], holder] = await Promise.all([
      rooms.listRooms([room]),
      holderOf({ ...livekit, room, agentName }, PROBE_MS),
    ]);
    if (!isThere) return store.forget(room);
    // Its worker lives, and only its connection to Redis is lost.
    if (holder === 'live') return;
    const dispatches = await dispatchClient(livekit, REQUEST_WITHIN_S);
    log.warn({ room }, 'the worker of a call is gone: the call is dispatched again with what was kept of it');
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const { id } = await dispatches.createDispatch(room, agentName, { metadata: sealed });
      if (await isAccepted(room, store)) return;
      await dispatches.deleteDispatch(id, room);
    }
  } catch (error) {
    log.warn({ err: error, room }, 'a call whose worker is gone could not be taken up');
  }
}

async function isAccepted(room: string, store: CallStore): Promise<boolean> {
  const endsMs = performance.now() + ACCEPTED_WITHIN_MS;
  while (performance.now() < endsMs) {
    await delay(ASK_EVERY_MS);
    if (await store.isHeld(room)) return true;
  }
  return false;
}
