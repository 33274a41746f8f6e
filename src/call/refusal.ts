// Reports in the room why a call cannot begin: one `error` event, once a person is there to read it.

import type { BridgeEnd } from '../bridge/options.js';
import { RoomMessages } from '../lanes/room-messages.js';
import type { Problem } from '../profile/profile.js';
import type { RoomPort } from '../room/port.js';
import type { Logger } from '../util/log.js';

const WAIT_FOR_READER_MS = 5_000;

export interface RefusalContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export async function refuseInRoom(
  room: RoomPort,
  problems: readonly Problem[],
  context: RefusalContext,
): Promise<BridgeEnd> {
  const message = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  context.log.error({ problems }, 'the profile was refused');
  await reportRefusal(room, { code: 'profile', message }, context);
  return { reason: 'refused', detail: `the profile is wrong: ${message}` };
}

/** Sends one `error` event as soon as a person is there, or after 5 s. */
export async function reportRefusal(
  room: RoomPort,
  { code, message }: { readonly code: string; readonly message: string },
  { signal, log }: RefusalContext,
): Promise<void> {
  await personIsThere(room, signal);
  const messages = new RoomMessages({
    room,
    profile: {
      events: { packets: false, to: 'everyone' },
      captions: { user: false, agent: false, packets: false },
    },
    log,
  });
  messages.event({ type: 'error', code, message, fatal: true });
  await messages.close();
}

export function hasReader(room: RoomPort): boolean {
  return room.participants().some(({ kind }) => kind !== 'agent');
}

function personIsThere(room: RoomPort, signal: AbortSignal): Promise<void> {
  if (hasReader(room) || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      detach();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, WAIT_FOR_READER_MS);
    const detach = room.onEvent((event) => {
      if (event.type === 'closed' || event.type === 'participant-joined') done();
    });
    signal.addEventListener('abort', done, { once: true });
  });
}
