// Single pictures of a video track: rtc-node's VideoStream would copy each of thirty a second.
import type { RemoteTrack as LiveKitTrack, RemoteTrackPublication } from '@livekit/rtc-node';
import { delay } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { pauseVideo } from './native/pause-video.js';
import { openPictures, type Pictures } from './native/pictures.js';
import { isTooLarge, type Picture, PictureTooLarge, type Watch } from './port.js';

const GRAB_AT_MOST_MS = 1_000;
/** How often a subscribed track is looked up until it is available. */
const LOOK_EVERY_MS = 50;

/** A video is paused between pictures that are at least so far apart: each begins with a key frame of its publisher. */
const PAUSED_FROM_MS = 800;
/** A publisher whose key frames take longer so often in a row is not paused again: its pictures would come late. */
const SLOW_KEY_FRAME_MS = 800;
const MOST_SLOW = 3;

/** Of a track that is gone. */
export const NO_WATCH: Watch = { grab: () => Promise.resolve(undefined), close: () => {} };

/** Subscribes, and unsubscribes when it is closed. */
export class LiveKitWatch implements Watch {
  readonly #publication: RemoteTrackPublication;
  readonly #log: Pick<Logger, 'warn'>;
  #stream: Pictures | undefined;
  readonly #isTooLarge: boolean;
  #closed = false;
  #paused = false;
  #mayPause = true;
  /** Key frames in a row that took long. */
  #slow = 0;

  constructor(publication: RemoteTrackPublication, log: Pick<Logger, 'warn'>) {
    this.#publication = publication;
    this.#log = log;
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
        const wasPaused = this.#paused;
        this.#pause(false);
        const picture = await this.#streamOf(track).next(untilMs - performance.now());
        if (wasPaused) this.#slow = performance.now() - startedMs > SLOW_KEY_FRAME_MS ? this.#slow + 1 : 0;
        if (this.#slow >= MOST_SLOW) this.#mayPause = false;
        if (picture && againInMs >= PAUSED_FROM_MS && this.#mayPause) this.#pause(true);
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
    this.#pause(false);
    this.#closed = true;
    this.#stream?.close();
    if (!this.#isTooLarge) this.#subscribe(false);
  }

  /** A paused video costs nothing: decoding thirty pictures a second takes more than all the rest of a call. */
  #pause(paused: boolean): void {
    if (this.#closed || paused === this.#paused) return;
    this.#paused = paused;
    if (!pauseVideo(this.#publication, paused, this.#log)) this.#mayPause = false;
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
