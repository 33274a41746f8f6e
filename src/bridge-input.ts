// Which audio goes to the model: an open microphone, or the turns that people open and close themselves.
import { type AudioIn, attachAudioIn } from './attach/audio-in.js';
import { ManualTurns } from './attach/manual-turns.js';
import { isManual } from './bridge-profile.js';
import type { Profile } from './config/profile.js';
import type { ModelSession } from './model/port.js';
import type { RemoteTrack, RoomPort } from './room/port.js';

export interface BridgeInputOptions {
  readonly room: RoomPort;
  readonly session: ModelSession;
  readonly profile: Profile;
  /** Turns of push-to-talk. */
  readonly onStarted: (identity: string) => void;
  readonly onEnded: (identity: string) => void;
  readonly onCancelled: (identity: string) => void;
}

export class BridgeInput {
  readonly #options: BridgeInputOptions;
  #manual: ManualTurns | undefined;
  #open: AudioIn | undefined;
  #listen: Profile['listen'];
  #microphone: RemoteTrack | undefined;

  constructor(options: BridgeInputOptions) {
    this.#options = options;
    this.#listen = options.profile.listen;
    this.#attach(isManual(options.profile));
  }

  /** Whose microphone goes to the model, or went there last: his words may still be on their way. */
  get microphone(): RemoteTrack | undefined {
    return this.#microphone;
  }

  /** Undefined while the service detects turns by itself. */
  get manual(): ManualTurns | undefined {
    return this.#manual;
  }

  /** Takes effect at once. */
  configure(profile: Profile): void {
    this.#listen = profile.listen;
    this.#open?.choose();
  }

  /** Open or manual: takes effect with a session that is set up for it. */
  detect(profile: Profile): void {
    const manual = isManual(profile);
    if (manual === (this.#manual !== undefined)) return;
    this.close();
    this.#attach(manual);
  }

  close(): void {
    this.#manual?.close();
    this.#open?.close();
    this.#manual = undefined;
    this.#open = undefined;
  }

  #attach(manual: boolean): void {
    const { room, session, onStarted, onEnded, onCancelled } = this.#options;
    const onMicrophone = (track: RemoteTrack | undefined): void => {
      if (track) this.#microphone = track;
    };
    if (manual) {
      this.#manual = new ManualTurns({ room, session, onStarted, onEnded, onCancelled, onMicrophone });
    } else {
      const hears = (identity: string): boolean => this.#hears(identity);
      const send = session.sendAudio.bind(session);
      this.#open = attachAudioIn({ room, hears, send, end: () => session.endAudio(), onMicrophone });
    }
  }

  #hears(identity: string): boolean {
    const { policy, participant } = this.#listen;
    return policy !== 'one' || identity === participant;
  }
}
