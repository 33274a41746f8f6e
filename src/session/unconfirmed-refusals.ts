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

export class UnconfirmedRefusals {
  #closes: readonly UnconfirmedRefusal[] = [];

  judge(info: CloseInfo, { suspect, ...moment }: CloseMoment): Verdict {
    const input = signatureOf(suspect);
    const verdict = judgeClose(info, { ...moment, input, unconfirmed: this.#closes });
    if (verdict === 'unconfirmed') this.#closes = [...this.#closes, { reason: reasonOf(info), input }];
    return verdict;
  }

  /** The model answers, so closes after speech alone were not refusals of it. */
  answered(): void {
    if (this.#closes.some(({ input }) => input === undefined))
      this.#closes = this.#closes.filter(({ input }) => input !== undefined);
  }
}

/** Equal for equal inputs; undefined for audio and markers, which every session is sent all the time. */
function signatureOf(input: Input | undefined): string | undefined {
  switch (input?.type) {
    case 'text':
      return `text ${input.text}`;
    case 'context':
      return `context ${JSON.stringify(input.turns)}`;
    case 'tool-results':
      return `tool-results ${JSON.stringify(input.results.map(({ name, response }) => [name, response]))}`;
    case 'reconfigure':
    case 'image':
      return input.type;
    default:
      return undefined;
  }
}
