// Keeps a Room from looking at every event of rtc-node: nine of ten are frames of audio, which are none of its business.
import type { Room } from '@livekit/rtc-node';
import type { NativeEvent } from './native-library.js';

type NativeListener = (event: NativeEvent) => unknown;

/** Those that a Room acts on (0.13.35); the rest passes through its lock, one promise after another, for nothing. */
const ROOM_EVENTS: ReadonlySet<string | undefined> = new Set(['roomEvent', 'rpcMethodInvocation']);

export interface OpenedText {
  readonly streamId: string;
  /** The streams of the files that belong to it. */
  readonly attachedStreamIds: readonly string[];
}

/**
 * Call it before connect(), which hands the listener to rtc-node's event source.
 *
 * @param onText a text stream has been opened that has files: rtc-node does not pass on which they are
 */
export function narrowEvents(room: Room, onText: (text: OpenedText) => void = () => {}): void {
  const internals = room as unknown as { onFfiEvent?: NativeListener };
  const listener = internals.onFfiEvent;
  if (!listener) return;
  internals.onFfiEvent = (event) => {
    if (!ROOM_EVENTS.has(event.message.case)) return undefined;
    const info = openedText(event);
    if (info && info.attachedStreamIds.length > 0) onText(info);
    return listener(event);
  };
}

interface RoomMessage {
  readonly case?: string;
  readonly value?: { readonly reader?: { readonly info?: OpenedText } };
}

function openedText({ message }: NativeEvent): OpenedText | undefined {
  const inner = (message.value as { readonly message?: RoomMessage } | undefined)?.message;
  return inner?.case === 'textStreamOpened' ? inner.value?.reader?.info : undefined;
}
