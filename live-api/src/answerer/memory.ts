// The memory of one conversation: its turns, and facts that the user has stated.

export interface Said {
  readonly role: 'user' | 'model';
  readonly text: string;
}

/** A conversation may last for hours: only its beginning and its end are kept. */
const MAX_ENTRIES = 400;
const KEPT_FROM_THE_BEGINNING = 20;

const FACT =
  /\bmy (?!question|point|guess|problem|turn)([\p{L}' ]{1,40}?) (?:is called|is named|is|are|was) ((?:(?! and (?:my|i|the|we)\b)[^,.!?;])+)/giu;
/** What people say of themselves without "my". */
const OF_SELF: readonly (readonly [RegExp, string])[] = [
  [/\bi live in ((?:(?! and (?:my|i)\b)[^,.!?;])+)/giu, 'home'],
  [/\bi (?:come|am|'m) from ((?:(?! and (?:my|i)\b)[^,.!?;])+)/giu, 'origin'],
  [/\bi(?: am|'m) ([\p{L}\p{N}-]+) years old\b/giu, 'age'],
  [
    /\bi (?:really )?(?:like|love) (?!to\b|you\b|it\b|that\b|this\b|h(?:er|im)\b|them\b)((?:(?! and (?:my|i)\b)[^,.!?;])+)/giu,
    'interest',
  ],
];
const CALLED = /\b(?:i am called|i'm called|call me|my name's) ([\p{L}'-]+(?: \p{Lu}[\p{L}'-]*)?)/giu;
const QUESTION = /\b(?:what|who|which|do you (?:know|remember))\b[^.!?]*\bmy\b/i;
/** "Remember that …"; what begins with "my" is a fact already. */
const NOTE =
  /(?<!\bdo you )\bremember (?!(?:that|this)[:,]? my\b)(?=(?:that|this|to|the|our)\b)(?:(?:that|this)[:,]? )?([^.!?;]+)/giu;

export class Memory {
  readonly #facts = new Map<string, string>();
  readonly #notes: string[] = [];
  #said: Said[] = [];

  add(role: Said['role'], text: string): void {
    const plain = text.trim();
    if (plain === '') return;
    this.#said.push({ role, text: plain });
    if (this.#said.length > MAX_ENTRIES) this.#said.splice(KEPT_FROM_THE_BEGINNING, 1);
  }

  /** Stores facts that users state about themselves, and what they ask to be remembered. */
  learn(text: string): void {
    for (const fact of factsIn(text)) this.#facts.set(keyOf(fact.name), fact.value);
    for (const note of notesIn(text)) if (!this.#notes.includes(note)) this.#notes.push(note);
  }

  /** Facts by name, independent of its spelling: "favourite colour". */
  fact(name: string): string | undefined {
    return this.#facts.get(keyOf(name));
  }

  /** All facts as sentences to the user: "your name is Ana". */
  everything(): string[] {
    return [...[...this.#facts].map(([name, value]) => `your ${name} is ${value}`), ...this.#notes];
  }

  first(role: Said['role']): string | undefined {
    return this.#said.find((said) => said.role === role)?.text;
  }

  /** The last one, or with `back` 1 the one before it. */
  last(role: Said['role'], back = 0): string | undefined {
    return this.#said.filter((said) => said.role === role).at(-1 - back)?.text;
  }

  count(role: Said['role']): number {
    return this.#said.filter((said) => said.role === role).length;
  }
}

/** Facts about the speaker in a text; questions contain none. */
export function factsIn(text: string): { readonly name: string; readonly value: string }[] {
  const facts: { name: string; value: string }[] = [];
  for (const sentence of text.split(/(?<=[.!?])\s+/)) {
    for (const [, name = '', value = ''] of sentence.matchAll(FACT)) {
      if (!QUESTION.test(sentence)) facts.push({ name: name.trim().toLowerCase(), value: value.trim() });
    }
    for (const [pattern, name] of OF_SELF)
      for (const [, value = ''] of sentence.matchAll(pattern))
        if (!sentence.endsWith('?')) facts.push({ name, value: value.trim() });
    for (const [, name = ''] of sentence.matchAll(CALLED)) facts.push({ name: 'name', value: name.trim() });
  }
  return facts;
}

/** Other statements that it was asked to remember. */
export function notesIn(text: string): string[] {
  return [...text.matchAll(NOTE)].map(([, note = '']) => note.trim());
}

function keyOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/our\b/g, 'or')
    .replace('favourite', 'favorite')
    .replace(/\s+/g, ' ');
}
