// Removes a Room's listener from rtc-node's event source, which keeps it and the Room when the server ends the connection.
import type { Room } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { byPrivatePart, NATIVE_EVENT, nativeClient, roomInternals } from './native-library.js';

/** disconnect() returns early once the room is no longer connected, and leaves this undone (0.13.35). */
export function releaseRoom(room: Room, log?: Pick<Logger, 'warn'>): void {
  byPrivatePart('Room.onFfiEvent', 'a room that the server has ended is kept in memory', log, () => {
    const internals = roomInternals(room);
    // Without a client nothing has ever connected.
    if (internals) nativeClient()?.off(NATIVE_EVENT, internals.onFfiEvent);
    return internals;
  });
  room.removeAllListeners();
}
