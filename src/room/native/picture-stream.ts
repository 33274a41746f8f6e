// Single pictures of a video track, straight from rtc-node's native library: its VideoStream would copy each of thirty a second.
import { type RemoteTrack as LiveKitTrack, VideoBufferType, VideoFrame } from '@livekit/rtc-node';
import { within } from '../../util/abort.js';
import { isTooLarge, type Picture, PictureTooLarge } from '../port.js';
import {
  loadNativeClient,
  NATIVE_EVENT,
  type NativeBindings,
  type NativeEvent,
  type NativeHandle,
  nativeBindings,
} from './native-library.js';

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

export class PictureStream {
  readonly track: LiveKitTrack;
  readonly #client = loadNativeClient();
  readonly #bindings: NativeBindings = nativeBindings();
  readonly #handle: NativeHandle;
  #wanted: { resolve(picture: Picture | undefined): void; reject(error: unknown): void } | undefined;
  #closed = false;

  constructor(track: LiveKitTrack) {
    this.track = track;
    const { NewVideoStreamRequest, VideoStreamType, FfiHandle } = this.#bindings;
    const { ffi_handle } = track as unknown as { readonly ffi_handle: NativeHandle };
    const value = new NewVideoStreamRequest({
      type: VideoStreamType.VIDEO_STREAM_NATIVE,
      trackHandle: ffi_handle.handle,
    });
    const response = this.#client.request<{ readonly stream: { readonly handle: { readonly id: bigint } } }>({
      message: { case: 'newVideoStream', value },
    });
    this.#handle = new FfiHandle(response.stream.handle.id);
    this.#client.on(NATIVE_EVENT, this.#onEvent);
  }

  async next(atMostMs: number): Promise<Picture | undefined> {
    if (this.#closed) return undefined;
    const picture = new Promise<Picture | undefined>((resolve, reject) => {
      this.#wanted = { resolve, reject };
    });
    try {
      return await within(picture, atMostMs);
    } finally {
      this.#wanted = undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wanted?.resolve(undefined);
    this.#wanted = undefined;
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
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (!wanted) {
      this.#giveBack(buffer);
      return;
    }
    const { width = 0, height = 0 } = buffer.info ?? {};
    if (isTooLarge(width, height)) {
      // Before anything is copied: it would take hundreds of MB.
      this.#giveBack(buffer);
      wanted.reject(new PictureTooLarge(width, height));
      return;
    }
    try {
      wanted.resolve(pictureOf(buffer, rotation ?? 0));
    } catch (error) {
      // An error thrown here would be unhandled, and would keep the event from every listener after this one.
      wanted.reject(error);
    }
  };

  #giveBack(buffer: OwnedBuffer): void {
    const id = buffer.handle?.id;
    if (id !== undefined) new this.#bindings.FfiHandle(id).dispose();
  }
}

function pictureOf(buffer: OwnedBuffer, quarters: number): Picture {
  const frame = VideoFrame.fromOwnedInfo(buffer);
  // rtc-node miscounts its planes, and the library ends the process over that (0.13.35).
  if (frame.type === VideoBufferType.I010) throw new Error('video of 10 bits a sample cannot be looked at');
  // Only this one kind becomes RGB; every other becomes this one.
  const plain = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
  const { data, width, height } = plain.convert(VideoBufferType.RGB24);
  return { pixels: data, width, height, rotation: (quarters * 90) as Picture['rotation'] };
}
