// Lane: sends pictures of the chat to the model, within the limits of `see`.
import type { Profile } from '../profile/profile.js';
import type { Refusal, RoomEvent, RoomPort } from '../room/port.js';
import type { Jpeg } from '../session/port.js';
import { RateLimits } from '../util/rate-limits.js';

export interface PictureFile {
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export interface PicturesOptions {
  readonly room: Pick<RoomPort, 'onEvent'>;
  readonly see: Profile['see'];
  /** Whether the model accepts pictures. */
  readonly video: boolean;
  /** @throws an error whose message says why the file cannot be used */
  readonly encode: (file: PictureFile, limits: Pick<Profile['see'], 'maxEdge' | 'quality'>) => Promise<Jpeg>;
  readonly send: (picture: Jpeg) => void;
  readonly onRefused: (refusal: Refusal) => void;
}

/** Each up to 4 MB, of however many participants. */
const MAX_WAITING = 8;

export class Pictures {
  readonly #options: PicturesOptions;
  /** Five at once, for one text, then one every two seconds. */
  readonly #limit = new RateLimits({ burst: 5, perSecond: 0.5 });
  #see: Profile['see'];
  /** Pictures are encoded one after the other, in the order in which they came. */
  #encoding: Promise<void> | undefined;
  #waiting = 0;
  #detach: () => void = () => {};

  constructor(options: PicturesOptions) {
    this.#options = options;
    this.#see = options.see;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event) => this.#onRoom(event));
  }

  configure({ see }: Pick<Profile, 'see'>): void {
    this.#see = see;
  }

  /** Runs an action after the pictures that have come so far; at once if there are none. */
  afterwards(action: () => void): void {
    if (this.#encoding) void this.#encoding.then(action);
    else action();
  }

  close(): void {
    this.#detach();
    this.#encoding = undefined;
  }

  #onRoom(event: RoomEvent): void {
    if (event.type !== 'picture') return;
    const { identity, name, mimeType, bytes } = event;
    const refusal = this.#refusal(identity, mimeType);
    if (refusal !== undefined) {
      this.#refuse(identity, name, refusal);
      return;
    }
    this.#waiting += 1;
    const encoding = (this.#encoding ?? Promise.resolve())
      .then(() => this.#options.encode({ mimeType, bytes }, this.#see))
      .then((picture) => this.#options.send(picture))
      .catch((error: unknown) => {
        this.#refuse(identity, name, error instanceof Error ? error.message : 'is no picture');
      })
      .finally(() => {
        this.#waiting -= 1;
        if (this.#encoding === encoding) this.#encoding = undefined;
      });
    this.#encoding = encoding;
  }

  #refusal(identity: string, mimeType: string): string | undefined {
    if (!this.#options.video) return 'is not for this model: it takes no pictures';
    if (this.#see.source === 'off') return "is not looked at: the profile's see.source is off";
    if (!mimeType.toLowerCase().startsWith('image/')) {
      return `is ${mimeType || 'of no type'}: only pictures (image/…) go to the model`;
    }
    if (this.#waiting >= MAX_WAITING) return `is one of too many: ${MAX_WAITING} wait already`;
    return this.#limit.take(identity) ? undefined : 'is one of too many: 5 at once, then one every 2 s';
  }

  #refuse(identity: string, name: string, reason: string): void {
    this.#options.onRefused({ identity, code: 'picture', reason: `the file ${name} ${reason}` });
  }
}
