// The last two seconds of what was captured for the voice, by position: to go on after a hold, and to recognise its echo.
import { OUTPUT_RATE } from './pcm.js';

/** All that the source's queue holds, and before that what comes back late through a loudspeaker. */
const KEPT = 2 * OUTPUT_RATE;
/** After a hold the voice goes on at the last pause within this time, so that no word begins in its middle. */
const STEP_BACK = (OUTPUT_RATE * 200) / 1000;
const WINDOW = (OUTPUT_RATE * 10) / 1000;
/** Mean amplitude below which a window counts as a pause. */
const PAUSE_LEVEL = 300;

/** What is being played: the reference of an echo canceller. */
export interface Played {
  /** The position that leaves the source now, in samples; undefined while nothing does. */
  readonly playing: number | undefined;
  /** Copies what was played from a position on; zeros where nothing was, or where it is no longer kept. */
  read(into: Int16Array, from: number): void;
}

export class RecentAudio {
  readonly #ring = new Int16Array(KEPT);

  keep(frame: Int16Array, length: number, position: number): void {
    for (let at = 0; at < length; at += 1) this.#ring[(position + at) % KEPT] = frame[at] ?? 0;
  }

  /** @param end the position after the last sample that was captured */
  read(into: Int16Array, from: number, end: number): void {
    const oldest = Math.max(0, end - KEPT);
    for (let at = 0; at < into.length; at += 1) {
      const position = from + at;
      into[at] = position >= oldest && position < end ? this.#at(position) : 0;
    }
  }

  /** The start of the quietest window shortly before a position, or one window before it where there is no pause. */
  pauseBefore(position: number): number {
    const earliest = Math.max(0, position - STEP_BACK);
    let found = Math.max(0, position - WINDOW);
    let lowest = PAUSE_LEVEL;
    for (let start = position - WINDOW; start >= earliest; start -= WINDOW) {
      let sum = 0;
      for (let at = start; at < start + WINDOW; at += 1) sum += Math.abs(this.#at(at));
      if (sum / WINDOW >= lowest) continue;
      lowest = sum / WINDOW;
      found = start;
    }
    return found;
  }

  #at(position: number): number {
    return this.#ring[position % KEPT] ?? 0;
  }
}
