// Collects the messages that a participant receives: captions, chat, the agent's events, and data packets.
import { type RemoteParticipant, type Room, RoomEvent, type TextStreamReader } from '@livekit/rtc-node';
import {
  ATTRIBUTE_FINAL,
  ATTRIBUTE_SEGMENT_ID,
  ATTRIBUTE_SPEAKERS,
  ATTRIBUTE_TRACK_ID,
  TOPIC_CHAT,
  TOPIC_EVENT,
  TOPIC_TRANSCRIPTION,
} from '../src/protocol/index.js';

/** One text stream as it was received; `text` grows until `complete`. */
export interface ReceivedText {
  readonly streamId: string;
  readonly topic: string;
  /** The sender. */
  readonly identity: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** When the stream was opened, epoch ms. */
  readonly atMs: number;
  readonly text: string;
  readonly complete: boolean;
  /** Why the stream broke off. */
  readonly error?: string;
}

/** One stream of `lk.transcription`. */
export interface Caption extends ReceivedText {
  readonly segmentId: string;
  readonly final: boolean;
  readonly trackSid: string | undefined;
  /** All who may have said it, where that is more than one person. */
  readonly speakers?: readonly string[];
}

/** One object of `gemini.event`. */
export interface AgentEvent {
  readonly v: number;
  readonly call: string;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ReceivedData {
  readonly topic: string;
  readonly identity: string | undefined;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

export interface ReceivedMessagesListener {
  /** A stream was opened: rtc-node reads each in a task of its own, so only this order is the sender's. */
  onOpened(message: ReceivedText): void;
  onCaption(caption: Caption): void;
  onAgentEvent(event: AgentEvent, identity: string): void;
  onChat(chat: ReceivedText): void;
  onData(data: ReceivedData): void;
  /** A message that does not match the format of its topic. */
  onMalformed(message: ReceivedText): void;
}

type Growing<T> = { -readonly [key in keyof T]: T[key] };

/** Registers its handlers at once: streams on a topic without a handler are dropped, also right after joining. */
export class ReceivedMessages {
  readonly captions: Caption[] = [];
  readonly chats: ReceivedText[] = [];
  readonly data: ReceivedData[] = [];
  readonly malformed: ReceivedText[] = [];
  readonly #events: { event: AgentEvent | undefined }[] = [];
  readonly #listener: ReceivedMessagesListener;

  constructor(room: Room, listener: ReceivedMessagesListener) {
    this.#listener = listener;
    room.registerTextStreamHandler(TOPIC_TRANSCRIPTION, (reader, { identity }) => {
      const { attributes } = reader.info;
      const caption: Growing<Caption> = {
        ...received(reader, identity),
        segmentId: attributes?.[ATTRIBUTE_SEGMENT_ID] ?? reader.info.streamId,
        final: attributes?.[ATTRIBUTE_FINAL] === 'true',
        trackSid: attributes?.[ATTRIBUTE_TRACK_ID],
        ...speakersOf(attributes?.[ATTRIBUTE_SPEAKERS]),
      };
      this.captions.push(caption);
      listener.onOpened(caption);
      void read(reader, caption, () => listener.onCaption(caption));
    });
    room.registerTextStreamHandler(TOPIC_CHAT, (reader, { identity }) => {
      const chat = received(reader, identity);
      listener.onOpened(chat);
      void read(reader, chat, () => {
        if (!chat.complete) return;
        this.chats.push(chat);
        listener.onChat(chat);
      });
    });
    room.registerTextStreamHandler(TOPIC_EVENT, (reader, { identity }) => {
      const message = received(reader, identity);
      // The place in the list is reserved when the stream opens, which is the order in which the agent sent it.
      const slot: { event: AgentEvent | undefined } = { event: undefined };
      this.#events.push(slot);
      listener.onOpened(message);
      void read(reader, message, () => {
        if (!message.complete) return;
        slot.event = parseEvent(message.text);
        if (slot.event) listener.onAgentEvent(slot.event, identity);
        else this.#refuse(message);
      });
    });
    room.on(RoomEvent.DataReceived, (bytes, from: RemoteParticipant | undefined, _kind, topic) => {
      const packet = { topic: topic ?? '', identity: from?.identity, bytes, atMs: Date.now() };
      this.data.push(packet);
      listener.onData(packet);
    });
  }

  events(): AgentEvent[] {
    return this.#events.flatMap(({ event }) => event ?? []);
  }

  #refuse(message: ReceivedText): void {
    this.malformed.push(message);
    this.#listener.onMalformed(message);
  }
}

function received(reader: TextStreamReader, identity: string): Growing<ReceivedText> {
  const { streamId, topic, attributes } = reader.info;
  return {
    streamId,
    topic,
    identity,
    attributes: attributes ?? {},
    atMs: Date.now(),
    text: '',
    complete: false,
  };
}

/** Reads a stream to its end in any case: an unread stream keeps its listener. */
async function read(
  reader: TextStreamReader,
  message: Growing<ReceivedText>,
  changed: () => void,
): Promise<void> {
  try {
    for await (const chunk of reader) {
      message.text += chunk;
      changed();
    }
    message.complete = true;
  } catch (error) {
    message.error = error instanceof Error ? error.message : String(error);
  }
  changed();
}

function parseEvent(text: string): AgentEvent | undefined {
  try {
    const event: unknown = JSON.parse(text);
    const known = typeof event === 'object' && event !== null && 'type' in event;
    return known && typeof event.type === 'string' ? (event as AgentEvent) : undefined;
  } catch {
    return undefined;
  }
}

function speakersOf(attribute: string | undefined): Pick<Caption, 'speakers'> {
  return attribute === undefined ? {} : { speakers: JSON.parse(attribute) as string[] };
}
