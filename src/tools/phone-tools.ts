// The handlers of the built-in tools `send_dtmf` and `transfer_call`.
import type { Profile } from '../profile/profile.js';
import { isPerson } from '../room/people.js';
import type { Participant, RoomPort } from '../room/port.js';
import type { JsonObject } from '../session/port.js';
import { delay } from '../util/abort.js';
import { answerWith, type ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';

/** Time from one key to the next: a tone and the pause after it, so that an exchange takes each for one key. */
const KEY_MS = 300;
const WAIT_MS = 500;
/** Longer than any number with an extension. */
const MAX_KEYS = 64;

/** For the log, at the start of a call and when the model tries. */
export const CANNOT_TRANSFER =
  "phone.transfer has no effect: callers are transferred by LiveKit's server API, for which this call has no key. Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET; with runCall(), give it a roomService with transferParticipant";

export interface PhoneToolsOptions {
  readonly room: Pick<RoomPort, 'participants' | 'sendKey'>;
  readonly phone: Profile['phone'];
  /** LiveKit's SIP API; omitted: transfers are not possible. @throws what the API answers */
  readonly transfer?: (identity: string, to: string) => Promise<void>;
  /** Resolves when the model's words before the transfer were heard. */
  readonly announced: (awaitWords: boolean, signal: AbortSignal) => Promise<'heard' | 'interrupted'>;
  /** The voice is audible, or its words are on their way. */
  readonly isSpeaking: () => boolean;
  readonly onKeys: (keys: string) => void;
  readonly onTransferred: (identity: string, to: string) => void;
}

export class PhoneTools {
  readonly #options: PhoneToolsOptions;
  /** Keys of two calls must not mix. */
  #pressing: Promise<unknown> = Promise.resolve();
  /** Callers who are being transferred: a second transfer would ring at two places. */
  readonly #transferring = new Set<string>();

  constructor(options: PhoneToolsOptions) {
    this.#options = options;
  }

  async sendDtmf(args: JsonObject, { signal }: Pick<ToolContext, 'signal'>): Promise<unknown> {
    const keys = keysOf(args.keys);
    if (this.#callers().length === 0)
      throw new ToolError('unavailable', 'nobody here is on the phone: no keys can be pressed');
    const before = this.#pressing;
    const pressing = before.catch(() => {}).then(() => this.#press(keys, signal));
    this.#pressing = pressing;
    await pressing;
    return { pressed: keys };
  }

  async #press(keys: string, signal: AbortSignal): Promise<void> {
    const { room, onKeys } = this.#options;
    let pressed = '';
    try {
      for (const key of keys) {
        signal.throwIfAborted();
        if (key === 'w') {
          await delay(WAIT_MS, signal);
          continue;
        }
        await room.sendKey(key);
        pressed += key;
        await delay(KEY_MS, signal);
      }
    } finally {
      if (pressed !== '') onKeys(pressed);
    }
  }

  async *transferCall(
    args: JsonObject,
    { signal, participant, log }: Pick<ToolContext, 'signal' | 'participant' | 'log'>,
    severalAnswers: boolean,
  ): AsyncGenerator<unknown, unknown> {
    const { name, number } = this.#target(args.to);
    const { identity } = this.#caller(participant);
    if (!this.#options.transfer) {
      log.warn({ field: 'phone.transfer' }, CANNOT_TRANSFER);
      throw new ToolError('unavailable', 'calls cannot be transferred here: tell the caller');
    }
    if (this.#transferring.has(identity))
      throw new ToolError('unavailable', 'the caller is being transferred already: say nothing more');
    this.#transferring.add(identity);
    try {
      return yield* this.#transfer({ identity, name, number }, { signal, log }, severalAnswers);
    } finally {
      this.#transferring.delete(identity);
    }
  }

  async *#transfer(
    { identity, name, number }: Transfer,
    { signal, log }: Pick<ToolContext, 'signal' | 'log'>,
    severalAnswers: boolean,
  ): AsyncGenerator<unknown, unknown> {
    const { announced, isSpeaking, onTransferred, transfer } = this.#options;
    const awaitWords = severalAnswers && !isSpeaking();
    if (awaitWords) {
      yield {
        output: `the caller is transferred to ${name} after your next words: tell them so in one sentence`,
      };
    }
    if ((await announced(awaitWords, signal)) === 'interrupted') {
      throw new ToolError('interrupted', 'the caller has spoken: nothing was transferred, answer them first');
    }
    if (!this.#isHere(identity))
      throw new ToolError('unavailable', 'the caller has hung up: nobody was transferred');
    try {
      await transfer?.(identity, number);
    } catch (error) {
      const { reason, advice } = failureOf(error);
      log.warn(
        { err: error },
        advice === undefined ? 'a call was not transferred' : `a call was not transferred: ${advice}`,
      );
      const after = this.#isHere(identity)
        ? 'The caller is still on the phone with you: tell them, and ask what you can do instead'
        : 'The caller has hung up';
      throw new ToolError('transfer_failed', `the transfer to ${name} failed: ${reason}. ${after}`);
    }
    onTransferred(identity, name);
    return answerWith({ output: `the caller was transferred to ${name}` }, { scheduling: 'SILENT' });
  }

  /** By its name in the profile, or by its number. */
  #target(to: unknown): { readonly name: string; readonly number: string } {
    const targets = Object.entries(this.#options.phone.transfer ?? {});
    const wanted = typeof to === 'string' ? to.trim() : '';
    const found =
      targets.find(([name]) => name === wanted) ??
      // Models write names with other capitals, and numbers with other signs between the digits.
      targets.find(([name]) => name.toLowerCase() === wanted.toLowerCase()) ??
      targets.find(([, number]) => wanted !== '' && uriOf(number) === uriOf(wanted));
    if (found) return { name: found[0], number: uriOf(found[1]) };
    const names = targets.map(([name]) => name).join(', ');
    throw new ToolError('invalid_arguments', `to must be one of: ${names}`);
  }

  #isHere(identity: string): boolean {
    return this.#callers().some((caller) => caller.identity === identity);
  }

  #callers(): readonly Participant[] {
    return this.#options.room.participants().filter(({ kind }) => kind === 'sip');
  }

  #caller(participant: Participant | undefined): Participant {
    const callers = this.#callers();
    const asking = callers.find(({ identity }) => identity === participant?.identity);
    const [only] = callers;
    if (asking) return asking;
    if (only && callers.length === 1) return only;
    if (callers.length === 0)
      throw new ToolError('unavailable', 'nobody here is on the phone: nobody can be transferred');
    throw new ToolError('unavailable', 'several callers are here: it is not known whom to transfer');
  }
}

