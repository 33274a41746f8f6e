// Lane: ends the call when no person is left, or at a limit (time, tokens, the worker's budget), with a warning before that.
import type { Profile } from '../profile/profile.js';
import { hasPerson } from '../room/people.js';
import type { RoomEvent, RoomPort } from '../room/port.js';

/** When the warning comes before the time is over; in a call shorter than twice this, at half its time. */
const WARN_BEFORE_MS = 30_000;
/** The share of the tokens at which the warning comes. */
const WARN_AT = 0.9;
/** How long a limit waits for the end of speech. */
const LAST_SENTENCE_MS = 5_000;

/** A limit that ends a call: its own, or what its room or its worker may use in an hour. */
export type CallLimit = 'max-duration' | 'max-tokens' | 'room-limit' | 'hour-limit';

/** What is left before a limit. */
export interface LimitLeft {
  readonly leftMs?: number;
  readonly leftTokens?: number;
}

export interface AutoLeaveOptions {
  readonly room: RoomPort;
  readonly limits: Pick<Profile['leave'], 'whenAloneMs' | 'maxDurationMs' | 'maxTokens'>;
  /** How long the call has been going on in earlier holders; 0 where omitted. */
  readonly ranMs?: number;
  /** What the call has used in earlier holders; 0 where omitted. */
  readonly usedTokens?: number;
  readonly leave: (reason: 'alone' | CallLimit) => void;
  readonly onOccupied: (occupied: boolean) => void;
  /** Called once for each limit, when so much of it is left. */
  readonly onLimitNear: (limit: CallLimit, left: LimitLeft) => void;
}

export class AutoLeave {
  readonly #options: AutoLeaveOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #warned = new Set<CallLimit>();
  #detach: () => void = () => {};
  #alone: NodeJS.Timeout | undefined;
  #speaking = false;
  #limitReached: CallLimit | undefined;
  #closed = false;

  constructor(options: AutoLeaveOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'participant-joined' || event.type === 'participant-left') this.#count();
    });
    const { limits, usedTokens = 0 } = this.#options;
    const { maxDurationMs, maxTokens } = limits;
    if (maxDurationMs !== undefined) this.#startTime(maxDurationMs);
    if (maxTokens !== undefined && usedTokens >= maxTokens * WARN_AT) {
      // An earlier holder of the call has given the warning.
      this.#warned.add('max-tokens');
      this.#after(0, () => this.used(usedTokens));
    }
    this.#count();
  }

  /** Whether the voice is audible: a limit waits for its end. */
  speaking(speaking: boolean): void {
    this.#speaking = speaking;
    if (this.#limitReached && !speaking) this.#options.leave(this.#limitReached);
  }

  /** @param tokens of the whole call, so far */
  used(tokens: number): void {
    const { maxTokens } = this.#options.limits;
    if (maxTokens === undefined) return;
    if (tokens >= maxTokens) this.reached('max-tokens');
    else if (tokens >= maxTokens * WARN_AT) this.near('max-tokens', { leftTokens: maxTokens - tokens });
  }

  /** Reports that so much is left before a limit, once for each. */
  near(limit: CallLimit, left: LimitLeft): void {
    if (this.#closed || this.#limitReached || this.#warned.has(limit)) return;
    this.#warned.add(limit);
    this.#options.onLimitNear(limit, left);
  }

  /** Ends the call, after the sentence that is being spoken. */
  reached(limit: CallLimit): void {
    if (this.#closed || this.#limitReached) return;
    this.#limitReached = limit;
    if (!this.#speaking) this.#options.leave(limit);
    else this.#after(LAST_SENTENCE_MS, () => this.#options.leave(limit));
  }

  close(): void {
    this.#closed = true;
    this.#detach();
    clearTimeout(this.#alone);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#limitReached = undefined;
  }

  #startTime(maxDurationMs: number): void {
    const { ranMs = 0 } = this.#options;
    const leftMs = Math.min(WARN_BEFORE_MS, maxDurationMs / 2);
    const warnInMs = maxDurationMs - leftMs - ranMs;
    // An earlier holder of the call has given a warning that was due before.
    if (warnInMs >= 0) this.#after(warnInMs, () => this.near('max-duration', { leftMs: Math.round(leftMs) }));
    this.#after(Math.max(0, maxDurationMs - ranMs), () => this.reached('max-duration'));
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
