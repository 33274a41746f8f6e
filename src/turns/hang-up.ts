// Ends a call after the model has called `end_call`, once its last words were heard.

/** Time after the last word: leaving the room at once would cut it off for listeners. */
const AFTER_GOODBYE_MS = 500;
/** How long the model's last words are awaited when it has called `end_call` before it spoke. */
const FOR_GOODBYE_MS = 4_000;
/** The call ends after this time at the latest. */
const AT_MOST_MS = 30_000;

export class HangUp {
  readonly #hangUp: () => void;
  #spoken = false;
  #speaking = false;
  #underWay = false;
  #quiet: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(hangUp: () => void) {
    this.#hangUp = hangUp;
  }

  get underWay(): boolean {
    return this.#underWay;
  }

  /** The model has called `end_call`. Returns whether its last words are being played already. */
  begin(): boolean {
    if (this.#underWay) return this.#spoken;
    this.#underWay = true;
    this.#spoken = this.#speaking;
    this.#limit = setTimeout(() => this.#hangUp(), AT_MOST_MS);
    this.#wait();
    return this.#spoken;
  }

  /** Whether the model's voice is audible. */
  speaking(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    if (!this.#underWay) return;
    if (speaking) this.#spoken = true;
    this.#wait();
  }

  /** A person has interrupted the last words: the call goes on so that the model can answer. */
  interrupted(): void {
    if (!this.#underWay) return;
    this.close();
    this.#underWay = false;
    this.#spoken = false;
  }

  close(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#limit);
  }

  #wait(): void {
    clearTimeout(this.#quiet);
    if (this.#speaking) return;
    this.#quiet = setTimeout(() => this.#hangUp(), this.#spoken ? AFTER_GOODBYE_MS : FOR_GOODBYE_MS);
  }
}
