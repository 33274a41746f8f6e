// The interface of a room: participants, their tracks, the agent's voice, and messages, without an SDK.
import type { PcmChunk } from '../audio/pcm.js';
import type { RtcStats, SessionMessage, SessionRequest } from './session-messages.js';

export type ParticipantKind = 'standard' | 'agent' | 'sip' | 'ingress' | 'egress' | 'other';

/** A participant of the room. Name and attributes come from clients and are untrusted. */
export interface Participant {
  readonly identity: string;
  readonly kind: ParticipantKind;
  /** As the participant's token or client sets it. Untrusted. */
  readonly name?: string;
  /** Untrusted: clients may be allowed to set them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Its token hides it from the others. */
  readonly hidden?: true;
}

export type TrackSource = 'microphone' | 'screen-audio' | 'camera' | 'screen' | 'other';

export interface RemoteTrack {
  readonly sid: string;
  readonly identity: string;
  readonly source: TrackSource;
  readonly kind: 'audio' | 'video';
  readonly muted: boolean;
}

/** The microphones of softer speakers in a chunk of several, with their level. */
export type Overlap = readonly { readonly who: RemoteTrack; readonly level: number }[];

/** One picture of a video track. */
export interface Picture {
  /** RGB, three bytes a pixel, row by row from the top. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** How far it has to be turned clockwise to be upright, in degrees. */
  readonly rotation: 0 | 90 | 180 | 270;
}

/** The largest picture that is looked at, upright or not: a larger one would block the event loop and take hundreds of MB. */
const MAX_EDGE = 4_096;
const MAX_PIXELS = 4_096 * 2_304;

export function isTooLarge(width: number, height: number): boolean {
  return Math.max(width, height) > MAX_EDGE || width * height > MAX_PIXELS;
}

export class PictureTooLarge extends Error {
  override readonly name = 'PictureTooLarge';

  constructor(width: number, height: number) {
    super(`a picture of ${width} x ${height} is too large: at most 4096 x 2304 is looked at`);
  }
}

/** A video track that is received; costs what decoding it costs until it is closed. */
export interface Watch {
  /**
   * The next picture; undefined where none comes within a second. One at a time.
   * @param againInMs when the next one will be wanted: a video need not be received in between
   * @throws PictureTooLarge
   */
  grab(againInMs?: number): Promise<Picture | undefined>;
  close(): void;
}

/** Something that a client has sent and that cannot be used. */
export interface Refusal {
  readonly identity: string;
  /** Of the `error` event that says so. */
  readonly code: 'pre_connect_audio' | 'picture' | 'not_heard';
  /** In words for the client. */
  readonly reason: string;
}

export type FrameListener = (chunk: PcmChunk) => void;

export type RoomEvent =
  | { readonly type: 'participant-joined'; readonly participant: Participant }
  | { readonly type: 'participant-left'; readonly participant: Participant }
  | { readonly type: 'track-started'; readonly track: RemoteTrack }
  | { readonly type: 'track-stopped'; readonly track: RemoteTrack }
  | { readonly type: 'track-muted'; readonly track: RemoteTrack }
  /** Cameras or screens have come, gone, or been switched on or off: see videos(). */
  | { readonly type: 'videos-changed' }
  | { readonly type: 'active-speakers'; readonly identities: readonly string[] }
  /** A participant has allowed or refused a tool call by an attribute of theirs. */
  | { readonly type: 'approval'; readonly identity: string; readonly id: string; readonly ok: boolean }
  /** A key of a telephone (DTMF): a digit, *, # or A to D. */
  | { readonly type: 'key'; readonly identity: string; readonly key: string }
  | { readonly type: 'chat'; readonly identity: string; readonly text: string }
  /** A text stream or a data packet on one of the topics that the agent reads. */
  | { readonly type: 'message'; readonly topic: string; readonly identity: string; readonly text: string }
  /** A file that a participant has sent in the chat. */
  | {
      readonly type: 'picture';
      readonly identity: string;
      readonly name: string;
      readonly mimeType: string;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'session-request'; readonly identity: string; readonly request: SessionRequest }
  | ({ readonly type: 'refused' } & Refusal)
  /** A stream or packet of this participant is not read: they may not send on the topic, or have too many open. */
  | { readonly type: 'stream-refused'; readonly topic: string; readonly identity: string }
  /** Whose tracks can be decrypted has changed: see unreadable(). */
  | { readonly type: 'unreadable-changed' }
  | { readonly type: 'connection'; readonly state: 'reconnecting' | 'reconnected' }
  /** The room is over for us; nothing follows. */
  | { readonly type: 'closed'; readonly reason: string };

