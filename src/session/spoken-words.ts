// What the service has transcribed of speech without an answer: after a replay the same words come again.

export class SpokenWords {
  /** The unanswered utterance was transcribed: after a replay its transcripts must not be emitted twice. */
  isTranscribed = false;
  #text = '';
  /** The transcript of what was sent again to this connection, where it is transcribed again. */
  #before = '';
  /** The transcript of inputs that came since a tool call, and are in doubt. */
  #doubtful = '';
  /** The utterance that the transcript is of. */
  #utterance = 0;

  /** The transcript of the speech without an answer. */
  get text(): string {
    return this.#text.length >= this.#before.length ? this.#text : this.#before;
  }

  /** The transcript of all inputs that may need an answer. */
  get all(): string {
    return this.#doubtful + this.text;
  }

  heard(text: string, utterance: number): void {
    this.isTranscribed = true;
    if (this.#utterance !== utterance) this.#text = '';
    this.#utterance = utterance;
    this.#text += text;
  }

  /**
   * The model has begun to answer. Kept are the words of the inputs that the answer may not be about (`doubt`): of
   * speech that goes on only when it is all that was said (`isAll`), because a transcript does not say which it is of.
   */
  answered(doubt: 'speech' | 'all' | 'none', isAll: boolean): void {
    this.isTranscribed = false;
    this.#doubtful = doubt === 'all' ? this.#doubtful + this.text : '';
    if (doubt === 'speech' && isAll) return;
    this.#before = '';
    this.#text = '';
  }

  /** The inputs in doubt are without an answer. */
  doubted(utterance: number): void {
    this.#text = this.#doubtful + this.#text;
    this.isTranscribed ||= this.#text !== '';
    this.#utterance = utterance;
    this.#doubtful = '';
  }

  /** The speech is sent again. */
  replayed(again: string): void {
    this.#before = again;
    this.#text = '';
    this.isTranscribed = false;
  }

  takeBack(): void {
    this.isTranscribed = false;
  }
}
