// The room in the page's address: people who open the same link meet in the same room.

const ROOM = /^[\w.-]{1,64}$/;

/** The address's room; where it names none, a new one that is written into it. */
export function roomOfAddress(): string {
  const url = new URL(location.href);
  const named = url.searchParams.get('room') ?? '';
  if (ROOM.test(named)) return named;
  const room = `room-${crypto.randomUUID().slice(0, 8)}`;
  url.searchParams.set('room', room);
  history.replaceState(null, '', url);
  return room;
}
