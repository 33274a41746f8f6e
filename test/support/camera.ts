// A camera or a screen of one colour, published by a person of a test, at 15 pictures a second.
import {
  type LocalTrackPublication,
  LocalVideoTrack,
  type Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoRotation,
  VideoSource,
} from '@livekit/rtc-node';
import { muteTrack } from '../../src/index.js';

const EVERY_MS = 67;
/** Pictures of a camera that moves, which are shown again and again. */
const MOVES = 30;

export interface CameraOptions {
  readonly source?: 'camera' | 'screen';
  readonly size?: readonly [number, number];
  readonly colour?: Colour;
  readonly everyMs?: number;
  /** Every picture differs from the one before, as those of a camera do: it costs more to decode. */
  readonly moves?: boolean;
}

export type Colour = readonly [red: number, green: number, blue: number];

export class Camera implements AsyncDisposable {
  readonly #room: Room;
  readonly #source: VideoSource;
  readonly #track: LocalVideoTrack;
  readonly #timer: NodeJS.Timeout;
  #publication: LocalTrackPublication | undefined;
  readonly #awaited: (() => void)[] = [];

  /** How the phone is held. */
  rotation: VideoRotation = VideoRotation.VIDEO_ROTATION_0;

  private constructor(room: Room, options: CameraOptions) {
    const { size = [640, 360], colour = [200, 40, 40], everyMs = EVERY_MS, moves = false } = options;
    const [width, height] = size;
    this.#room = room;
    this.#source = new VideoSource(width, height);
    this.#track = LocalVideoTrack.createVideoTrack('camera', this.#source);
    const frames = Array.from({ length: moves ? MOVES : 1 }, (_, index) =>
      new VideoFrame(
        moves ? person(width, height, index * 8) : plain(width, height, colour),
        width,
        height,
        VideoBufferType.RGBA,
      ).convert(VideoBufferType.I420),
    );
    let next = 0;
    this.#timer = setInterval(() => {
      const frame = frames[next % frames.length];
      next += 1;
      if (frame) this.#source.captureFrame(frame, undefined, this.rotation);
      for (const resolve of this.#awaited.splice(0)) resolve();
    }, everyMs);
  }

  static async publish(room: Room, options: CameraOptions = {}): Promise<Camera> {
    const { source = 'camera' } = options;
    const camera = new Camera(room, options);
    const publish = new TrackPublishOptions({
      source: source === 'camera' ? TrackSource.SOURCE_CAMERA : TrackSource.SOURCE_SCREENSHARE,
      simulcast: false,
    });
    camera.#publication = await room.localParticipant?.publishTrack(camera.#track, publish);
    return camera;
  }

  /** Resolves with the next picture. */
  captured(): Promise<void> {
    return new Promise((resolve) => this.#awaited.push(resolve));
  }

  /** As a client does that switches its camera off and keeps the track. */
  async mute(muted: boolean): Promise<void> {
    const done = await muteTrack(this.#track, muted, { warn: (_fields, message) => console.error(message) });
    if (!done) throw new Error('this rtc-node cannot mute a track');
  }

  async unpublish(): Promise<void> {
    const sid = this.#publication?.sid;
    this.#publication = undefined;
    if (sid !== undefined) await this.#room.localParticipant?.unpublishTrack(sid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.unpublish().catch(() => {});
    await this.#source.close();
  }
}

function plain(width: number, height: number, colour: Colour): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([...colour, 255], at);
  return pixels;
}

/** A person before a wall, as far as an encoder is concerned: grain everywhere, and a disc that has moved by so many pixels. */
function person(width: number, height: number, by: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  const radius = height / 4;
  for (let at = 0; at < width * height; at += 1) {
    const x = at % width;
    const y = Math.floor(at / width);
    const isDisc = Math.hypot(x - width / 2 - by, y - height / 2) < radius;
    const grain = ((at * 2_654_435_761) >>> 28) - 8;
    const value = (isDisc ? 170 : 60 + (x * 80) / width) + grain;
    pixels.set([value, value, isDisc ? 120 : value, 255], at * 4);
  }
  return pixels;
}