interface Transfer {
  readonly identity: string;
  readonly name: string;
  readonly number: string;
}

/** Whether somebody but this participant is there. */
export function isAnybodyElse(room: Pick<RoomPort, 'participants'>, identity: string): boolean {
  return room.participants().some((other) => isPerson(other) && other.identity !== identity);
}

function keysOf(keys: unknown): string {
  const text = typeof keys === 'string' || typeof keys === 'number' ? String(keys) : '';
  const plain = text
    .replaceAll(/[\s()./-]/g, '')
    .toUpperCase()
    .replaceAll(/[W,]/g, 'w');
  if (/^[0-9A-D*#w]+$/.test(plain) && plain.length <= MAX_KEYS) return plain;
  throw new ToolError('invalid_arguments', `keys must be 1 to ${MAX_KEYS} of 0 to 9, *, #, A to D and w`);
}

/** As LiveKit's SIP API takes it. */
function uriOf(number: string): string {
  if (/^(tel|sips?):/i.test(number)) return number;
  // The 0 of "+49 (0)30" is dialled only inside the country.
  const dialled = number.replace(/^(\s*\+[\d\s-]+)\(0\)/, '$1').replaceAll(/[\s()./-]/g, '');
  return `tel:${dialled}`;
}

const NO_GRANT = 'LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not those of this server, or may not use SIP';

const REASONS: ReadonlyMap<number, string> = new Map([
  [403, 'the telephone exchange does not allow it'],
  [404, 'the number does not exist'],
  [408, 'nobody answered'],
  [480, 'nobody answered'],
  [486, 'the line is busy'],
  [487, 'nobody answered'],
  [503, 'the telephone exchange is not available'],
  [600, 'the line is busy'],
  [603, 'the call was declined'],
]);

/** Of LiveKit itself, by the code of its answer: the reason that the model gets, and what the log advises. */
const WITHOUT_SIP: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  unavailable: [
    'no telephone exchange is connected',
    "no SIP service answers LiveKit: run livekit-sip with the server's Redis, or check its state",
  ],
  invalid_argument: [
    'LiveKit knows of no telephone call of theirs',
    'the caller came by no SIP trunk of this LiveKit server, or the number is not one that it takes',
  ],
  deadline_exceeded: ['nobody answered', 'nobody answered in time, or no SIP service runs beside LiveKit'],
  unauthenticated: ['it is not allowed', NO_GRANT],
  permission_denied: ['it is not allowed', NO_GRANT],
};

/** In words for the model; the rest is in the log. */
function failureOf(error: unknown): { readonly reason: string; readonly advice?: string } {
  const { sipStatusCode, code } = error as { readonly sipStatusCode?: number; readonly code?: string };
  const reason = REASONS.get(sipStatusCode ?? 0);
  if (reason !== undefined) return { reason };
  const without = sipStatusCode === undefined ? WITHOUT_SIP[code ?? ''] : undefined;
  if (without) return { reason: without[0], advice: without[1] };
  return { reason: 'the telephone exchange did not take it' };
}
