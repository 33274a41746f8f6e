// Lane: ends the call when no person is left, or at maxDurationMs, with a warning before that.
import type { Profile } from '../profile/profile.js';
import { hasPerson } from '../room/people.js';
import type { RoomEvent, RoomPort } from '../room/port.js';

/** When the warning comes before the limit; in a call shorter than twice this, at half its time. */
const WARN_BEFORE_MS = 30_000;
/** How long the limit waits for the end of speech. */
const LAST_SENTENCE_MS = 5_000;

export interface AutoLeaveOptions {
  readonly room: RoomPort;
  readonly limits: Pick<Profile['leave'], 'whenAloneMs' | 'maxDurationMs'>;
  /** How long the call has been going on in earlier holders; 0 where omitted. */
  readonly ranMs?: number;
  readonly leave: (reason: 'alone' | 'max-duration') => void;
  readonly onOccupied: (occupied: boolean) => void;
  /** The call ends in `leftMs`. */
  readonly onLimitNear: (leftMs: number) => void;
}

export class AutoLeave {
  readonly #options: AutoLeaveOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #detach: () => void = () => {};
  #alone: NodeJS.Timeout | undefined;
  #speaking = false;
  #limitReached = false;

  constructor(options: AutoLeaveOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'participant-joined' || event.type === 'participant-left') this.#count();
    });
    const { maxDurationMs } = this.#options.limits;
    if (maxDurationMs !== undefined) this.#startLimit(maxDurationMs);
    this.#count();
  }

  /** Whether the voice is audible: the limit waits for its end. */
  speaking(speaking: boolean): void {
    this.#speaking = speaking;
    if (this.#limitReached && !speaking) this.#options.leave('max-duration');
  }

  close(): void {
    this.#detach();
    clearTimeout(this.#alone);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#limitReached = false;
  }

  #startLimit(maxDurationMs: number): void {
    const { ranMs = 0 } = this.#options;
    const leftMs = Math.min(WARN_BEFORE_MS, maxDurationMs / 2);
    const warnInMs = maxDurationMs - leftMs - ranMs;
    // An earlier holder of the call has given a warning that was due before.
    if (warnInMs >= 0) this.#after(warnInMs, () => this.#options.onLimitNear(Math.round(leftMs)));
    this.#after(Math.max(0, maxDurationMs - ranMs), () => this.#onLimit());
  }

  #onLimit(): void {
    if (!this.#speaking) {
      this.#options.leave('max-duration');
      return;
    }
    this.#limitReached = true;
    this.#after(LAST_SENTENCE_MS, () => this.#options.leave('max-duration'));
  }

  #after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #count(): void {
    const occupied = hasPerson(this.#options.room);
    this.#options.onOccupied(occupied);
    if (occupied) {
      clearTimeout(this.#alone);
      this.#alone = undefined;
    } else {
      this.#alone ??= setTimeout(() => this.#options.leave('alone'), this.#options.limits.whenAloneMs);
    }
  }
}
