// Lane: a call that the model ends, once its goodbye was heard.

/** After the last word, so that it is not cut off by the line going down. */
const AFTER_GOODBYE_MS = 500;
/** A model that has not said goodbye yet does so about now, or not at all. */
const FOR_GOODBYE_MS = 4_000;
/** Whatever happens, a call that was ended does not go on for longer. */
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

  /** The model has ended the call. Returns whether its goodbye is being heard already. */
  begin(): boolean {
    if (this.#underWay) return this.#spoken;
    this.#underWay = true;
    this.#spoken = this.#speaking;
    this.#limit = setTimeout(() => this.#hangUp(), AT_MOST_MS);
    this.#wait();
    return this.#spoken;
  }

  /** Whether something of the model is being heard. */
  speaking(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    if (!this.#underWay) return;
    if (speaking) this.#spoken = true;
    this.#wait();
  }

  /** Somebody spoke over the goodbye: he has something left to say, and the model will hear it. */
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
