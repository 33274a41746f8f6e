// The built-in tools of a call (end_call, send_dtmf, transfer_call), and the keys that people press on a telephone.
import { PhoneKeys } from '../lanes/phone-keys.js';
import type { RoomEventBody } from '../protocol/events.js';
import { isAnybodyElse, PhoneTools } from '../tools/phone-tools.js';
import { Announcement } from '../turns/announcement.js';
import { HangUp } from '../turns/hang-up.js';
import { within } from '../util/abort.js';
import { endCallAnswer } from './commands.js';
import type { BridgeEnd, BridgeOptions } from './options.js';
import type { TypedInput } from './typed-input.js';

export interface BridgeBuiltInsOptions
  extends Pick<BridgeOptions, 'room' | 'profile' | 'capabilities' | 'transfer'> {
  readonly typed: Pick<TypedInput, 'say' | 'takes' | 'refused'>;
  readonly emit: (event: RoomEventBody) => void;
  /** Whether this participant may be heard: those who may speak to the model may press keys for it. */
  readonly mayBeHeard: (identity: string) => boolean;
  readonly end: (end: BridgeEnd) => void;
}

/** After a transfer the server takes the caller out of the room. */
const LEAVES_WITHIN_MS = 5_000;

export class BridgeBuiltIns {
  readonly phone: PhoneTools;
  readonly #options: BridgeBuiltInsOptions;
  readonly #hangUp: HangUp;
  readonly #keys: PhoneKeys;
  readonly #announcement = new Announcement();

  constructor(options: BridgeBuiltInsOptions) {
    this.#options = options;
    const { room, profile, transfer, emit, end } = options;
    this.#hangUp = new HangUp(() => end({ reason: 'hung-up', detail: 'by the model' }));
    this.#keys = new PhoneKeys({
      room,
      pauseMs: profile.phone.keysPauseMs,
      onKeys: (identity, keys) => this.#onKeys(identity, keys),
    });
    this.phone = new PhoneTools({
      room,
      phone: profile.phone,
      ...(transfer ? { transfer } : {}),
      announced: (awaitWords, signal) => this.#announcement.heard(awaitWords, signal),
      isSpeaking: () => this.#announcement.isSpeaking,
      onKeys: (digits) => emit({ type: 'dtmf', participant: room.identity, digits, direction: 'out' }),
      onTransferred: (identity, to) => void this.#onTransferred(identity, to),
    });
  }

  /** The handler of `end_call`. */
  readonly endCall = (): unknown => endCallAnswer(this.#hangUp.begin());

  start(): void {
    this.#keys.start();
  }

  /** Whether the voice is audible. */
  speaking(speaking: boolean): void {
    this.#hangUp.speaking(speaking);
    this.#announcement.speaking(speaking);
  }

  /** The voice was interrupted. */
  interrupted(): void {
    this.#hangUp.interrupted();
    this.#announcement.interrupted();
  }

  close(): void {
    this.#keys.close();
    this.#hangUp.close();
  }

  #onKeys(participant: string, digits: string): void {
    const { typed, emit, profile, capabilities, mayBeHeard } = this.#options;
    emit({ type: 'dtmf', participant, digits, direction: 'in' });
    if (!profile.phone.keysToModel || capabilities.textInput === 'none' || !mayBeHeard(participant)) return;
    if (typed.takes(participant)) typed.say(`(Keys pressed on the phone: ${digits})`, participant, 'keys');
    else typed.refused(participant, 'too many keys: the model was not sent all of them');
  }

  /** The call is over where nobody else is there. */
  async #onTransferred(identity: string, to: string): Promise<void> {
    const { room, end } = this.#options;
    let detach = (): void => {};
    const left = new Promise<void>((resolve) => {
      if (!room.participants().some((other) => other.identity === identity)) resolve();
      detach = room.onEvent((event) => {
        if (event.type === 'participant-left' && event.participant.identity === identity) resolve();
      });
    });
    await within(left, LEAVES_WITHIN_MS);
    detach();
    if (!isAnybodyElse(room, identity))
      end({ reason: 'hung-up', detail: `the caller was transferred to ${to}` });
  }
}
