// Closes of working sessions that were not believed, so that the same close after the same input is.
import { type CloseContext, type Doubt, judgeClose, reasonOf, type Verdict } from './close-reason.js';
import type { CloseInfo, Input } from './wire.js';

export interface CloseMoment extends Pick<CloseContext, 'resuming' | 'established'> {
  /** What was sent shortly before, audio aside. */
  readonly suspect: Input | undefined;
}

export class Doubts {
  #doubts: readonly Doubt[] = [];

  judge(info: CloseInfo, { suspect, ...moment }: CloseMoment): Verdict {
    const input = signatureOf(suspect);
    const verdict = judgeClose(info, { ...moment, input, doubts: this.#doubts });
    if (verdict === 'doubted') this.#doubts = [...this.#doubts, { reason: reasonOf(info), input }];
    return verdict;
  }

  /** The model answers: speech alone was not what the session was closed over. */
  answered(): void {
    if (this.#doubts.some(({ input }) => input === undefined))
      this.#doubts = this.#doubts.filter(({ input }) => input !== undefined);
  }
}

/** The same for the same input; undefined for what every session is sent all the time. */
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
