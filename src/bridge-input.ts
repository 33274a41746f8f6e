// Which audio goes to the model: an open microphone, or the turns that people open and close themselves.
import { attachAudioIn } from './attach/audio-in.js';
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
  #detach: () => void = () => {};
  #microphone: RemoteTrack | undefined;

  constructor(options: BridgeInputOptions) {
    this.#options = options;
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

  /** Takes effect with a session that is set up for it. */
  configure(profile: Profile): void {
    const manual = isManual(profile);
    if (manual === (this.#manual !== undefined)) return;
    this.#detach();
    this.#attach(manual);
  }

  close(): void {
    this.#detach();
  }

  #attach(manual: boolean): void {
    const { room, session, onStarted, onEnded, onCancelled } = this.#options;
    const onMicrophone = (track: RemoteTrack | undefined): void => {
      if (track) this.#microphone = track;
    };
    if (manual) {
      const turns = new ManualTurns({ room, session, onStarted, onEnded, onCancelled, onMicrophone });
      this.#manual = turns;
      this.#detach = () => turns.close();
    } else {
      this.#manual = undefined;
      const send = session.sendAudio.bind(session);
      this.#detach = attachAudioIn({ room, send, end: () => session.endAudio(), onMicrophone });
    }
  }
}
