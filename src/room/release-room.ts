// Takes a Room off rtc-node's event source: at an end that the server causes, its listener stays behind for good.
import type { Room } from '@livekit/rtc-node';

interface FfiEventSource {
  off(event: string, listener: (...args: unknown[]) => void): void;
  listenerCount(event: string): number;
}

const FFI_EVENT = 'ffi_event';

function eventSource(): FfiEventSource | undefined {
  return (globalThis as { _ffiClientInstance?: FfiEventSource })._ffiClientInstance;
}

/** disconnect() returns early once the room is no longer connected, and leaves this undone (0.13.35). */
export function releaseRoom(room: Room): void {
  const { onFfiEvent } = room as unknown as { onFfiEvent?: (...args: unknown[]) => void };
  if (onFfiEvent) eventSource()?.off(FFI_EVENT, onFfiEvent);
  room.removeAllListeners();
}

/** How many listeners rtc-node's event source has; a steady number means that nothing is left behind. */
export function nativeListenerCount(): number {
  return eventSource()?.listenerCount(FFI_EVENT) ?? 0;
}
