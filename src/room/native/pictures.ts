// Single pictures of a video track: straight from the native library, or by rtc-node's VideoStream, which copies all of them.
import {
  type RemoteTrack as LiveKitTrack,
  VideoBufferType,
  VideoFrame,
  VideoStream,
} from '@livekit/rtc-node';
import { within } from '../../util/abort.js';
import type { Logger } from '../../util/log.js';
import { isTooLarge, type Picture, PictureTooLarge } from '../port.js';
import {
  byPrivatePart,
  loadNativeClient,
  NATIVE_EVENT,
  type NativeBindings,
  type NativeClient,
  type NativeEvent,
  type NativeHandle,
  nativeBindings,
  trackHandle,
} from './native-library.js';

export interface Pictures {
  readonly track: LiveKitTrack;
  /**
   * The next picture; undefined where none comes in time. One at a time.
   *
   * @param onTaken called before the picture is converted: the next one may already be decoded meanwhile
   * @throws PictureTooLarge
   */
  next(atMostMs: number, onTaken?: () => void): Promise<Picture | undefined>;
  close(): void;
}

/** Receives a track's pictures until it is closed. */
export function openPictures(track: LiveKitTrack, log: Pick<Logger, 'warn'>): Pictures {
  const native = byPrivatePart(
    'newVideoStream',
    'every picture of a video is copied, not only those that are looked at',
    log,
    () => NativePictures.open(track),
  );
  return native ?? new StreamedPictures(track);
}

/** A picture that somebody waits for. */
class NextPicture {
  #wanted:
    | { resolve(picture: Picture | undefined): void; reject(error: unknown): void; onTaken(): void }
    | undefined;
  #closed = false;

  get isWanted(): boolean {
    return this.#wanted !== undefined;
  }

  /** Undefined where none comes in time, or the stream is closed. */
  async wait(atMostMs: number, onTaken = (): void => {}): Promise<Picture | undefined> {
    if (this.#closed) return undefined;
    const picture = new Promise<Picture | undefined>((resolve, reject) => {
      this.#wanted = { resolve, reject, onTaken };
    });
    try {
      return await within(picture, atMostMs);
    } finally {
      this.#wanted = undefined;
    }
  }

  /** No picture follows. @returns false where it was closed before */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#wanted?.resolve(undefined);
    this.#wanted = undefined;
    return true;
  }

  /** Answers who waits; what `make` throws is thrown there. */
  give(make: () => Picture | undefined): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.onTaken();
    try {
      wanted?.resolve(make());
    } catch (error) {
      wanted?.reject(error);
    }
  }
}

/** Pictures that were under way when a stream was closed still have to be given back. */
const LATE_PICTURES_MS = 1_000;

type OwnedBuffer = Parameters<typeof VideoFrame.fromOwnedInfo>[0];

interface StreamEvent {
  readonly streamHandle: bigint;
  readonly message:
    | {
        readonly case: 'frameReceived';
        readonly value: { readonly buffer?: OwnedBuffer; readonly rotation?: number };
      }
    | { readonly case: 'eos' };
}

class NativePictures implements Pictures {
  readonly track: LiveKitTrack;
  readonly #client: NativeClient;
  readonly #bindings: NativeBindings;
  readonly #handle: NativeHandle;
  readonly #next = new NextPicture();

  /** Undefined where this rtc-node lacks what it needs. */
  static open(track: LiveKitTrack): NativePictures | undefined {
    const client = loadNativeClient();
    const bindings = nativeBindings();
    const ofTrack = trackHandle(track);
    if (!client || !bindings || ofTrack === undefined) return undefined;
    if (typeof VideoFrame.fromOwnedInfo !== 'function') return undefined;
    const { NewVideoStreamRequest, VideoStreamType, FfiHandle } = bindings;
    const value = new NewVideoStreamRequest({
      type: VideoStreamType.VIDEO_STREAM_NATIVE,
      trackHandle: ofTrack,
    });
    const response = client.request<{ readonly stream: { readonly handle: { readonly id: bigint } } }>({
      message: { case: 'newVideoStream', value },
    });
    return new NativePictures(track, client, bindings, new FfiHandle(response.stream.handle.id));
  }

  private constructor(
    track: LiveKitTrack,
    client: NativeClient,
    bindings: NativeBindings,
    handle: NativeHandle,
  ) {
    this.track = track;
    this.#client = client;
    this.#bindings = bindings;
    this.#handle = handle;
    this.#client.on(NATIVE_EVENT, this.#onEvent);
  }

  next(atMostMs: number, onTaken?: () => void): Promise<Picture | undefined> {
    return this.#next.wait(atMostMs, onTaken);
  }

  close(): void {
    if (!this.#next.close()) return;
    setTimeout(() => this.#client.off(NATIVE_EVENT, this.#onEvent), LATE_PICTURES_MS).unref();
    this.#handle.dispose();
  }

  readonly #onEvent = ({ message }: NativeEvent): void => {
    if (message.case !== 'videoStreamEvent') return;
    const { streamHandle, message: event } = message.value as StreamEvent;
    if (streamHandle !== this.#handle.handle) return;
    if (event.case === 'eos') {
      this.close();
      return;
    }
    const { buffer, rotation } = event.value;
    if (!buffer) return;
    if (!this.#next.isWanted) {
      this.#giveBack(buffer);
      return;
    }
    this.#next.give(() => {
      const { width = 0, height = 0 } = buffer.info ?? {};
      if (isTooLarge(width, height)) {
        // Before anything is copied: it would take hundreds of MB.
        this.#giveBack(buffer);
        throw new PictureTooLarge(width, height);
      }
      return pictureOf(VideoFrame.fromOwnedInfo(buffer), rotation ?? 0);
    });
  };

  #giveBack(buffer: OwnedBuffer): void {
    const id = buffer.handle?.id;
    if (id !== undefined) new this.#bindings.FfiHandle(id).dispose();
  }
}

class StreamedPictures implements Pictures {
  readonly track: LiveKitTrack;
  readonly #reader: ReadableStreamDefaultReader<{ readonly frame: VideoFrame; readonly rotation: number }>;
  readonly #next = new NextPicture();

  constructor(track: LiveKitTrack) {
    this.track = track;
    this.#reader = new VideoStream(track).getReader();
    void this.#read();
  }

  next(atMostMs: number, onTaken?: () => void): Promise<Picture | undefined> {
    return this.#next.wait(atMostMs, onTaken);
  }

  close(): void {
    if (!this.#next.close()) return;
    this.#reader.cancel().catch(() => {});
  }

  /** Takes every picture, wanted or not: the stream would queue them without a limit. */
  async #read(): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
        const { frame, rotation } = next.value;
        if (!this.#next.isWanted) continue;
        this.#next.give(() => {
          if (isTooLarge(frame.width, frame.height)) throw new PictureTooLarge(frame.width, frame.height);
          return pictureOf(frame, rotation);
        });
      }
    } catch (error) {
      this.#next.give(() => {
        throw error;
      });
    }
    this.close();
  }
}

function pictureOf(frame: VideoFrame, quarters: number): Picture {
  // rtc-node miscounts its planes, and the library ends the process over that (0.13.35).
  if (frame.type === VideoBufferType.I010) throw new Error('video of 10 bits a sample cannot be looked at');
  // Only this one kind becomes RGB; every other becomes this one.
  const plain = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
  const { data, width, height } = plain.convert(VideoBufferType.RGB24);
  return { pixels: data, width, height, rotation: (quarters * 90) as Picture['rotation'] };
}
