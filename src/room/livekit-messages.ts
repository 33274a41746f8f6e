// What people write to the agent: text streams and data packets of the topics that it reads, as room events.
import {
  RoomEvent as Event,
  type RemoteParticipant,
  type Room,
  type TextStreamReader,
} from '@livekit/rtc-node';
import { MAX_TOOL_RESPONSE_BYTES } from '../protocol/commands.js';
import { TOPIC_CHAT, TOPIC_TOOL_RESPONSE } from '../protocol/topics.js';
import type { Logger } from '../util/log.js';
import type { RoomEvent } from './port.js';

/** A chat message longer than this is not read to its end. */
const MAX_CHAT_CHARS = 100_000;
/** One more than the limit, so that the parser sees that the message is too long and refuses it. */
const MAX_MESSAGE_CHARS = MAX_TOOL_RESPONSE_BYTES + 1;

export interface MessagesOptions {
  readonly emit: (event: RoomEvent) => void;
  /** Resolves when the files that belong to a text have come. */
  readonly attachments: (streamId: string) => Promise<void>;
  readonly log: Logger;
}

/** Registers its handlers at once: what comes on a topic without one is dropped, so it is called before joining. */
export function readMessages(room: Room, { emit, attachments, log }: MessagesOptions): void {
  const read = async (reader: TextStreamReader, identity: string, maxChars: number): Promise<string> => {
    let text = '';
    // An unread stream would keep its listener on rtc-node's event source; leaving the loop closes it.
    for await (const piece of reader) {
      text += piece;
      if (text.length <= maxChars) continue;
      log.warn({ identity, topic: reader.info.topic, maxChars }, 'a message is too long and was cut');
      return text.slice(0, maxChars);
    }
    return text;
  };
  const onFailure = (identity: string) => (error: unknown) =>
    log.warn({ err: error, identity }, 'a message could not be read');

  room.registerTextStreamHandler(TOPIC_CHAT, (reader, { identity }) => {
    read(reader, identity, MAX_CHAT_CHARS)
      .then(async (text) => {
        await attachments(reader.info.streamId);
        emit({ type: 'chat', identity, text });
      })
      .catch(onFailure(identity));
  });
  room.registerTextStreamHandler(TOPIC_TOOL_RESPONSE, (reader, { identity }) => {
    read(reader, identity, MAX_MESSAGE_CHARS)
      .then((text) => emit({ type: 'message', topic: TOPIC_TOOL_RESPONSE, identity, text }))
      .catch(onFailure(identity));
  });
  room.on(Event.DataReceived, (bytes, from: RemoteParticipant | undefined, _kind, topic) => {
    if (topic !== TOPIC_TOOL_RESPONSE || !from) return;
    emit({ type: 'message', topic, identity: from.identity, text: Buffer.from(bytes).toString('utf8') });
  });
}
