// Lane: what the model sees: the newest picture of one camera or screen at a time, as often as asked for.
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { Picture, RemoteTrack, RoomEvent, RoomPort, Watch } from '../room/port.js';
import type { Jpeg } from '../session/port.js';
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
  readonly emit: (event: RoomEventBody) => void;
  /** Who speaks, or spoke last: his camera is the one to look at. */
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
      if (event.type !== 'connection' || event.state !== 'reconnected') return;
      // A track that was received is to be asked for again.
      this.#leave();
      this.#choose();
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
    this.#emit(next);
    if (next?.sid === this.#look?.track.sid) return;
    this.#leave();
    if (next) void this.#watch(next);
  }

  #emit(track: RemoteTrack | undefined): void {
    const seen = track && `${track.source} ${track.identity}`;
    if (seen === this.#told) return;
    this.#told = seen;
    this.#options.emit({
      type: 'vision',
      source: track === undefined ? null : track.source === 'screen' ? 'screen' : 'camera',
      ...(track ? { participant: track.identity } : {}),
    });
  }

  /** A shared screen before a camera, the newest first; the speaker's camera before the one that is looked at, and that before others. */
  #wanted(): RemoteTrack | undefined {
    const { source } = this.#see;
    const open = this.#options.room.videos().filter(({ muted }) => !muted);
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

  #leave(): void {
    this.#look?.watch.close();
    this.#look = undefined;
    this.#pause.abort();
  }

  async #watch(track: RemoteTrack): Promise<void> {
    const look: Look = { track, watch: this.#options.room.watch(track.sid), sinceMs: performance.now() };
    this.#look = look;
    let isTold = false;
    while (this.#look === look) {
      const startedMs = performance.now();
      let sent = true;
      try {
        sent = await this.#sendOne(look);
      } catch (error) {
        // It is tried again at its pace; once is enough to be told of it.
        if (!isTold) this.#options.log.warn({ err: error }, 'a picture was not sent');
        isTold = true;
      }
      await this.#rest(look, startedMs, sent);
    }
  }

  /** Until the next picture is due, by the pace that holds then. */
  async #rest(look: Look, startedMs: number, sent: boolean): Promise<void> {
    for (;;) {
      const everyMs = sent ? 1000 / this.#see.framesPerSecond : AGAIN_MS;
      const leftMs = startedMs + everyMs - performance.now();
      // Another one may speak by now.
      if (this.#look === look) this.#choose();
      if (this.#look !== look || leftMs <= 0) return;
      this.#pause = new AbortController();
      await delay(Math.min(leftMs, LOOK_ROUND_MS), this.#pause.signal);
    }
  }

  async #sendOne(look: Look): Promise<boolean> {
    const picture = await look.watch.grab();
    if (!picture || this.#look !== look) return false;
    const image = await this.#options.encode(picture, this.#see);
    if (this.#look !== look) return false;
    this.#options.send(image);
    return true;
  }
}
