// A camera or a screen of one colour, published by a person of a test, at 15 pictures a second.
import {
  type LocalTrackPublication,
  LocalVideoTrack,
  type Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';

const EVERY_MS = 67;

export type Colour = readonly [red: number, green: number, blue: number];

export class Camera implements AsyncDisposable {
  readonly #room: Room;
  readonly #source: VideoSource;
  readonly #track: LocalVideoTrack;
  readonly #timer: NodeJS.Timeout;
  #publication: LocalTrackPublication | undefined;

  private constructor(room: Room, size: readonly [number, number], colour: Colour) {
    const [width, height] = size;
    this.#room = room;
    this.#source = new VideoSource(width, height);
    this.#track = LocalVideoTrack.createVideoTrack('camera', this.#source);
    const pixels = new Uint8Array(width * height * 4);
    for (let at = 0; at < pixels.length; at += 4) pixels.set([...colour, 255], at);
    const frame = new VideoFrame(pixels, width, height, VideoBufferType.RGBA).convert(VideoBufferType.I420);
    this.#timer = setInterval(() => this.#source.captureFrame(frame), EVERY_MS);
  }

  static async publish(
    room: Room,
    options: {
      readonly source?: 'camera' | 'screen';
      readonly size?: readonly [number, number];
      readonly colour?: Colour;
    } = {},
  ): Promise<Camera> {
    const { source = 'camera', size = [640, 360], colour = [200, 40, 40] } = options;
    const camera = new Camera(room, size, colour);
    const publish = new TrackPublishOptions({
      source: source === 'camera' ? TrackSource.SOURCE_CAMERA : TrackSource.SOURCE_SCREENSHARE,
      simulcast: false,
    });
    camera.#publication = await room.localParticipant?.publishTrack(camera.#track, publish);
    return camera;
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
