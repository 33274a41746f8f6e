// When a video is paused between two pictures and resumed for the next: decoding thirty a second takes more than all the
// rest of a call.

/** A video is paused between pictures that are at least so far apart: each begins with a key frame of its publisher. */
const PAUSED_FROM_MS = 800;
/** A publisher whose key frames take longer so often in a row is not paused again: its pictures would come late. */
const SLOW_KEY_FRAME_MS = 800;
const MOST_SLOW = 3;
/** LiveKit's server (1.13.5) resumes a video at once, and pauses it so long after it was asked to. */
const SERVER_PAUSES_AFTER_MS = 100;
/** Key frames after which it is known how late they come: then the pause is asked for ahead. */
const KNOWN_AFTER = 4;
/** Beyond the latest of them: 30 ms are one more picture that is decoded for each that is looked at. */
const MARGIN_MS = 5;
/** After the pause has begun without a picture: those that are under way still come. */
const MISSED_AFTER_MS = 100;
/** Pictures that were missed, after which no pause is asked for ahead. */
const MOST_MISSED = 3;
/** Key frames in time, after which one that was missed no longer counts: in an hour some always are. */
const FORGOTTEN_AFTER = 60;

export class VideoPauses {
  readonly #set: (paused: boolean) => boolean;
  readonly #nowMs: () => number;
  #paused = false;
  #mayPause = true;
  /** When the video was resumed for the picture that is awaited. */
  #resumedMs: number | undefined;
  /** How late the last key frames came. */
  #lateMs: number[] = [];
  #slow = 0;
  #missed = 0;
  #inTime = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param set pauses or resumes the video; returns whether that is possible */
  constructor(set: (paused: boolean) => boolean, nowMs: () => number = () => performance.now()) {
    this.#set = set;
    this.#nowMs = nowMs;
  }

  /** A picture is awaited, and the next one after so long. */
  await(againInMs: number): void {
    this.#resumedMs = this.#paused ? this.#nowMs() : undefined;
    this.#pause(false);
    if (this.#resumedMs === undefined || !this.#pausesFor(againInMs)) return;
    if (this.#lateMs.length < KNOWN_AFTER || this.#missed >= MOST_MISSED) return;
    const latest = Math.max(...this.#lateMs);
    this.#timer = setTimeout(
      () => this.#pauseAhead(),
      Math.max(0, latest + MARGIN_MS - SERVER_PAUSES_AFTER_MS),
    );
  }

  /** It has come, or none came in time. */
  done(came: boolean, againInMs: number): void {
    clearTimeout(this.#timer);
    if (this.#resumedMs !== undefined) this.#count(this.#nowMs() - this.#resumedMs);
    if (came && this.#pausesFor(againInMs)) this.#pause(true);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#pause(false);
  }

  #pausesFor(againInMs: number): boolean {
    return againInMs >= PAUSED_FROM_MS && this.#mayPause;
  }

  #count(lateMs: number): void {
    this.#lateMs.push(lateMs);
    if (this.#lateMs.length > KNOWN_AFTER) this.#lateMs.shift();
    this.#slow = lateMs > SLOW_KEY_FRAME_MS ? this.#slow + 1 : 0;
    if (this.#slow >= MOST_SLOW) this.#mayPause = false;
    this.#inTime += 1;
    if (this.#inTime < FORGOTTEN_AFTER) return;
    this.#inTime = 0;
    this.#missed = Math.max(0, this.#missed - 1);
  }

  /** So that the server pauses shortly after the key frame, not three pictures later. */
  #pauseAhead(): void {
    this.#pause(true);
    this.#timer = setTimeout(() => {
      this.#missed += 1;
      this.#inTime = 0;
      this.#lateMs = [];
      this.#pause(false);
    }, SERVER_PAUSES_AFTER_MS + MISSED_AFTER_MS);
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (!this.#set(paused)) this.#mayPause = false;
  }
}
