// Remembers closes of working sessions with a code of refusal: the same close after the same input is then a refusal.
import {
  type CloseContext,
  judgeClose,
  reasonOf,
  type UnconfirmedRefusal,
  type Verdict,
} from './close-reason.js';
import type { CloseInfo, Input } from './wire.js';

export interface CloseMoment extends Pick<CloseContext, 'resuming' | 'established'> {
  /** The last input that was not audio, if it was sent shortly before the close. */
  readonly suspect: Input | undefined;
}

/** Some proxies close each connection at a fixed age: a later close of that kind confirms nothing. */
const CONFIRMS_WITHIN_MS = 30_000;
/** The same after an input: a call has some more than once, as the note of who speaks or the result of a tool. */
const INPUT_CONFIRMS_WITHIN_MS = 5 * 60_000;

export class UnconfirmedRefusals {
  #closes: readonly (UnconfirmedRefusal & { readonly atMs: number })[] = [];

  judge(info: CloseInfo, { suspect, ...moment }: CloseMoment): Verdict {
    const input = signatureOf(suspect);
    const atMs = performance.now();
    this.#closes = this.#closes.filter(
      (close) =>
        atMs - close.atMs < (close.input === undefined ? CONFIRMS_WITHIN_MS : INPUT_CONFIRMS_WITHIN_MS),
    );
    const verdict = judgeClose(info, { ...moment, input, unconfirmed: this.#closes });
    if (verdict === 'unconfirmed') this.#closes = [...this.#closes, { reason: reasonOf(info), input, atMs }];
    return verdict;
  }

  /** The model answers, so closes after speech alone were not refusals of it. */
  answered(): void {
    if (this.#closes.some(({ input }) => input === undefined))
      this.#closes = this.#closes.filter(({ input }) => input !== undefined);
  }
}

/** Equal for equal inputs; undefined for audio, pictures and markers, which a session is sent all the time. */
function signatureOf(input: Input | undefined): string | undefined {
  switch (input?.type) {
    case 'text':
      return `text ${input.text}`;
    case 'context':
      return `context ${JSON.stringify(input.turns)}`;
    case 'tool-results':
      return `tool-results ${JSON.stringify(input.results.map(({ name, response }) => [name, response]))}`;
    case 'reconfigure':
      return input.type;
    default:
      return undefined;
  }
}
