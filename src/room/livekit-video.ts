// Single pictures of a video track: rtc-node's VideoStream would copy each of thirty a second.
import type { RemoteTrack as LiveKitTrack, RemoteTrackPublication } from '@livekit/rtc-node';
import { delay } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { pauseVideo } from './native/pause-video.js';
import { openPictures, type Pictures } from './native/pictures.js';
import { isTooLarge, type Picture, PictureTooLarge, type Watch } from './port.js';
import { VideoPauses } from './video-pauses.js';

const GRAB_AT_MOST_MS = 1_000;
/** How often a subscribed track is looked up until it is available. */
const LOOK_EVERY_MS = 50;

/** Of a track that is gone. */
export const NO_WATCH: Watch = { grab: () => Promise.resolve(undefined), close: () => {} };

/** Subscribes, and unsubscribes when it is closed. */
export class LiveKitWatch implements Watch {
  readonly #publication: RemoteTrackPublication;
  readonly #log: Pick<Logger, 'warn'>;
  #stream: Pictures | undefined;
  readonly #isTooLarge: boolean;
  #closed = false;
  readonly #pauses: VideoPauses;

  constructor(publication: RemoteTrackPublication, log: Pick<Logger, 'warn'>) {
    this.#publication = publication;
    this.#log = log;
    this.#pauses = new VideoPauses((paused) => pauseVideo(publication, paused, log));
    this.#isTooLarge = isTooLarge(publication.width ?? 0, publication.height ?? 0);
    // Decoding it alone would take the CPU of several calls.
    if (!this.#isTooLarge) this.#subscribe(true);
  }

  async grab(againInMs = 0): Promise<Picture | undefined> {
    const { width = 0, height = 0 } = this.#publication;
    if (this.#isTooLarge && !this.#closed) throw new PictureTooLarge(width, height);
    const startedMs = performance.now();
    const untilMs = startedMs + GRAB_AT_MOST_MS;
    while (!this.#closed && performance.now() < untilMs) {
      const { track } = this.#publication;
      if (track) {
        this.#pauses.await(againInMs);
        const picture = await this.#streamOf(track).next(untilMs - performance.now(), () =>
          this.#pauses.done(true, againInMs),
        );
        if (!picture) this.#pauses.done(false, againInMs);
        return picture;
      }
      await delay(LOOK_EVERY_MS);
    }
    // A subscription that is requested while the room reconnects is lost.
    if (!this.#closed) this.#subscribe(true);
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#pauses.close();
    this.#closed = true;
    this.#stream?.close();
    if (!this.#isTooLarge) this.#subscribe(false);
  }

  #subscribe(wanted: boolean): void {
    try {
      this.#publication.setSubscribed(wanted);
    } catch {
      // The track was unpublished meanwhile, and rtc-node throws.
    }
  }

  /** A track that was subscribed anew is another one. */
  #streamOf(track: LiveKitTrack): Pictures {
    if (this.#stream?.track === track) return this.#stream;
    this.#stream?.close();
    this.#stream = openPictures(track, this.#log);
    return this.#stream;
  }
}
