// The Voice of an agent that answers in text: no track is published, so that no client waits for its sound.
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
    const isThere = (): boolean => this.#room.participants().some(({ kind }) => kind !== 'agent');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        detach();
        reject(signal.reason);
      };
      const detach = this.#room.onEvent(() => {
        if (!isThere()) return;
        signal.removeEventListener('abort', onAbort);
        detach();
        resolve();
      });
      if (signal.aborted) onAbort();
      else if (isThere()) {
        detach();
        resolve();
      } else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
