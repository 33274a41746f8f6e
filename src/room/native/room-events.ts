// What a Room of rtc-node is handed of its native events: its own, in an order that it can take, and no refused streams.
import type { Room } from '@livekit/rtc-node';
import { TOPIC_TOOL_RESPONSE } from '../../protocol/topics.js';
import type { Logger } from '../../util/log.js';
import {
  byPrivatePart,
  type NativeEvent,
  nativeBindings,
  type RoomInternals,
  roomInternals,
} from './native-library.js';

/** Those that a Room acts on (0.13.35); the rest would pass through its lock, one promise after another, for nothing. */
const ROOM_EVENTS: ReadonlySet<string | undefined> = new Set(['roomEvent', 'rpcMethodInvocation']);
/**
 * Messages of a room on which rtc-node 0.13.35 does not act. Each packet of a data stream is one, also of a stream that is
 * refused, and every Room of the process would queue for its lock at each.
 */
const UNREAD_MESSAGES: ReadonlySet<string | undefined> = new Set([
  'streamHeaderReceived',
  'streamChunkReceived',
  'streamTrailerReceived',
  'transcriptionReceived',
  'dataChannelLowThresholdChanged',
]);
/** Tracks of participants who are not known yet: more than this is no race but an attack, or a fault. */
const MOST_HELD = 256;

interface RoomMessage {
  readonly case?: string;
  readonly value?: {
    readonly participantIdentity?: string;
    /** Of `trackPublished`, `trackUnpublished`, and `trackMuted`. */
    readonly publication?: { readonly info?: { readonly sid?: string } };
    readonly publicationSid?: string;
    readonly trackSid?: string;
    /** Of `e2eeStateChanged`. */
    readonly state?: number;
    readonly info?: { readonly info?: { readonly identity?: string } };
    /** Of a data packet. */
    readonly value?: { readonly case?: string; readonly value?: UserPacket };
    readonly reader?: {
      readonly handle?: { readonly id?: bigint };
      readonly info?: Partial<OpenedText> & { readonly topic?: string };
    };
  };
}

interface UserPacket {
  readonly topic?: string;
  readonly data?: { readonly handle?: { readonly id?: bigint } };
}

export interface RoomEventsOptions {
  /** Whether a stream that this participant opens is read; one that is not costs nothing but this question. */
  readonly admits: (identity: string, topic: string) => boolean;
  /** A text stream has been opened that has files: rtc-node does not pass on which they are. */
  readonly onText?: (text: OpenedText) => void;
  /** The state of a participant's decryption, by LiveKit's number: rtc-node does not pass it on. */
  readonly onDecryption?: (identity: string, state: number) => void;
  readonly log: Logger;
}

export interface OpenedText {
  readonly streamId: string;
  /** The streams of the files that belong to it. */
  readonly attachedStreamIds: readonly string[];
}

/** Call it before connect(), which hands the listener to rtc-node's event source. */
export function handleRoomEvents(room: Room, { admits, onText, onDecryption, log }: RoomEventsOptions): void {
  const internals = byPrivatePart(
    'Room.onFfiEvent',
    'every event costs a lock and a refused stream a reader; what a room that the server ended has held is kept',
    log,
    () => roomInternals(room),
  );
  if (!internals) return;
  const { onFfiEvent, processFfiEvent } = internals;
  internals.processFfiEvent = inOrder(room, processFfiEvent, log);
  internals.onFfiEvent = (event) => {
    if (!ROOM_EVENTS.has(event.message.case)) return undefined;
    if (UNREAD_MESSAGES.has(messageOf(event)?.case)) return undefined;
    if (isRefusedStream(event, internals, admits) || isUnreadPacket(event, internals)) return undefined;
    if (onDecryption) reportDecryption(event, internals, onDecryption);
    const text = openedText(event);
    if (text) onText?.(text);
    return onFfiEvent(event);
  };
}

function reportDecryption(
  event: NativeEvent,
  { ffiHandle }: RoomInternals,
  report: (identity: string, state: number) => void,
): void {
  const message = messageOf(event);
  if (message?.case !== 'e2eeStateChanged') return;
  // Every Room of the process is handed every event: the participant may be in another room.
  if ((event.message.value as { readonly roomHandle?: bigint }).roomHandle !== ffiHandle?.handle) return;
  const { participantIdentity, state } = message.value ?? {};
  if (participantIdentity !== undefined && state !== undefined) report(participantIdentity, state);
}

