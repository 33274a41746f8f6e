// Reports which inputs have no answer yet, so that they outlive this process. Speech is reported every 100 ms.
import { type CarriedInputsChange, carriedInputs } from './carried-inputs.js';
import type { Input } from './wire.js';

export interface InputJournalOptions {
  /** The inputs that a connection after a loss would be sent, in order; `revision` rises when earlier ones need no answer any more. */
  readonly unanswered: () => {
    readonly inputs: readonly Input[];
    readonly revision: number;
    readonly words: string;
    /** Voice was heard a moment ago. */
    readonly isVoiced: boolean;
  };
  readonly onChange: (change: CarriedInputsChange) => void;
}

const REPORT_EVERY_MS = 100;

export class InputJournal {
  readonly #options: InputJournalOptions;
  #reported = new WeakSet<Input>();
  /** Unknown at first: inputs of the process before may be kept, and the first report replaces them. */
  #isEmpty = false;
  #revision = -1;
  #words = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: InputJournalOptions) {
    this.#options = options;
  }

  /** An input was sent or held. `atOnce`: it is not one of fifty in a second. */
  added(atOnce: boolean): void {
    if (atOnce) this.report();
    else this.#timer ??= setTimeout(() => this.report(), REPORT_EVERY_MS);
  }

  report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { inputs, revision, words, isVoiced } = this.#options.unanswered();
    const all = revision !== this.#revision;
    this.#revision = revision;
    if (all) this.#reported = new WeakSet();
    // A pause is reported when somebody has spoken after it: it may be long, and is shortened until then.
    const end = isVoiced ? inputs.length : inputs.findLastIndex((input) => !isPause(input)) + 1;
    const fresh: Input[] = [];
    for (let index = 0; index < end; index += 1) {
      const input = inputs[index];
      if (!input || this.#reported.has(input)) continue;
      this.#reported.add(input);
      fresh.push(input);
    }
    const carried = carriedInputs(fresh);
    if (carried.length === 0 && words === this.#words && (!all || this.#isEmpty)) return;
    this.#words = words;
    this.#isEmpty = all ? carried.length === 0 : this.#isEmpty && carried.length === 0;
    this.#options.onChange({ all, inputs: carried, words });
  }

  close(): void {
    this.report();
    clearTimeout(this.#timer);
  }
}

function isPause(input: Input): boolean {
  return input.type === 'audio' && !input.voiced;
}
