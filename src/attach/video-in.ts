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
}

export class VideoIn {
  readonly #options: VideoInOptions;
  readonly #detach: () => void;
  #see: See;
  #look: Look | undefined;

  constructor(options: VideoInOptions) {
    this.#options = options;
    this.#see = options.see;
    this.#detach = options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'videos-changed') this.#choose();
    });
    this.#choose();
  }

  /** Takes effect at once. */
  configure({ see }: Pick<Profile, 'see'>): void {
    this.#see = see;
    this.#choose();
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
    this.#options.tell({
      type: 'vision',
      source: next === undefined ? null : next.source === 'screen' ? 'screen' : 'camera',
      ...(next ? { participant: next.identity } : {}),
    });
    if (next) void this.#watch(next);
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
    const current = this.#look?.track.sid;
    return (
      screens.at(-1) ??
      cameras.find(({ identity }) => identity === speaker) ??
      cameras.find(({ sid }) => sid === current) ??
      cameras[0]
    );
  }

  #leave(): void {
    this.#look?.stop.abort();
    this.#look?.watch.close();
    this.#look = undefined;
  }

  async #watch(track: RemoteTrack): Promise<void> {
    const watch = this.#options.room.watch(track.sid);
    const stop = new AbortController();
    this.#look = { track, watch, stop };
    while (!stop.signal.aborted) {
      const startedMs = performance.now();
      const sent = await this.#sendOne(watch, stop.signal);
      const everyMs = sent ? 1000 / this.#see.framesPerSecond : AGAIN_MS;
      await delay(Math.max(0, everyMs - (performance.now() - startedMs)), stop.signal);
      // Another one may speak by now.
      if (!stop.signal.aborted) this.#choose();
    }
  }

  async #sendOne(watch: Watch, signal: AbortSignal): Promise<boolean> {
    try {
      const picture = await watch.grab();
      if (!picture || signal.aborted) return false;
      const image = await this.#options.encode(picture, this.#see);
      if (signal.aborted) return false;
      this.#options.send(image);
      return true;
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a picture was not sent');
      return false;
    }
  }
}
