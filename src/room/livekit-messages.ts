// Text streams and data packets of the topics that the agent reads, as room events.
import {
  RoomEvent as Event,
  type RemoteParticipant,
  type Room,
  type TextStreamReader,
} from '@livekit/rtc-node';
import { MAX_CHAT_CHARS, MAX_TOOL_RESPONSE_BYTES } from '../protocol/commands.js';
import { TOPIC_CHAT, TOPIC_TOOL_RESPONSE } from '../protocol/topics.js';
import { withDeadline } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import type { RoomEvent } from './port.js';
import { STREAM_DEADLINE_MS, type StreamAdmission } from './stream-admission.js';

/**
 * One more than the limit, so that the parser sees that the message is too long and refuses it. Longer ones are not
 * read to their end.
 */
const TOPICS: ReadonlyMap<string, number> = new Map([
  [TOPIC_CHAT, MAX_CHAT_CHARS + 1],
  [TOPIC_TOOL_RESPONSE, MAX_TOOL_RESPONSE_BYTES + 1],
]);

export interface MessagesOptions {
  readonly emit: (event: RoomEvent) => void;
  /** Resolves when the files that belong to a text have come. */
  readonly attachments: (streamId: string) => Promise<void>;
  readonly admission: StreamAdmission;
  readonly log: Logger;
}

/** Registers its handlers at once: what comes on a topic without one is dropped, so it is called before joining. */
export function readMessages(room: Room, { emit, attachments, admission, log }: MessagesOptions): void {
  const deliver = (topic: string, identity: string, text: string): void => {
    // Half a surrogate pair would be refused by the Live API, together with the connection.
    const wellFormed = text.toWellFormed();
    if (topic === TOPIC_CHAT) emit({ type: 'chat', identity, text: wellFormed });
    else emit({ type: 'message', topic, identity, text: wellFormed });
  };

  for (const [topic, maxChars] of TOPICS) {
    room.registerTextStreamHandler(topic, (reader, { identity }) => {
      // The native filter asks first; this holds where there is none.
      if (!admission.admits(identity, topic)) {
        void reader.close();
        return;
      }
      const end = admission.begin(identity);
      withDeadline(readUpTo(reader, maxChars), 'a text stream', STREAM_DEADLINE_MS)
        .then(async (text) => {
          // Its files are streams of the same sender: it must not take a place from them.
          end();
          if (topic === TOPIC_CHAT) await attachments(reader.info.streamId);
          deliver(topic, identity, text);
        })
        .catch((error: unknown) => log.warn({ err: error, identity, topic }, 'a message could not be read'))
        .finally(() => {
          end();
          void reader.close();
        });
    });
  }

  room.on(Event.DataReceived, (bytes, from: RemoteParticipant | undefined, _kind, topic) => {
    if (topic !== TOPIC_TOOL_RESPONSE || !from || !admission.admits(from.identity, topic)) return;
    deliver(topic, from.identity, Buffer.from(bytes).toString('utf8'));
  });
}

/** The text, or its first `maxChars` characters. */
async function readUpTo(reader: TextStreamReader, maxChars: number): Promise<string> {
  let text = '';
  for await (const piece of reader) {
    text += piece;
    // Joined anew: a slice would keep the whole text in memory for as long as its part is used.
    if (text.length > maxChars) return Buffer.from(text.slice(0, maxChars)).toString();
  }
  return text;
}
