// Lane: sends the newest frame of one camera or screen to the model, at the profile's rate.
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import {
  type Picture,
  PictureTooLarge,
  type RemoteTrack,
  type RoomEvent,
  type RoomPort,
  type Watch,
} from '../room/port.js';
import type { Jpeg } from '../session/port.js';
import { delay } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { Paced } from '../util/paced.js';
import { RateLimits } from '../util/rate-limits.js';

type See = Profile['see'];

/** Pause before the next attempt when a track gave no picture. */
const AGAIN_MS = 200;
/** Of the time between two pictures, at least so much lies between one that was taken and the next. */
const LEAST_PART = 0.9;
/** How often the camera is chosen again, independent of the picture rate. */
const LOOK_ROUND_MS = 1_000;
/** Minimum time before the camera changes: a short remark is no change of speaker, and subscribing takes time. */
const STAY_MS = 2_000;

/** How long a track with too large a picture is not used: its size may change. */
const TOO_LARGE_MS = 30_000;

/** Everybody gets the event: one who shares another screen that is too large every second must not fill their logs. */
const TOO_LARGE_REPORTS = { burst: 1, perSecond: 1 / 600 };

/** Each choice may be an event to everybody and a picture at once: a client that mutes in a loop would displace others'. */
const CHOICES = { burst: 10, perSecond: 2, laterMs: 500 };

export interface VideoInOptions {
  readonly room: RoomPort;
  readonly see: See;
  readonly listen: Profile['listen'];
  readonly encode: (picture: Picture, see: See) => Promise<Jpeg>;
  readonly send: (image: Jpeg) => void;
  readonly emit: (event: RoomEventBody) => void;
  /** The present or last speaker, whose camera is preferred. */
  readonly speaker: () => string | undefined;
  readonly log: Logger;
}

interface Look {
  readonly track: RemoteTrack;
  readonly watch: Watch;
  readonly sinceMs: number;
}

export class VideoIn {
  readonly #options: VideoInOptions;
  #detach: () => void = () => {};
  #see: See;
  #listen: Profile['listen'];
  /** Tracks whose pictures were too large, and until when they are not used. */
  readonly #tooLarge = new Map<string, number>();
  readonly #reports = new RateLimits(TOO_LARGE_REPORTS);
  #look: Look | undefined;
  /** The source of the last `vision` event. */
  #reported: string | undefined;
  readonly #choices = new Paced({ ...CHOICES, act: () => this.#chooseAgain() });
  /** Aborts the pause before the next picture. */
  #pause = new AbortController();

