// Lane: sends captions, events and the agent's state to the room, in order, through one outbox.
import { randomUUID } from 'node:crypto';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import { type AgentState, TOPIC_EVENT } from '../protocol/topics.js';
import { type Address, type CaptionSpeaker, captionAddress } from '../room/caption-address.js';
import { isPerson } from '../room/people.js';
import type { Participant, Refusal, RoomEvent, RoomPort } from '../room/port.js';
import { audienceOf } from '../tools/permission.js';
import { AgentAttributes } from '../turns/agent-attributes.js';
import type { Caption } from '../turns/caption.js';
import { EventLimits, type NotSent } from '../turns/event-limits.js';
import { inPublicWords, rankOf, redacted } from '../turns/report.js';
import { within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { Outbox } from '../util/outbox.js';
import { RateLimits } from '../util/rate-limits.js';

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
  /** From the process that ran the call before: the call's id and the number of its last event. */
  readonly restored?: { readonly call: string; readonly seq: number };
  /** Gets each event, also those that the profile does not send, and each state. */
  readonly observer?: MessagesObserver;
  /** Called after each event (with its type) and caption that is queued. */
  readonly onPosted?: (about: string) => void;
}

/** A caption without a final text. A process that takes the call over ends it. */
export interface UnfinishedCaption {
  readonly segment: string;
  readonly text: string;
  readonly by: 'agent' | 'user';
  readonly trackSid: string;
  readonly identity?: string;
}

/** The number of the turn or utterance of a segment. */
export function numberOf(segment: string): number {
  return Number(segment.slice(segment.lastIndexOf('_') + 1));
}

/** How long close() waits for the last messages: the room may be gone by then. */
const CLOSE_AT_MOST_MS = 2_000;
/** rtc-node sometimes answers 5 s late. After this time the next message is sent without waiting for the answer. */
const SEND_AT_MOST_MS = 7_000;

/** Interim captions of an utterance: more than a service sends, and fewer than a room could be sent. */
const INTERIM_RATE = { burst: 20, perSecond: 5 };

/** The receivers of an event: everyone, the identities of `control`, or all others. */
type Audience = 'all' | 'control' | 'others';

interface Message {
  readonly text: string;
  /** Called when the message is sent: the track may have been republished under another sid while it waited. */
  readonly address: () => Address | undefined;
  /** The text stream was sent; the data packet was not. */
  isTextSent?: boolean;
}

export class RoomMessages {
  readonly #options: RoomMessagesOptions;
  readonly #outbox: Outbox<Message>;
  readonly #attributes: AgentAttributes;
  /** Distinguishes events and segments of several calls in one room. */
  readonly call: string;
  /** What is refused comes by the thousand: answers to it must not hold up what others wait for. */
  readonly #notices = new RateLimits({ burst: 10, perSecond: 1 });
  readonly #limits = new EventLimits((notSent, count) => this.#reportNotSent(notSent, count));
  readonly #interims = new RateLimits(INTERIM_RATE);
  readonly #unfinished = new Map<string, UnfinishedCaption>();
  #detach: () => void = () => {};
  #seq: number;
  /** The connection to the room; `alone`: reconnected, and no person is present yet. */
  #connection: 'open' | 'lost' | 'alone' = 'open';
  #state: AgentState | undefined;

