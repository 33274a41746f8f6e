// Lane: reports once that tracks are end-to-end encrypted with a key that the agent does not have, and who they are of.
import type { RoomEventBody } from '../protocol/events.js';
import { isPerson } from '../room/people.js';
import type { Participant, RoomPort } from '../room/port.js';
import type { Logger } from '../util/log.js';

export interface EncryptionOptions {
  readonly room: Pick<RoomPort, 'onEvent' | 'unreadable'>;
  readonly emit: (event: RoomEventBody) => void;
  /** Those whom the agent can reach have changed. */
  readonly onChange: () => void;
  readonly log: Logger;
}

const NO_KEY =
  'the tracks of this room are end-to-end encrypted and the agent has no key: it hears and sees nothing of them (LIVEKIT_E2EE_KEY of its worker)';
const OTHER_KEY =
  'tracks of this room are end-to-end encrypted with another key than that of the agent: it hears and sees nothing of them (LIVEKIT_E2EE_KEY of its worker)';

export class Encryption {
  readonly #options: EncryptionOptions;
  #unreadable: ReadonlySet<string> = new Set();
  #isReported = false;
  #detach: () => void = () => {};

  constructor(options: EncryptionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event) => {
      if (event.type === 'unreadable-changed') this.#changed();
    });
    this.#changed();
  }

  /** Whether this is a person whose tracks can be read, or who publishes none. */
  reaches(participant: Participant): boolean {
    return isPerson(participant) && !this.#unreadable.has(participant.identity);
  }

  close(): void {
    this.#detach();
  }

  #changed(): void {
    const { identities, hasKey } = this.#options.room.unreadable();
    this.#unreadable = identities;
    if (identities.size > 0 && !this.#isReported) {
      this.#isReported = true;
      const message = hasKey ? OTHER_KEY : NO_KEY;
      this.#options.log.warn({}, message);
      this.#options.emit({ type: 'error', code: 'encrypted', message, fatal: false });
    }
    this.#options.onChange();
  }
}
