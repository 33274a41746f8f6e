// Reacts to a missing answer: a text is sent once more, speech is replayed on another connection, then it is reported.
import type { Exchange } from './exchange.js';
import type { Due } from './exchange-types.js';
import type { ModelEvent } from './port.js';
import type { HealthIssue } from './watchdogs.js';
import type { Input } from './wire.js';

export interface RemindersOptions {
  readonly exchange: Exchange;
  /** False when the model may decide not to answer (proactive audio). */
  readonly answersAlways: boolean;
  readonly sendAgain: (input: Input) => void;
  readonly report: (code: string, message: string) => void;
}

export class Reminders {
  readonly #options: RemindersOptions;
  readonly #asked = new WeakSet<Input>();
  /** An utterance brought neither activity nor transcript, and nothing of either kind has come since. */
  #unheard = false;

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  observe({ type }: ModelEvent): void {
    if (type === 'activity' || type === 'input-transcript') this.#unheard = false;
    // The answer to a text is no sign that speech is heard.
    const { voicedMs, askedAtMs } = this.#options.exchange.buffer;
    const isAnswer = type === 'audio' || type === 'text';
    if (isAnswer && voicedMs > 0 && askedAtMs === undefined) this.#unheard = false;
  }

  /** Returns the health issue that another connection may solve; undefined: none. */
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

  /** On a model that may decide not to answer, the first case is only reported: the sound may not have been speech. */
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
