// Converts rtc-node's events into typed person events.
import {
  ConnectionState,
  DisconnectReason,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  TrackKind,
} from '@livekit/rtc-node';
import { type AgentState, ATTRIBUTE_AGENT_STATE } from '../src/protocol/index.js';
import type { AgentEvent, Caption, ReceivedData, ReceivedText } from './received-messages.js';

/** An event of a person in a room. Times are epoch ms. */
export type PersonEvent =
  | { readonly type: 'participant-joined' | 'participant-left'; readonly identity: string }
  | { readonly type: 'agent-state'; readonly identity: string; readonly state: AgentState }
  | { readonly type: 'voice-started' | 'voice-stopped'; readonly identity: string; readonly trackSid: string }
  /** 20 ms of received audio, or a longer silence between two tracks; 24 kHz; the array belongs to the listener. */
  | { readonly type: 'sound'; readonly identity: string; readonly samples: Int16Array; readonly atMs: number }
  /** A text stream begins; those of one sender begin in the order in which they were sent. Its text comes later. */
  | { readonly type: 'opened'; readonly message: ReceivedText }
  | { readonly type: 'caption'; readonly caption: Caption }
  | { readonly type: 'event'; readonly event: AgentEvent; readonly identity: string }
  | { readonly type: 'chat'; readonly chat: ReceivedText }
  | { readonly type: 'data'; readonly data: ReceivedData }
  | { readonly type: 'malformed'; readonly message: ReceivedText }
  /** Somebody has subscribed to the microphone. */
  | { readonly type: 'listened-to'; readonly trackSid: string }
  | { readonly type: 'connection'; readonly state: 'reconnecting' | 'reconnected' }
  /** The room is over; nothing follows. */
  | { readonly type: 'closed'; readonly reason: string };

export interface RoomFollower {
  readonly emit: (personEvent: PersonEvent) => void;
  /** An audio track was subscribed. */
  readonly voice: (track: RemoteTrack, participant: RemoteParticipant) => void;
  readonly end: (reason: string) => void;
}

/** Subscribes to the audio tracks of those who are to be heard, in a room that was joined without autoSubscribe. */
export function receiveAudio(room: Room, hears: (participant: RemoteParticipant) => boolean): void {
  const receive = (publication: RemoteTrackPublication, participant: RemoteParticipant): void => {
    if (publication.kind === TrackKind.KIND_AUDIO && hears(participant)) publication.setSubscribed(true);
  };
  room.on(RoomEvent.TrackPublished, receive).on(RoomEvent.ConnectionStateChanged, (state) => {
    if (state !== ConnectionState.CONN_CONNECTED) return;
    for (const participant of room.remoteParticipants.values())
      for (const publication of participant.trackPublications.values()) receive(publication, participant);
  });
}

/** Emits events of the room. The stream of an unpublished audio track ends by itself. */
export function followRoom(room: Room, { emit, voice, end }: RoomFollower): void {
  room
    .on(RoomEvent.ParticipantConnected, ({ identity }) => emit({ type: 'participant-joined', identity }))
    .on(RoomEvent.ParticipantDisconnected, ({ identity }) => emit({ type: 'participant-left', identity }))
    .on(RoomEvent.ParticipantAttributesChanged, (changed, { identity }) => {
      const state = changed[ATTRIBUTE_AGENT_STATE] as AgentState | undefined;
      if (state) emit({ type: 'agent-state', identity, state });
    })
    .on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
      if (track.kind !== TrackKind.KIND_AUDIO) return;
      voice(track, participant);
      emit({ type: 'voice-started', identity: participant.identity, trackSid: publication.sid ?? '' });
    })
    .on(RoomEvent.TrackUnsubscribed, (track, publication, { identity }) => {
      if (track.kind !== TrackKind.KIND_AUDIO) return;
      emit({ type: 'voice-stopped', identity, trackSid: publication.sid ?? '' });
    })
    .on(RoomEvent.LocalTrackSubscribed, ({ sid }) => emit({ type: 'listened-to', trackSid: sid ?? '' }))
    .on(RoomEvent.Reconnecting, () => emit({ type: 'connection', state: 'reconnecting' }))
    .on(RoomEvent.Reconnected, () => emit({ type: 'connection', state: 'reconnected' }))
    .on(RoomEvent.Disconnected, (reason) => end((DisconnectReason[reason] ?? 'unknown').toLowerCase()));
}