function openedText(event: NativeEvent): OpenedText | undefined {
  const message = messageOf(event);
  const { streamId, attachedStreamIds = [] } = message?.value?.reader?.info ?? {};
  if (message?.case !== 'textStreamOpened' || streamId === undefined) return undefined;
  return attachedStreamIds.length > 0 ? { streamId, attachedStreamIds } : undefined;
}

/** A packet that nobody reads would pass through the room's lock, and its bytes would be copied. */
function isUnreadPacket(event: NativeEvent, internals: RoomInternals): boolean {
  const message = messageOf(event);
  if (message?.case !== 'dataPacketReceived' || !isOf(internals, event)) return false;
  const packet = message.value?.value;
  const id = packet?.value?.data?.handle?.id;
  if (packet?.case !== 'user' || packet.value?.topic === TOPIC_TOOL_RESPONSE) return false;
  return id !== undefined && dispose(id);
}

/** Every Room of the process is handed every event. */
function isOf({ ffiHandle }: RoomInternals, event: NativeEvent): boolean {
  return (event.message.value as { readonly roomHandle?: bigint }).roomHandle === ffiHandle?.handle;
}

/** False where this version cannot: rtc-node is left to do so. */
function dispose(id: bigint): boolean {
  const bindings = nativeBindings();
  if (typeof bindings?.FfiHandle !== 'function') return false;
  new bindings.FfiHandle(id).dispose();
  return true;
}

/**
 * A stream that is refused here needs neither a reader nor a listener on the event source: with thousands of listeners
 * every frame of audio takes milliseconds, and the voice falls silent.
 */
function isRefusedStream(
  event: NativeEvent,
  internals: RoomInternals,
  admits: RoomEventsOptions['admits'],
): boolean {
  const message = messageOf(event);
  if (message?.case !== 'textStreamOpened' && message?.case !== 'byteStreamOpened') return false;
  if (!isOf(internals, event)) return false;
  const { participantIdentity = '', reader } = message.value ?? {};
  const id = reader?.handle?.id;
  if (id === undefined || admits(participantIdentity, reader?.info?.topic ?? '')) return false;
  return dispose(id);
}

/**
 * rtc-node throws (TypeError) on a track whose participant it does not know yet, and an exception among the events
 * from before the connection keeps every later one from being looked at.
 */
function inOrder(
  room: Room,
  process: (event: NativeEvent) => Promise<void>,
  log: Logger,
): (event: NativeEvent) => Promise<void> {
  const held: { readonly identity: string; readonly sid: string | undefined; readonly event: NativeEvent }[] =
    [];
  const safely = async (event: NativeEvent): Promise<void> => {
    try {
      await process(event);
    } catch (error) {
      log.warn({ err: error, event: messageOf(event)?.case }, 'rtc-node could not take an event');
    }
  };
  return async (event) => {
    const message = messageOf(event);
    const identity = message?.value?.participantIdentity;
    const isHeld = held.some((entry) => entry.identity === identity);
    const waits =
      message?.case === 'trackPublished' ||
      (isHeld && (message?.case === 'trackMuted' || message?.case === 'trackUnmuted'));
    if (waits && identity && !room.remoteParticipants.has(identity)) {
      if (held.length < MOST_HELD) held.push({ identity, sid: sidOf(message), event });
      return;
    }
    if (message?.case === 'participantDisconnected' || message?.case === 'trackUnpublished') {
      const sid = message.case === 'trackUnpublished' ? sidOf(message) : undefined;
      const isGone = (entry: (typeof held)[number]): boolean =>
        entry.identity === identity && (sid === undefined || entry.sid === sid);
      for (let at = held.findIndex(isGone); at >= 0; at = held.findIndex(isGone)) held.splice(at, 1);
    }
    await safely(event);
    if (message?.case !== 'participantConnected' || held.length === 0) return;
    const known = held.filter((entry) => room.remoteParticipants.has(entry.identity));
    for (const entry of known) {
      held.splice(held.indexOf(entry), 1);
      await safely(entry.event);
    }
  };
}

/** Of the track that the event is about. */
function sidOf({ value }: RoomMessage): string | undefined {
  return value?.publication?.info?.sid ?? value?.publicationSid ?? value?.trackSid;
}

function messageOf(event: NativeEvent): RoomMessage | undefined {
  if (event.message.case !== 'roomEvent') return undefined;
  return (event.message.value as { readonly message?: RoomMessage }).message;
}
