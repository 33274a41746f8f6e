// Events of an rtc-node Room about people, keys of a phone and the connection, as events of the port.
import { ConnectionState, DisconnectReason, RoomEvent as Event, type Room } from '@livekit/rtc-node';
import { ATTRIBUTE_APPROVE, ATTRIBUTE_REFUSE } from '../protocol/topics.js';
import type { Logger } from '../util/log.js';
import { describeParticipant } from './livekit-tracks.js';
import type { RoomEvent } from './port.js';

export interface ForwardOptions {
  readonly emit: (event: RoomEvent) => void;
  /** The connection is back. */
  readonly onReconnected: () => void;
  /** The room is over; false where the agent has left by itself. */
  readonly onOver: () => boolean;
  readonly log: Logger;
}

/** What a telephone has; any other sign that a client sends as a key is not one. */
const KEY = /^[0-9A-D*#]$/;

/** Refusals first: where both are set at once, nothing runs. */
const APPROVALS = [
  { name: ATTRIBUTE_REFUSE, ok: false },
  { name: ATTRIBUTE_APPROVE, ok: true },
] as const;

export function forwardEvents(room: Room, { emit, onReconnected, onOver, log }: ForwardOptions): void {
  room
    .on(Event.ParticipantConnected, (participant) =>
      emit({ type: 'participant-joined', participant: describeParticipant(participant) }),
    )
    .on(Event.ParticipantDisconnected, (participant) =>
      emit({ type: 'participant-left', participant: describeParticipant(participant) }),
    )
    .on(Event.ActiveSpeakersChanged, (speakers) =>
      emit({ type: 'active-speakers', identities: speakers.map((speaker) => speaker.identity) }),
    )
    .on(Event.ParticipantAttributesChanged, (changed, { identity }) => {
      if (identity === room.localParticipant?.identity) return;
      for (const { name, ok } of APPROVALS) {
        const id = changed[name];
        if (id) emit({ type: 'approval', identity, id, ok });
      }
    })
    .on(Event.DtmfReceived, (_code, digit, participant) => {
      // rtc-node passes on keys of participants whom it does not know, without the participant.
      const { identity } = (participant as typeof participant | undefined) ?? {};
      if (identity !== undefined && KEY.test(digit)) emit({ type: 'key', identity, key: digit });
    })
    .on(Event.ConnectionStateChanged, (state) => {
      if (state !== ConnectionState.CONN_RECONNECTING) return;
      log.warn({}, 'the connection to the room is lost');
      emit({ type: 'connection', state: 'reconnecting' });
    })
    .on(Event.Reconnected, () => {
      onReconnected();
      log.info({}, 'the connection to the room is back');
      emit({ type: 'connection', state: 'reconnected' });
    })
    .on(Event.Disconnected, (reason) => {
      if (onOver()) emit({ type: 'closed', reason: DisconnectReason[reason] ?? String(reason) });
    });
}
