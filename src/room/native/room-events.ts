// Keeps a Room from looking at every event of rtc-node: nine of ten are frames of audio, which are none of its business.
import type { Room } from '@livekit/rtc-node';
import type { NativeEvent } from './native-library.js';

type NativeListener = (event: NativeEvent) => unknown;

/** Those that a Room acts on (0.13.35); the rest passes through its lock, one promise after another, for nothing. */
const ROOM_EVENTS: ReadonlySet<string | undefined> = new Set(['roomEvent', 'rpcMethodInvocation']);

/** Call it before connect(), which hands the listener to rtc-node's event source. */
export function narrowEvents(room: Room): void {
  const internals = room as unknown as { onFfiEvent?: NativeListener };
  const listener = internals.onFfiEvent;
  if (!listener) return;
  internals.onFfiEvent = (event) => (ROOM_EVENTS.has(event.message.case) ? listener(event) : undefined);
}
