// Lane: collects the keys that a participant presses on the phone (DTMF) until #, or a pause, and reports them together.
import type { RoomEvent, RoomPort } from '../room/port.js';
import { RateLimits } from '../util/rate-limits.js';

export interface PhoneKeysOptions {
  readonly room: Pick<RoomPort, 'onEvent'>;
  /** A pause that ends what somebody enters. */
  readonly pauseMs: number;
  readonly onKeys: (identity: string, keys: string) => void;
}

/** Longer than any number that a person enters; a client that sends keys without end is reported in pieces. */
const MAX_KEYS = 64;
/** Faster than a person. Each # is an event to everybody: a client that sends them in a loop would displace others' events. */
const REPORT_RATE = { burst: 20, perSecond: 5 };

export class PhoneKeys {
  readonly #options: PhoneKeysOptions;
  readonly #pressed = new Map<string, { keys: string; timer: NodeJS.Timeout }>();
  readonly #rate = new RateLimits(REPORT_RATE);
  #detach: () => void = () => {};

  constructor(options: PhoneKeysOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'key') this.#onKey(event.identity, event.key);
      // What somebody has entered before they hung up still counts.
      else if (event.type === 'participant-left') this.#report(event.participant.identity);
    });
  }

  close(): void {
    this.#detach();
    for (const { timer } of this.#pressed.values()) clearTimeout(timer);
    this.#pressed.clear();
  }

  #onKey(identity: string, key: string): void {
    const before = this.#pressed.get(identity);
    clearTimeout(before?.timer);
    const keys = (before?.keys ?? '') + key;
    const timer = setTimeout(() => this.#report(identity), this.#options.pauseMs);
    this.#pressed.set(identity, { keys, timer });
    if (key === '#' || keys.length >= MAX_KEYS) this.#report(identity);
  }

  #report(identity: string): void {
    const pressed = this.#pressed.get(identity);
    if (!pressed) return;
    clearTimeout(pressed.timer);
    this.#pressed.delete(identity);
    if (this.#rate.take(identity)) this.#options.onKeys(identity, pressed.keys);
  }
}