  constructor(options: VideoInOptions) {
    this.#options = options;
    this.#see = options.see;
    this.#listen = options.listen;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'videos-changed') this.#choices.ask('');
      if (event.type !== 'connection' || event.state !== 'reconnected') return;
      // Unsubscribes, so that the track is subscribed again.
      this.#leave();
      this.#choose();
    });
    this.#choose();
  }

  /** Takes effect at once. */
  configure({ see, listen }: Pick<Profile, 'see' | 'listen'>): void {
    this.#see = see;
    this.#listen = listen;
    this.#choose();
    this.#pause.abort();
  }

  close(): void {
    this.#detach();
    this.#choices.close();
    this.#leave();
  }

  #choose(): void {
    const next = this.#wanted();
    this.#emit(next);
    if (next?.sid === this.#look?.track.sid) return;
    this.#leave();
    if (!next) return;
    const watch = this.#options.room.watch(next.sid);
    this.#look = { track: next, watch, sinceMs: performance.now() };
    void this.#follow(this.#look);
  }

  #chooseAgain(): void {
    try {
      this.#choose();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a camera could not be chosen');
    }
  }

  #emit(track: RemoteTrack | undefined): void {
    const seen = track && `${track.source} ${track.identity}`;
    if (seen === this.#reported) return;
    this.#reported = seen;
    this.#options.emit({
      type: 'vision',
      source: track === undefined ? null : track.source === 'screen' ? 'screen' : 'camera',
      ...(track ? { participant: track.identity } : {}),
    });
  }

  /** Order of choice: the newest shared screen, the speaker's camera, the present camera, other cameras. */
  #wanted(): RemoteTrack | undefined {
    const { source } = this.#see;
    const open = this.#options.room.videos().filter((track) => !track.muted && this.#maySee(track));
    const of = (kind: 'camera' | 'screen'): readonly RemoteTrack[] =>
      source === 'auto' || source === kind ? open.filter((track) => track.source === kind) : [];
    const cameras = of('camera');
    const speaker = this.#options.speaker();
    const current = cameras.find(({ sid }) => sid === this.#look?.track.sid);
    const stays = performance.now() - (this.#look?.sinceMs ?? 0) < STAY_MS;
    return (
      of('screen').at(-1) ??
      (stays ? current : undefined) ??
      cameras.find(({ identity }) => identity === speaker) ??
      current ??
      cameras[0]
    );
  }

  /** With policy `one` only the participant who is heard, unless `see.participants` lists others. */
  #maySee({ sid, identity }: RemoteTrack): boolean {
    const { participants } = this.#see;
    const { policy, participant } = this.#listen;
    const untilMs = this.#tooLarge.get(sid) ?? 0;
    if (untilMs > performance.now()) return false;
    if (participants) return participants.includes(identity);
    return policy !== 'one' || identity === participant;
  }

  /** Unsubscribes from the track for TOO_LARGE_MS: a subscribed track is decoded all the time. */
  #onTooLarge({ sid, identity }: RemoteTrack, error: PictureTooLarge): void {
    const now = performance.now();
    // Another track each time has an id of its own.
    for (const [other, untilMs] of this.#tooLarge) if (untilMs < now) this.#tooLarge.delete(other);
    this.#tooLarge.set(sid, now + TOO_LARGE_MS);
    if (this.#reports.take(identity)) {
      const message = `${identity}: ${error.message}`;
      this.#options.emit({ type: 'error', code: 'picture_too_large', message, fatal: false });
    }
    this.#choose();
  }

  #leave(): void {
    this.#look?.watch.close();
    this.#look = undefined;
    this.#pause.abort();
  }

  /** Never rejects: an unhandled rejection would end the process. */
  async #follow(look: Look): Promise<void> {
    let isLogged = false;
    while (this.#look === look) {
      const startedMs = performance.now();
      let takenMs: number | undefined = startedMs;
      try {
        takenMs = await this.#sendOne(look);
      } catch (error) {
        if (error instanceof PictureTooLarge) {
          this.#onTooLarge(look.track, error);
          return;
        }
        // One log line per track; the next picture is tried at the same rate.
        if (!isLogged) this.#options.log.warn({ err: error }, 'a picture was not sent');
        isLogged = true;
      }
      await this.#rest(look, startedMs, takenMs);
    }
  }

  /** Waits until the next picture is due, by the rate that applies then. */
  async #rest(look: Look, startedMs: number, takenMs: number | undefined): Promise<void> {
    for (;;) {
      const everyMs = takenMs === undefined ? AGAIN_MS : 1000 / this.#see.framesPerSecond;
      // After a picture whose key frame came late the next would follow too soon.
      const dueMs = Math.max(startedMs + everyMs, takenMs === undefined ? 0 : takenMs + LEAST_PART * everyMs);
      const leftMs = dueMs - performance.now();
      // The speaker may have changed.
      if (this.#look === look) this.#chooseAgain();
      if (this.#look !== look || leftMs <= 0) return;
      this.#pause = new AbortController();
      await delay(Math.min(leftMs, LOOK_ROUND_MS), this.#pause.signal);
    }
  }

  /** Returns when the picture was taken; undefined where none was sent. */
  async #sendOne(look: Look): Promise<number | undefined> {
    const picture = await look.watch.grab(1000 / this.#see.framesPerSecond);
    if (!picture || this.#look !== look) return undefined;
    const takenMs = performance.now();
    const image = await this.#options.encode(picture, this.#see);
    if (this.#look !== look) return undefined;
    this.#options.send(image);
    return takenMs;
  }
}
