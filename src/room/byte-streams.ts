// What clients send as byte streams, beside speech: pictures of the chat, and LiveKit's session messages.
import type { ByteStreamReader, Room } from '@livekit/rtc-node';
import { TOPIC_CHAT, TOPIC_IMAGES, TOPIC_SESSION } from '../protocol/topics.js';
import type { Logger } from '../util/log.js';
import type { RoomEvent } from './port.js';
import { readSessionRequest } from './session-codec.js';
import type { StreamAdmission } from './stream-admission.js';

export interface ByteStreamsOptions {
  readonly emit: (event: RoomEvent) => void;
  /** Counts the streams that are open. */
  readonly admission: Pick<StreamAdmission, 'begin'>;
  readonly log: Logger;
}

/** As a phone's camera takes it. The native library receives no stream above 4.5 MB (livekit-room.ts). */
const MAX_PICTURE_BYTES = 4 * 1024 * 1024;
/** So many are received at once, each in memory until it is whole. */
const MAX_PICTURES = 8;
/** Time for 4 MB over a slow line. */
const PICTURE_WITHIN_MS = 30_000;
const MAX_NAME_CHARS = 100;
/** A typed turn with its id. */
const MAX_REQUEST_BYTES = 64 * 1024;
const REQUEST_WITHIN_MS = 5_000;
/** A text names its pictures before they begin to come. */
const ANNOUNCED_WITHIN_MS = 3_000;

export class ByteStreams {
  readonly #options: ByteStreamsOptions;
  /** Pictures that are being received, and those that a text waits for, by the id of their stream. */
  readonly #pictures = new Map<string, { readonly over: Promise<void>; readonly end: () => void }>();
  readonly #begun = new Set<string>();
  #receiving = 0;

  constructor(options: ByteStreamsOptions) {
    this.#options = options;
  }

  /** Registers its handlers at once: what comes on a topic without one is dropped, so it is called before joining. */
  attach(room: Room): void {
    room.registerByteStreamHandler(TOPIC_SESSION, (reader, { identity }) =>
      this.#onRequest(reader, identity),
    );
    for (const topic of [TOPIC_CHAT, TOPIC_IMAGES]) {
      room.registerByteStreamHandler(topic, (reader, { identity }) => this.#onPicture(reader, identity));
    }
  }

  /** Resolves when the pictures that belong to a text have come, or will not. */
  async received(streamIds: readonly string[]): Promise<void> {
    await Promise.all(
      streamIds.slice(0, MAX_PICTURES).map((id) => {
        const picture = this.#pictures.get(id) ?? this.#expect(id);
        return picture.over;
      }),
    );
  }

  #expect(id: string): { readonly over: Promise<void>; readonly end: () => void } {
    let end = (): void => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const picture = { over, end };
    this.#pictures.set(id, picture);
    const timer = setTimeout(() => {
      // One that has begun to come has a deadline of its own.
      if (this.#begun.has(id)) return;
      this.#pictures.delete(id);
      end();
    }, ANNOUNCED_WITHIN_MS);
    void over.then(() => clearTimeout(timer));
    return picture;
  }

  #onPicture(reader: ByteStreamReader, identity: string): void {
    const { streamId } = reader.info;
    // What refuses a file names it: a name of 100 KB would be sent back, and logged.
    const [mimeType, name] = [cut(reader.info.mimeType), cut(reader.info.name)];
    const picture = this.#pictures.get(streamId) ?? this.#expect(streamId);
    this.#begun.add(streamId);
    const over = (): void => {
      this.#begun.delete(streamId);
      this.#pictures.delete(streamId);
      picture.end();
    };
    if (this.#receiving >= MAX_PICTURES) {
      void reader.close();
      this.#refuse(identity, name, `${MAX_PICTURES} are being received already`);
      over();
      return;
    }
    this.#receiving += 1;
    const end = this.#options.admission.begin(identity);
    readBytes(reader, MAX_PICTURE_BYTES, PICTURE_WITHIN_MS)
      .then(
        (bytes) => {
          if (bytes) this.#options.emit({ type: 'picture', identity, name, mimeType, bytes });
          else this.#refuse(identity, name, `is larger than ${MAX_PICTURE_BYTES} bytes, or took too long`);
        },
        (error: unknown) => {
          this.#options.log.warn({ err: error, identity }, 'a picture could not be received');
          this.#refuse(identity, name, 'could not be received');
        },
      )
      .finally(() => {
        this.#receiving -= 1;
        end();
        over();
      });
  }

  #onRequest(reader: ByteStreamReader, identity: string): void {
    const { emit, admission, log } = this.#options;
    const end = admission.begin(identity);
    readBytes(reader, MAX_REQUEST_BYTES, REQUEST_WITHIN_MS)
      .then((bytes) => {
        const request = bytes && readSessionRequest(bytes);
        if (request) emit({ type: 'session-request', identity, request });
      })
      .catch((error: unknown) => log.debug({ err: error, identity }, 'a session message could not be read'))
      .finally(end);
  }

  #refuse(identity: string, name: string, reason: string): void {
    this.#options.emit({ type: 'refused', identity, code: 'picture', reason: `the file ${name} ${reason}` });
  }
}

function cut(text = ''): string {
  return text.slice(0, MAX_NAME_CHARS).toWellFormed();
}

/** Undefined where there are more bytes than may be, or they take too long. */
async function readBytes(
  reader: ByteStreamReader,
  maxBytes: number,
  withinMs: number,
): Promise<Uint8Array | undefined> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void reader.close();
  }, withinMs);
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop closes the reader.
    for await (const part of reader) {
      size += part.length;
      if (size > maxBytes) return undefined;
      parts.push(part);
    }
  } finally {
    clearTimeout(timer);
  }
  return isLate ? undefined : Buffer.concat(parts);
}
