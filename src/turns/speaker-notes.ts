// Tells the model by name who speaks, when several people are in the room: it hears one stream of audio.

export interface SpeakerNotesOptions {
  readonly isOn: () => boolean;
  /** The people in the room, with the names that they gave themselves. */
  readonly people: () => readonly { readonly identity: string; readonly name?: string }[];
  /** Whether the model speaks now: a note would interrupt it. */
  readonly isAnswering: () => boolean;
  readonly send: (note: string) => void;
}

/** A name is written by its owner: a longer one is no name, and could be an instruction. */
const MAX_NAME_CHARS = 64;

export class SpeakerNotes {
  readonly #options: SpeakerNotesOptions;
  /** Whom the last note named. */
  #known: string | undefined;
  /** Who speaks, and is not named yet because the model is speaking. */
  #pending: string | undefined;

  constructor(options: SpeakerNotesOptions) {
    this.#options = options;
  }

  /** Audio of this person follows. */
  speaks(identity: string): void {
    this.#pending = identity;
    this.follow();
  }

  /** The model may have stopped to speak. */
  follow(): void {
    const { isOn, people, isAnswering, send } = this.#options;
    const identity = this.#pending;
    if (identity === undefined || isAnswering()) return;
    this.#pending = undefined;
    const present = isOn() ? people() : [];
    // A person who is alone is not named; with the next one both are.
    if (present.length < 2) this.#known = undefined;
    else if (identity !== this.#known) {
      this.#known = identity;
      send(`(Now speaking: ${nameOf(identity, present)})`);
    }
  }

  /** The model may not know the notes any more: the next speaker is named in any case. */
  forget(): void {
    this.#known = undefined;
  }
}

/** The name in quotation marks, on one line; with the identity where two people have the same. */
function nameOf(identity: string, people: ReturnType<SpeakerNotesOptions['people']>): string {
  const plain = (text: string): string =>
    text
      .replace(/[\p{C}\p{Z}"()]+/gu, ' ')
      .trim()
      .slice(0, MAX_NAME_CHARS)
      .toWellFormed();
  const name = plain(people.find((person) => person.identity === identity)?.name ?? '');
  if (name === '') return `"${plain(identity)}"`;
  const namesakes = people.filter((person) => plain(person.name ?? '') === name);
  return namesakes.length > 1 ? `"${name}" (${plain(identity)})` : `"${name}"`;
}
