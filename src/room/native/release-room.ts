// Removes a Room's listener from rtc-node's event source, which keeps it and the Room when the server ends the connection.
import type { Room } from '@livekit/rtc-node';
import { NATIVE_EVENT, nativeClient } from './native-library.js';

/** disconnect() returns early once the room is no longer connected, and leaves this undone (0.13.35). */
export function releaseRoom(room: Room): void {
  const { onFfiEvent } = room as unknown as { onFfiEvent?: (...args: unknown[]) => void };
  if (onFfiEvent) nativeClient()?.off(NATIVE_EVENT, onFfiEvent);
  room.removeAllListeners();
}
