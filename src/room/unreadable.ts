// Who in the room cannot be heard or seen because their tracks are end-to-end encrypted with a key that is not ours.
import type { FrameListener, RoomEvent, UnreadableTracks } from './port.js';

/** LiveKit's states of a participant's decryption, by number, as rtc-node's native events give them. */
const DECRYPTED = 1;
const FAILED: ReadonlySet<number> = new Set([3 /* DECRYPTION_FAILED */, 4 /* MISSING_KEY */]);

/** Somebody whose key is the right one again is heard within this time. */
const RETRY_MS = 2_000;

export interface UnreadableOptions {
  readonly emit: (event: RoomEvent) => void;
  /** Tries the key (LIVEKIT_E2EE_KEY) again on those whom it did not open; undefined without a key. */
  readonly renewKey: (() => void) | undefined;
}

export class Unreadable {
  readonly #options: UnreadableOptions;
  /** Identities that publish encrypted tracks, where there is no key. */
  #locked: ReadonlySet<string> = new Set();
  /** Identities whose tracks the key does not open. */
  readonly #failed = new Set<string>();
  /** Those of the last event, as JSON. */
  #reported = '[]';
  #retrying: NodeJS.Timeout | undefined;

  constructor(options: UnreadableOptions) {
    this.#options = options;
  }

  get #hasKey(): boolean {
    return this.#options.renewKey !== undefined;
  }

  #has(identity: string): boolean {
    return this.#locked.has(identity) || this.#failed.has(identity);
  }

  get tracks(): UnreadableTracks {
    return { identities: new Set([...this.#locked, ...this.#failed]), hasKey: this.#hasKey };
  }

  /** Whether a track can be received: without a key only one that is not encrypted. */
  admits(isEncrypted: boolean): boolean {
    return this.#hasKey || !isEncrypted;
  }

  /** Passes on what can be decrypted: what the decoder makes of other frames is noise. */
  filter(identity: string, onFrame: FrameListener): FrameListener {
    return (chunk) => {
      if (!this.#has(identity)) onFrame(chunk);
    };
  }

  /** Those who publish encrypted tracks now. */
  published(encrypted: ReadonlySet<string>): void {
    for (const identity of this.#failed) if (!encrypted.has(identity)) this.#failed.delete(identity);
    if (!this.#hasKey) this.#locked = encrypted;
    this.#changed();
  }

  /** The state of a participant's decryption has changed. */
  decryption(identity: string, state: number): void {
    if (state === DECRYPTED) this.#failed.delete(identity);
    else if (FAILED.has(state)) this.#failed.add(identity);
    else return;
    this.#changed();
  }

  close(): void {
    clearInterval(this.#retrying);
  }

  #changed(): void {
    if (this.#failed.size === 0) {
      clearInterval(this.#retrying);
      this.#retrying = undefined;
    } else {
      this.#retrying ??= setInterval(() => this.#options.renewKey?.(), RETRY_MS);
    }
    const now = JSON.stringify([...this.tracks.identities].sort());
    if (now === this.#reported) return;
    this.#reported = now;
    this.#options.emit({ type: 'unreadable-changed' });
  }
}