/** The reason of `closed` where the connection was open and carried nothing. */
export const STALE_CONNECTION = 'STALE_CONNECTION';

export interface TextOptions {
  readonly topic: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** In whose name it is sent; the agent's own where omitted. */
  readonly senderIdentity?: string;
  /** Everyone where omitted. */
  readonly to?: readonly string[];
  /** Clients take streams of one id for states of one message; a random one where omitted. */
  readonly streamId?: string;
}

/** One state of a caption as a transcription packet, which clients without text streams read. */
export interface TranscriptionPacket {
  readonly id: string;
  readonly text: string;
  readonly final: boolean;
  /** Whose words they are. */
  readonly identity: string;
  readonly trackSid: string;
}

/** The agent's published track. Frames are PCM16 mono at 24 kHz. */
export interface Voice {
  readonly trackSid: string;
  /**
   * Takes one frame of at most 20 ms and resolves when there is room for the next.
   * One at a time: a second call before that loses its frame.
   */
  capture(samples: Int16Array): Promise<void>;
  /** Drops what was captured and not yet played, at once. */
  clear(): void;
  /** How much of what was captured is still to be played, in ms. */
  readonly queuedMs: number;
  /** Resolves when a participant is subscribed to the track. */
  waitForListener(signal: AbortSignal): Promise<void>;
}

export interface UnreadableTracks {
  readonly identities: ReadonlySet<string>;
  /** The agent has a key, but another one. */
  readonly hasKey: boolean;
}

export interface RpcCall {
  readonly callerIdentity: string;
  readonly payload: string;
}

export interface RoomPort {
  readonly name: string;
  readonly identity: string;
  participants(): readonly Participant[];
  /** Tracks of others that are subscribed now. */
  tracks(): readonly RemoteTrack[];
  /**
   * Only audio tracks for which `mayHear` holds are received: of these one microphone for each person, and 16 in all.
   * Asked again for each track whenever one changes; call it again when its answers would be others.
   */
  select(mayHear: (track: RemoteTrack) => boolean): void;
  /** Whose text streams and packets are read, by topic; asked when one opens. Everyone's until it is called. */
  admitStreams(may: (identity: string, topic: string) => boolean): void;
  /** Whose tracks are end-to-end encrypted and cannot be decrypted now: nothing of them is delivered. */
  unreadable(): UnreadableTracks;
  onEvent(listener: (event: RoomEvent) => void): () => void;
  /**
   * Frames of 20 ms, 16 kHz mono, until the returned function is called or the track ends. What a client has
   * recorded before the agent was there comes first, faster than it was spoken.
   */
  listen(trackSid: string, onFrame: FrameListener): () => void;
  /** Published cameras and screens of people, whether or not they are received. */
  videos(): readonly RemoteTrack[];
  /** Receives a video track until the watch is closed. */
  watch(trackSid: string): Watch;
  /** @throws an error that names the deadline, or the signal's reason */
  publishVoice(signal?: AbortSignal): Promise<Voice>;
  sendText(text: string, options: TextOptions): Promise<void>;
  /** A reliable data packet, for clients without text streams. */
  sendPacket(bytes: Uint8Array, options: { topic: string; to?: readonly string[] }): Promise<void>;
  sendTranscription(packet: TranscriptionPacket): Promise<void>;
  sendSession(message: SessionMessage): Promise<void>;
  rtcStats(): Promise<RtcStats>;
  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Answers a method that participants may call; a thrown RpcFailure reaches the caller. */
  onRpc(method: string, handler: (call: RpcCall) => Promise<string>): () => void;
  /** Presses a key of the telephone for everybody in the room (DTMF). */
  sendKey(key: string): Promise<void>;
  callRpc(identity: string, method: string, payload: string, timeoutMs: number): Promise<string>;
  /** Leaves the room. Safe to call twice. */
  close(): Promise<void>;
}
