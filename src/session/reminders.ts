// What is done when the model does not answer: a text is asked once more, speech heard again, and then it is reported.
import type { Due, Exchange } from './exchange.js';
import type { ModelEvent } from './port.js';
import type { HealthIssue } from './watchdogs.js';
import type { Input } from './wire.js';

export interface RemindersOptions {
  readonly exchange: Exchange;
  /** False: no answer is an answer. */
  readonly answersAlways: boolean;
  readonly sendAgain: (input: Input) => void;
  readonly report: (code: string, message: string) => void;
}

export class Reminders {
  readonly #options: RemindersOptions;
  readonly #asked = new WeakSet<Input>();
  /** An utterance of which the service showed no sign, and no sign since. */
  #unheard = false;

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  observe({ type }: ModelEvent): void {
    if (type === 'activity' || type === 'input-transcript' || type === 'audio' || type === 'text')
      this.#unheard = false;
  }

  /** Returns what is wrong with the connection, where another one may help. */
  overdue(due: Due): HealthIssue | undefined {
    const { answersAlways } = this.#options;
    if (due.what === 'speech') return answersAlways ? 'no-answer' : undefined;
    if (due.what === 'utterance') return this.#onUnheard();
    this.#askAgain();
    return undefined;
  }

  #askAgain(): void {
    const { exchange, answersAlways, sendAgain, report } = this.#options;
    for (const input of exchange.buffer.asked) {
      exchange.buffer.forget(input);
      if (!answersAlways) continue;
      if (this.#asked.has(input)) report('unanswered', 'the model has not answered what it was asked, twice');
      else sendAgain(input);
      this.#asked.add(input);
    }
  }

  /** On a model that may say nothing the first time is only reported: it may not have been speech. */
  #onUnheard(): HealthIssue | undefined {
    const isFirst = !this.#unheard;
    this.#unheard = true;
    if (isFirst && !this.#options.answersAlways) {
      this.#options.report('unheard', 'the service shows no sign of what was said');
      return undefined;
    }
    return 'unheard';
  }
}
