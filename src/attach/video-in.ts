// Lane: what the model sees: the newest picture of one camera or screen at a time, as often as asked for.
import type { Profile } from '../config/profile.js';
import type { Jpeg } from '../model/port.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { Picture, RemoteTrack, RoomEvent, RoomPort, Watch } from '../room/port.js';
import { delay } from '../util/abort.js';
import type { Logger } from '../util/log.js';

type See = Profile['see'];

/** A camera that gives no picture is asked again so soon. */
const AGAIN_MS = 200;
/** However seldom pictures are sent, who speaks is looked for this often. */
const LOOK_ROUND_MS = 1_000;
/** A camera is not left for another one sooner: an "uh-huh" is no change of speaker, and a new track takes a while to come. */
const STAY_MS = 2_000;

export interface VideoInOptions {
  readonly room: RoomPort;
  readonly see: See;
  readonly encode: (picture: Picture, see: See) => Promise<Jpeg>;
  readonly send: (image: Jpeg) => void;
  readonly tell: (event: RoomEventBody) => void;
  /** Who speaks, or spoke last: his camera is the one to look at. */
  readonly speaker: () => string | undefined;
  readonly log: Logger;
}

interface Look {
  readonly track: RemoteTrack;
  readonly watch: Watch;
  readonly stop: AbortController;
  readonly sinceMs: number;
}

export class VideoIn {
  readonly #options: VideoInOptions;
  readonly #detach: () => void;
  #see: See;
  #look: Look | undefined;
  /** What the room was told of last. */
  #told: string | undefined;
  /** Ends the wait for the next picture. */
  #pause = new AbortController();

  constructor(options: VideoInOptions) {
    this.#options = options;
    this.#see = options.see;
    this.#detach = options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'videos-changed') this.#choose();
      // Tracks that were received are to be asked for again.
      if (event.type === 'connection' && event.state === 'reconnected') this.#renew();
    });
    this.#choose();
  }

  /** Takes effect at once. */
  configure({ see }: Pick<Profile, 'see'>): void {
    this.#see = see;
    this.#choose();
    this.#pause.abort();
  }

  close(): void {
    this.#detach();
    this.#leave();
  }

  #choose(): void {
    const next = this.#wanted();
    const before = this.#look?.track;
    if (next?.sid === before?.sid) return;
    this.#leave();
    this.#tell(next);
    if (next) void this.#watch(next);
  }

  #renew(): void {
    this.#leave();
    this.#choose();
    if (!this.#look) this.#tell(undefined);
  }

  #tell(track: RemoteTrack | undefined): void {
    const seen = track && `${track.source} ${track.identity}`;
    if (seen === this.#told) return;
    this.#told = seen;
    this.#options.tell({
      type: 'vision',
      source: track === undefined ? null : track.source === 'screen' ? 'screen' : 'camera',
      ...(track ? { participant: track.identity } : {}),
    });
  }

  /** A shared screen before a camera, the newest first; the speaker's camera before the one that is looked at, and that before others. */
  #wanted(): RemoteTrack | undefined {
    const { source } = this.#see;
    const open = this.#options.room.videos().filter(({ muted }) => !muted);
    const screens =
      source === 'camera' || source === 'off' ? [] : open.filter((track) => track.source === 'screen');
    const cameras =
      source === 'screen' || source === 'off' ? [] : open.filter((track) => track.source === 'camera');
    const speaker = this.#options.speaker();
    const current = cameras.find(({ sid }) => sid === this.#look?.track.sid);
    const stays = performance.now() - (this.#look?.sinceMs ?? 0) < STAY_MS;
    return (
      screens.at(-1) ??
      (stays ? current : undefined) ??
      cameras.find(({ identity }) => identity === speaker) ??
      current ??
      cameras[0]
    );
  }

  #leave(): void {
    this.#look?.stop.abort();
    this.#pause.abort();
    this.#look?.watch.close();
    this.#look = undefined;
  }

  async #watch(track: RemoteTrack): Promise<void> {
    const watch = this.#options.room.watch(track.sid);
    const stop = new AbortController();
    this.#look = { track, watch, stop, sinceMs: performance.now() };
    let isTold = false;
    while (!stop.signal.aborted) {
      const startedMs = performance.now();
      let sent = true;
      try {
        sent = await this.#sendOne(watch, stop.signal);
      } catch (error) {
        // It is tried again at its pace; once is enough to be told of it.
        if (!isTold) this.#options.log.warn({ err: error }, 'a picture was not sent');
        isTold = true;
      }
      await this.#rest(startedMs, sent, stop.signal);
    }
  }

  /** Until the next picture is due, by the pace that holds then. */
  async #rest(startedMs: number, sent: boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      const everyMs = sent ? 1000 / this.#see.framesPerSecond : AGAIN_MS;
      const leftMs = startedMs + everyMs - performance.now();
      // Another one may speak by now.
      if (!signal.aborted) this.#choose();
      if (signal.aborted || leftMs <= 0) return;
      this.#pause = new AbortController();
      await delay(Math.min(leftMs, LOOK_ROUND_MS), this.#pause.signal);
    }
  }

  async #sendOne(watch: Watch, signal: AbortSignal): Promise<boolean> {
    const picture = await watch.grab();
    if (!picture || signal.aborted) return false;
    const image = await this.#options.encode(picture, this.#see);
    if (signal.aborted) return false;
    this.#options.send(image);
    return true;
  }
}
