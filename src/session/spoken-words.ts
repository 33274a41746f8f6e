// What the service has transcribed of speech without an answer: after a replay the same words come again.

export class SpokenWords {
  /** The unanswered utterance was transcribed: after a replay its transcripts must not be emitted twice. */
  isTranscribed = false;
  #text = '';
  /** The transcript of what was sent again to this connection, where it is transcribed again. */
  #before = '';
  /** The voice of what was sent again, and how much of it was sent by now. */
  #againMs = 0;
  #sentMs = 0;
  /** The transcript of inputs in doubt, of utterances before the last one. */
  #doubtful = '';
  /** What the last answer may not be about. */
  #doubt: 'speech' | 'all' | 'none' = 'none';
  /** The utterance that the transcript is of. */
  #utterance = 0;

  /** The transcript of the speech without an answer. */
  get text(): string {
    return this.#text.length >= this.#before.length ? this.#text : this.#before;
  }

  /** The transcript of what was to be sent again and has no answer, where it waited when its connection was lost. */
  get waiting(): string {
    return this.#before;
  }

  /** The same with what is in doubt. */
  get all(): string {
    return this.#doubtful + this.text;
  }

  heard(text: string, utterance: number): void {
    this.isTranscribed = true;
    if (this.#utterance !== utterance) {
      // Transcripts may come after the call or the answer that they are in doubt since.
      if (this.#doubt !== 'none' && this.#text !== '') {
        this.#doubtful += this.text;
        this.#before = '';
      }
      this.#text = '';
    }
    this.#utterance = utterance;
    this.#text += text;
  }

  /** Voice was sent. */
  sent(voicedMs: number): void {
    this.#sentMs += voicedMs;
  }

  /**
   * The model has begun to answer. Kept are the words of the inputs that the answer may not be about (`doubt`): of
   * speech that goes on only when it is all that was said (`isAll`), because a transcript does not say which it is of;
   * of speech that is being sent again the share that has not been sent, or is in doubt (`doubtMs` of voice).
   */
  answered(doubt: 'speech' | 'all' | 'none', isAll: boolean, doubtMs: number): void {
    this.isTranscribed = false;
    this.#doubt = doubt;
    const isHeardAgain = this.#text.length >= this.#before.length;
    if (doubt !== 'all') this.#doubtful = '';
    else if (isHeardAgain) this.#doubtful += this.#text;
    const heardMs = this.#sentMs - (doubt === 'speech' ? doubtMs : 0);
    const restMs = Math.max(0, this.#againMs - heardMs);
    // Its second hearing may still come, and takes its place.
    if (doubt === 'all' && !isHeardAgain) return;
    if (doubt !== 'all' && !isHeardAgain && restMs > 0)
      this.#before = lastShare(this.text, restMs / this.#againMs);
    else {
      this.#before = '';
      if (doubt === 'speech' && isAll) return;
    }
    this.#text = '';
  }

  /** The inputs in doubt are without an answer. */
  doubted(utterance: number): void {
    this.#text = this.#doubtful + this.text;
    this.#before = '';
    this.isTranscribed ||= this.#text !== '';
    this.#utterance = utterance;
    this.#doubtful = '';
  }

  /** The inputs in doubt need no answer any more. */
  settled(): void {
    if (this.#doubt === 'all') this.#before = '';
    this.#doubtful = '';
    this.#doubt = 'none';
  }

  /** The speech is sent again. */
  replayed(again: string, voicedMs: number): void {
    this.#before = again;
    this.#againMs = voicedMs;
    this.#sentMs = 0;
    this.#doubt = 'none';
    this.#text = '';
    this.isTranscribed = false;
  }

  takeBack(): void {
    this.isTranscribed = false;
  }
}

/** About this share of the text at its end, from the beginning of a word on. */
function lastShare(text: string, share: number): string {
  const at = Math.round(text.length * (1 - share));
  if (at <= 0) return text;
  const [before, after] = [text.lastIndexOf(' ', at), text.indexOf(' ', at)];
  if (before < 0 && after < 0) return text.slice(at);
  return text.slice(after < 0 || (before >= 0 && at - before <= after - at) ? before : after);
}
