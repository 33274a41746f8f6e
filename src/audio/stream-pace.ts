// Keeps a stream that is combined from several microphones in real time: what is sent ahead is repaid in the next pause.

/** 500 ms of a pause always pass: a service ends a turn by them, and would answer later if they were held back. */
const PAUSE_FRAMES = 25;
/** A stream that is further ahead than one pre-roll is repaid from the first frame of a pause on. */
const MOST_AHEAD_FRAMES = 13;
/** A stream that is further behind than 1 s has had a gap, for example a lost connection, that is not filled. */
const MOST_BEHIND_FRAMES = 50;

/**
 * Time is counted in frames of 20 ms, by the input that has given the most: a microphone whose frames come late or in
 * bursts does not move it.
 */
export class StreamPace {
  readonly #inputs = new Map<string, number>();
  #now = 0;
  #sent = 0;
  /** Silent frames that were due since the last sound. */
  #pause = 0;
  #pausedAt = 0;

  /** Frames sent beyond real time; below 0 when behind. */
  get ahead(): number {
    return this.#sent - this.#now;
  }

  /** The present time, in frames. */
  get now(): number {
    return this.#now;
  }

  add(name: string): void {
    this.#inputs.set(name, this.#now);
  }

  remove(name: string): void {
    this.#inputs.delete(name);
    // An input that had fallen behind would stop the time until it has caught up.
    for (const other of this.#inputs.keys()) this.#inputs.set(other, this.#now);
  }

  /** A frame of this input has come. */
  tick(name: string): void {
    const frames = (this.#inputs.get(name) ?? this.#now) + 1;
    this.#inputs.set(name, frames);
    this.#now = Math.max(this.#now, frames);
  }

  /** Whether silence between words may be left out: turns that follow each other closely have no other pause. */
  get isFarAhead(): boolean {
    return this.ahead > MOST_AHEAD_FRAMES;
  }

  /** A frame of sound is sent. */
  sound(): void {
    this.#sent += 1;
    this.#pause = 0;
    this.#pausedAt = this.#now;
  }

  /** How many silent frames are to be sent now, in a pause. */
  silence(): number {
    if (this.ahead < -MOST_BEHIND_FRAMES) this.#sent = this.#now - 1;
    const elapsed = this.#now - this.#pausedAt;
    const isEarly = this.#pause < PAUSE_FRAMES && !this.isFarAhead;
    const due = isEarly ? Math.min(elapsed - this.#pause, PAUSE_FRAMES - this.#pause) : 0;
    const frames = Math.max(0, due, -this.ahead);
    this.#pause += frames;
    this.#sent += frames;
    return frames;
  }
}
