// The Voice of an agent that answers in text: no track is published, so that no client waits for its sound.
import { waitForPerson } from './people.js';
import type { RoomPort, Voice } from './port.js';

export class NoVoice implements Voice {
  readonly trackSid = '';
  readonly queuedMs = 0;
  readonly #room: Pick<RoomPort, 'participants' | 'onEvent'>;

  constructor(room: Pick<RoomPort, 'participants' | 'onEvent'>) {
    this.#room = room;
  }

  async capture(): Promise<void> {}

  clear(): void {}

  /** Resolves when a person is there to read. */
  waitForListener(signal: AbortSignal): Promise<void> {
    return waitForPerson(this.#room, signal);
  }
}
