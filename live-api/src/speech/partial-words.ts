// Partial recognitions of one utterance, one at a time.

export interface Look {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly offset: number;
  /** The utterance goes on behind this stretch. */
  readonly settled: boolean;
}

export interface PartialWordsPort {
  /** Words of a stretch when nothing more urgent is there to be recognised; undefined when there is too much of that. */
  recognise(samples: Float32Array<ArrayBuffer>, signal: AbortSignal): Promise<string | undefined>;
  emit(text: string, offset: number): void;
}

/** Stretches of an utterance that may wait; when there are more, its remaining words come only in the final result. */
const MAX_WAITING = 4;

export class PartialWords {
  readonly #port: PartialWordsPort;
  #utterance = new AbortController();
  /** Words of the stretches that are over. */
  #settled: string[] = [];
  #waiting: Look[] = [];
  #busy = false;
  #reported = '';
  /** How far into the sound the reported words reach. */
  #reportedOffset = Number.NEGATIVE_INFINITY;
  /** Words of this utterance were missed, and those that follow would not join on. */
  #gap = false;

  constructor(port: PartialWordsPort) {
    this.#port = port;
  }

  look(look: Look): void {
    if (this.#gap) return;
    // Of several recognitions of a growing stretch only the newest is used.
    this.#waiting = this.#waiting.filter(({ settled }) => settled);
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(look);
    else this.#gap = true;
    if (!this.#busy) void this.#work(this.#utterance.signal);
  }

  /** The utterance is over. */
  reset(): void {
    this.#gap = false;
    if (!this.#busy && this.#settled.length === 0 && this.#reported === '') return;
    this.#utterance.abort(new Error('the utterance is over'));
    this.#utterance = new AbortController();
    this.#settled = [];
    this.#waiting = [];
    this.#reported = '';
    this.#reportedOffset = Number.NEGATIVE_INFINITY;
    this.#busy = false;
  }

  async #work(signal: AbortSignal): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      let words: string | undefined;
      try {
        words = await this.#port.recognise(next.samples, signal);
      } catch {
        words = undefined; // the whole utterance is recognised at its end; a failure there is reported
      }
      if (signal.aborted) return;
      if (words !== undefined) this.#take(next, words);
      else if (next.settled) this.#gap = true;
    }
    this.#busy = false;
  }

  #take({ settled, offset }: Look, words: string): void {
    if (this.#gap) return;
    const text = [...this.#settled, words].filter((part) => part !== '').join(' ');
    if (settled) this.#settled.push(words);
    // A stretch is cut where it was least loud, which lies before the newest look at it: its words alone would take
    // back those that a client has shown already. The next look joins on to them.
    if (text === '' || text === this.#reported || offset <= this.#reportedOffset) return;
    this.#reported = text;
    this.#reportedOffset = offset;
    this.#port.emit(text, offset);
  }
}
