// Lane: everything the agent sends to the room, in order through one awaited outbox: captions, events, and its state.
import { randomUUID } from 'node:crypto';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import {
  type AgentState,
  ATTRIBUTE_AGENT_STATE,
  ATTRIBUTE_FINAL,
  ATTRIBUTE_SEGMENT_ID,
  ATTRIBUTE_TRACK_ID,
  TOPIC_EVENT,
  TOPIC_TRANSCRIPTION,
} from '../protocol/topics.js';
import { isPerson } from '../room/people.js';
import type {
  Participant,
  Refusal,
  RoomEvent,
  RoomPort,
  TextOptions,
  TranscriptionPacket,
} from '../room/port.js';
import { audienceOf } from '../tools/permission.js';
import type { Caption } from '../turns/caption.js';
import { within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { Outbox, type OutboxRank } from '../util/outbox.js';

export interface MessagesObserver {
  event(body: RoomEventBody): void;
  state(state: AgentState): void;
}

export interface RoomMessagesOptions {
  readonly room: RoomPort;
  readonly profile: Pick<Profile, 'events' | 'captions' | 'control'>;
  readonly log: Logger;
  /** Rises when another worker takes the call over. */
  readonly epoch?: number;
  /** Of an earlier holder of the call: the call's id and the number of the last event that it sent. */
  readonly restored?: { readonly call: string; readonly seq: number };
  /** Sees each event, also those that the profile does not send, and each state. */
  readonly observer?: () => MessagesObserver | undefined;
  /** Called after each event (with its type) and caption that is put on its way. */
  readonly onPosted?: (about: string) => void;
}

/** Whose words a caption shows, and the track that they are heard on. The agent's own where there is no identity. */
export interface CaptionSpeaker {
  readonly trackSid: string;
  readonly identity?: string;
}

/** A caption that the room has read a beginning of. Another process that takes the call over ends it. */
export interface UnfinishedCaption {
  readonly segment: string;
  readonly text: string;
  readonly by: 'agent' | 'user';
  readonly trackSid: string;
  readonly identity?: string;
}

/** How long the last messages may take when a call ends: the room may be gone by then. */
const CLOSE_AT_MOST_MS = 2_000;
/** rtc-node answers five seconds late now and then. A send without an answer by then no longer holds up the messages behind it. */
const SEND_AT_MOST_MS = 7_000;

/** How a message goes out. */
interface Address {
  readonly options: TextOptions;
  /** The same text for clients without text streams. */
  readonly transcription?: TranscriptionPacket;
}

/** Whom an event is for: everyone, those of the profile's control, or those who are not. */
type Audience = 'all' | 'control' | 'others';

interface Message {
  readonly text: string;
  /** Read when it is sent: a track may have been published again under another sid while the message waited. */
  readonly address: () => Address | undefined;
  /** The text stream is out; the data packet is not. */
  isTextSent?: boolean;
}

export class RoomMessages {
  readonly #options: RoomMessagesOptions;
  readonly #outbox: Outbox<Message>;
  readonly #states: Outbox<AgentState>;
  /** Tells the events and segments of two calls in one room apart. */
  readonly call: string;
  readonly #unfinished = new Map<string, UnfinishedCaption>();
  #detach: () => void = () => {};
  #seq: number;
  /** The connection to the room; `alone`: back, and no person has come back yet. */
  #connection: 'open' | 'lost' | 'alone' = 'open';
  #state: AgentState | undefined;

  constructor(options: RoomMessagesOptions) {
    this.#options = options;
    this.#seq = options.restored?.seq ?? 0;
    this.call = options.restored?.call ?? randomUUID().slice(0, 8);
    const onError = (error: unknown): void =>
      options.log.debug({ err: error }, 'the room did not take a message');
    this.#outbox = new Outbox({ send: (message) => this.#sendInTime(message), onError });
    this.#states = new Outbox({
      send: (state) => options.room.setAttributes({ [ATTRIBUTE_AGENT_STATE]: state }),
      onError,
    });
  }

  /** Follows the connection to the room: messages are held while it is lost. */
  start(): void {
    this.#detach = this.#options.room.onEvent((event) => this.#onRoom(event));
  }

  /** The number of the last event. */
  get seq(): number {
    return this.#seq;
  }

  get unfinished(): readonly UnfinishedCaption[] {
    return [...this.#unfinished.values()];
  }

  segment(side: 'agent' | 'user', number: number): string {
    return `SG_${this.call}_${side}_${number}`;
  }

  /**
   * An event for one participant, whatever the profile says of events: why something of theirs is not taken.
   * It has the number of the event before it, so that nobody else misses one.
   */
  notify(identity: string, body: RoomEventBody): void {
    const address = (): Address => ({ options: { topic: TOPIC_EVENT, to: [identity] } });
    this.#outbox.post({ text: this.#envelope(body), address }, 'expendable');
  }

  event(body: RoomEventBody): void {
    this.#options.observer?.()?.event(body);
    const { types } = this.#options.profile.events;
    if (types !== undefined && !types.includes(body.type)) return;
    this.#seq += 1;
    const rank = rankOf(body);
    const forOthers = this.#options.profile.control === 'anyone' ? undefined : redacted(body);
    const post = (part: RoomEventBody, audience: Audience): void =>
      this.#outbox.post({ text: this.#envelope(part), address: () => this.#eventAddress(audience) }, rank);
    post(body, forOthers ? 'control' : 'all');
    if (forOthers) post(forOthers, 'others');
    this.#options.onPosted?.(body.type);
  }

  #envelope(body: RoomEventBody): string {
    const { epoch = 1 } = this.#options;
    return JSON.stringify({ v: 1, call: this.call, epoch, seq: this.#seq, at: Date.now(), ...body });
  }

  /** Undefined where nobody is there to get it. */
  #eventAddress(audience: Audience): Address | undefined {
    const { room, profile } = this.#options;
    const { to } = profile.events;
    if (audience === 'all') {
      return { options: { topic: TOPIC_EVENT, ...(to === 'everyone' ? {} : { to }) } };
    }
    const identities = audienceOf(room, profile, audience === 'control');
    // An empty list would be everyone.
    return identities.length === 0 ? undefined : { options: { topic: TOPIC_EVENT, to: identities } };
  }

  /** Something that a participant has sent cannot be used: for its sender alone, not to fill everybody's events. */
  refused({ identity, code, reason }: Refusal): void {
    this.notify(identity, { type: 'error', code, message: `${identity}: ${reason}`, fatal: false });
  }

  caption(caption: Caption, speaker: CaptionSpeaker): void {
    const { segment: id, text, final } = caption;
    const message: Message = { text, address: () => this.#captionAddress(caption, speaker) };
    if (!final) {
      const by = speaker.identity ? 'user' : 'agent';
      const { trackSid, identity } = speaker;
      this.#unfinished.set(id, { segment: id, text, by, trackSid, ...(identity ? { identity } : {}) });
      this.#outbox.postLatest(id, message);
    } else {
      this.#unfinished.delete(id);
      // An interim that still waits is out of date.
      this.#outbox.retract(id);
      this.#outbox.post(message, 'kept');
    }
    this.#options.onPosted?.(final ? 'caption.final' : 'caption');
  }

  state(state: AgentState): void {
    if (state === this.#state) return;
    this.#options.observer?.()?.state(state);
    this.#state = state;
    this.#states.postLatest('state', state);
  }

  async close(): Promise<void> {
    this.#detach();
    await within(Promise.all([this.#outbox.close(), this.#states.close()]), CLOSE_AT_MOST_MS);
  }

  #captionAddress({ segment: id, text, final }: Caption, speaker: CaptionSpeaker): Address {
    const { room, profile } = this.#options;
    const { trackSid, identity = room.identity } = speaker;
    return {
      options: {
        topic: TOPIC_TRANSCRIPTION,
        // Clients that key messages by the stream show another message for each id.
        streamId: id,
        attributes: {
          [ATTRIBUTE_SEGMENT_ID]: id,
          [ATTRIBUTE_FINAL]: String(final),
          // A written answer has no track.
          ...(trackSid === '' ? {} : { [ATTRIBUTE_TRACK_ID]: trackSid }),
        },
        ...(speaker.identity ? { senderIdentity: speaker.identity } : {}),
      },
      // A packet belongs to a track.
      ...(profile.captions.packets && trackSid !== ''
        ? { transcription: { id, text, final, identity, trackSid } }
        : {}),
    };
  }

  /** Messages made while the room's connection is lost are sent once it is back and a person is there to receive them. */
  #onRoom(event: RoomEvent): void {
    if (event.type === 'connection' && event.state === 'reconnecting') {
      this.#connection = 'lost';
      this.#outbox.hold();
      this.#states.hold();
    } else if (event.type === 'connection') {
      // A server that was started anew does not know it.
      if (this.#state) this.#states.postLatest('state', this.#state);
      this.#states.release();
      this.#connection = 'alone';
      this.#releaseTo(this.#options.room.participants());
    } else if (event.type === 'participant-joined') {
      this.#releaseTo([event.participant]);
    } else if (event.type === 'refused') {
      this.refused(event);
    }
  }

  #releaseTo(participants: readonly Participant[]): void {
    if (this.#connection !== 'alone' || !participants.some(isPerson)) return;
    this.#connection = 'open';
    this.#outbox.release();
  }

  /** A message that was being sent when the connection was lost arrives when it is back, however long that takes. */
  async #sendInTime(message: Message): Promise<void> {
    const sent = this.#send(message).then(() => true);
    for (;;) if ((await within(sent, SEND_AT_MOST_MS)) || this.#connection !== 'lost') return;
  }

  async #send(message: Message): Promise<void> {
    const { text } = message;
    const address = message.address();
    if (!address) return;
    const { options, transcription } = address;
    const { room, profile } = this.#options;
    if (!message.isTextSent) await room.sendText(text, options);
    message.isTextSent = true;
    if (transcription) await room.sendTranscription(transcription);
    if (options.topic === TOPIC_EVENT && profile.events.packets) {
      await room.sendPacket(Buffer.from(text), {
        topic: TOPIC_EVENT,
        ...(options.to ? { to: options.to } : {}),
      });
    }
  }
}

/** Errors that a client causes by the thousand go first; a client cannot do without tool events. */
function rankOf(body: RoomEventBody): OutboxRank {
  if (body.type.startsWith('tool.')) return 'kept';
  return body.type === 'error' && body.code === 'tool_response' ? 'expendable' : 'normal';
}

/** What those who may not command the agent get of an event; undefined where it is all of it. */
function redacted(body: RoomEventBody): RoomEventBody | undefined {
  if (body.type === 'tool.call') return { ...body, args: {} };
  if (body.type === 'thought') return { ...body, text: '' };
  if (body.type !== 'tool.result') return undefined;
  const { response: _response, error, ...rest } = body;
  return error === undefined ? rest : { ...rest, error: 'the tool failed' };
}
