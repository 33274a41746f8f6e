// What a room is told when its profile is wrong: one event that names each field, once somebody is there to read it.
import { RoomMessages } from './attach/room-messages.js';
import type { BridgeEnd } from './bridge-options.js';
import type { Problem } from './config/profile.js';
import type { RoomPort } from './room/port.js';
import type { Logger } from './util/log.js';

const WAIT_FOR_READER_MS = 5_000;

export async function refuseInRoom(
  room: RoomPort,
  problems: readonly Problem[],
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<BridgeEnd> {
  const message = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  log.error({ problems }, 'the profile was refused');
  await somebodyIsThere(room, signal);
  const messages = new RoomMessages({ room, profile: { events: { packets: false, to: 'everyone' } }, log });
  messages.event({ type: 'error', code: 'profile', message, fatal: true });
  await messages.close();
  return { reason: 'refused', detail: `the profile is wrong: ${message}` };
}

function somebodyIsThere(room: RoomPort, signal: AbortSignal): Promise<void> {
  if (room.participants().some(({ kind }) => kind !== 'agent')) return Promise.resolve();
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