  constructor(options: RoomMessagesOptions) {
    this.#options = options;
    this.#seq = options.restored?.seq ?? 0;
    this.call = options.restored?.call ?? randomUUID().slice(0, 8);
    const onError = (error: unknown): void =>
      options.log.debug({ err: error }, 'the room did not take a message');
    this.#outbox = new Outbox({ send: (message) => this.#sendInTime(message), onError });
    this.#attributes = new AgentAttributes(options.room, onError);
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
    // Another process counts turns on and utterances anew: their ids would be those of earlier captions.
    const before = side === 'user' ? ((this.#options.epoch ?? 1) - 1) * 1_000_000 : 0;
    return `SG_${this.call}_${side}_${before + number}`;
  }

  /**
   * Sends an event to one participant, independent of the profile's `events`: why an input of theirs is refused.
   * It has the number of the previous event, so that other receivers see no gap.
   */
  notify(identity: string, about: RoomEventBody): void {
    if (!this.#notices.take(identity)) return;
    const body = inPublicWords(about);
    const address = (): Address => ({ options: { topic: TOPIC_EVENT, to: [identity] } });
    this.#outbox.post({ text: this.#envelope(body), address }, 'notice');
  }

  /** @param isOfService an error of the service, not of the agent */
  event(about: RoomEventBody, isOfService = false): void {
    const body = inPublicWords(about);
    this.#options.observer?.event(body);
    if (this.#limits.admits(body, isOfService)) this.#post(body);
  }

  #post(body: RoomEventBody): void {
    const { types, to } = this.#options.profile.events;
    const forOthers = this.#options.profile.control === 'anyone' ? undefined : redacted(body);
    if (to === 'everyone') this.#attributes.follow(forOthers ?? body);
    if (types !== undefined && !types.includes(body.type)) return;
    this.#seq += 1;
    const rank = rankOf(body);
    const also = body.type === 'tool.approval' ? body.from : [];
    const post = (part: RoomEventBody, audience: Audience): void =>
      this.#outbox.post(
        { text: this.#envelope(part), address: () => this.#eventAddress(audience, also) },
        rank,
      );
    post(body, forOthers ? 'control' : 'all');
    if (forOthers) post(forOthers, 'others');
    this.#options.onPosted?.(body.type);
  }

  #envelope(body: RoomEventBody): string {
    const { epoch = 1 } = this.#options;
    return JSON.stringify({ v: 1, call: this.call, epoch, seq: this.#seq, at: Date.now(), ...body });
  }

  /** @param also who is informed like those of `control`. Undefined when there is no receiver. */
  #eventAddress(audience: Audience, also: readonly string[]): Address | undefined {
    const { room, profile } = this.#options;
    const { to } = profile.events;
    if (audience === 'all') {
      return { options: { topic: TOPIC_EVENT, ...(to === 'everyone' ? {} : { to }) } };
    }
    const identities = audienceOf(room, profile, audience === 'control', also);
    // rtc-node sends to everyone when the list is empty.
    return identities.length === 0 ? undefined : { options: { topic: TOPIC_EVENT, to: identities } };
  }

  /** Reports to a participant that something they have sent cannot be used. Others do not get this event. */
  refused({ identity, code, reason }: Refusal): void {
    this.notify(identity, { type: 'error', code, message: `${identity}: ${reason}`, fatal: false });
  }

  caption(caption: Caption, speaker: CaptionSpeaker): void {
    const { segment: id, text, final } = caption;
    if (speaker.identity === undefined && !this.#limits.admitsTurn(numberOf(id))) return;
    const { room, profile } = this.#options;
    const { packets } = profile.captions;
    const message: Message = {
      text,
      address: () => captionAddress(caption, speaker, room.identity, packets),
    };
    if (!final) {
      const by = speaker.identity ? 'user' : 'agent';
      const { trackSid, identity } = speaker;
      this.#unfinished.set(id, { segment: id, text, by, trackSid, ...(identity ? { identity } : {}) });
      if (this.#interims.take(id)) this.#outbox.postLatest(id, message);
    } else {
      this.#unfinished.delete(id);
      // A queued interim caption is outdated.
      this.#outbox.retract(id);
      this.#outbox.post(message, 'kept');
    }
    this.#options.onPosted?.(final ? 'caption.final' : 'caption');
  }

  state(state: AgentState): void {
    if (state === this.#state) return;
    this.#options.observer?.state(state);
    this.#state = state;
    this.#attributes.state(state);
  }

  /** Whether nobody has spoken for as long as the profile's `idle` says. */
  away(away: boolean): void {
    this.#attributes.away(away);
  }

  #reportNotSent(notSent: NotSent, count: number): void {
    this.#options.log.warn(notSent, 'events were not sent to the room: too many at once');
    const types = Object.keys(notSent).join(', ');
    const message = `${count} events were not sent, too many at once: ${types}`;
    const body: RoomEventBody = { type: 'error', code: 'too_many_events', message, fatal: false };
    this.#options.observer?.event(body);
    this.#post(body);
  }

  async close(): Promise<void> {
    this.#detach();
    this.#limits.close();
    await within(Promise.all([this.#outbox.close(), this.#attributes.close()]), CLOSE_AT_MOST_MS);
    const { dropped } = this.#outbox;
    if (dropped > 0) this.#options.log.warn({ dropped }, 'messages to the room were dropped');
  }

  /** Messages that are queued while the connection is lost are sent when it is back and a person is present. */
  #onRoom(event: RoomEvent): void {
    if (event.type === 'connection' && event.state === 'reconnecting') {
      this.#connection = 'lost';
      this.#outbox.hold();
      this.#attributes.hold();
    } else if (event.type === 'connection') {
      this.#attributes.release();
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

  /** A message that was being sent when the connection was lost is delivered when it is back, without a limit. */
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
