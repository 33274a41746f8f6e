// Lane: the first turn of a call, sent once a person is there who is subscribed to the voice.
import type { Profile } from '../profile/profile.js';
import { hasPerson, waitForPerson } from '../room/people.js';
import type { RoomPort, Voice } from '../room/port.js';
import type { ModelSession } from '../session/port.js';
import { delay } from '../util/abort.js';

/**
 * rtc-node reports only the first subscriber of a track, which may be an agent or a recorder. A person who joins
 * after that is subscribed within this time (100 to 300 ms on loopback) and would miss the first word without it.
 */
const SUBSCRIBE_MS = 500;

export interface GreetingOptions {
  readonly room: Pick<RoomPort, 'participants' | 'onEvent'>;
  readonly voice: Voice;
  readonly profile: Pick<Profile, 'greeting'>;
  readonly session: Pick<ModelSession, 'sendText'>;
  readonly onSent: () => void;
}

export class Greeting {
  readonly #options: GreetingOptions;
  readonly #closed = new AbortController();
  #started = false;
  isSent = false;

  constructor(options: GreetingOptions) {
    this.#options = options;
  }

  /** Somebody is there and about to be greeted: a process that takes the call over in this moment would greet them again. */
  get isDue(): boolean {
    return this.#started && !this.isSent && hasPerson(this.#options.room);
  }

  /** Call it when the session is open; only the first call counts. */
  start(): void {
    const { session, profile } = this.#options;
    const { greeting } = profile;
    if (this.#started || !greeting) return;
    this.#started = true;
    this.#untilHeard().then(
      () => {
        if (this.#closed.signal.aborted) return;
        this.isSent = true;
        session.sendText(greeting);
        this.#options.onSent();
      },
      // The room was closed or the track unpublished: there is nobody to greet.
      () => {},
    );
  }

  close(): void {
    this.#closed.abort();
  }

  async #untilHeard(): Promise<void> {
    const { room, voice } = this.#options;
    const { signal } = this.#closed;
    await voice.waitForListener(signal);
    if (hasPerson(room)) return;
    await waitForPerson(room, signal);
    if (voice.trackSid !== '') await delay(SUBSCRIBE_MS, signal);
  }
}
