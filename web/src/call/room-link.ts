// The room in the page's address: people who open the same link meet in the same room.
import { randomName } from './names.js';

const ROOM = /^[\w.-]{1,64}$/;

/** The address's room; where it names none, a new one that is written into it. */
export function roomOfAddress(): string {
  const url = new URL(location.href);
  const named = url.searchParams.get('room') ?? '';
  if (ROOM.test(named)) return named;
  const room = `room-${randomName(8)}`;
  url.searchParams.set('room', room);
  history.replaceState(null, '', url);
  return room;
}
