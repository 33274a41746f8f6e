// One answer in the lengths that may be asked for.

export interface Reply {
  readonly text: string;
  /** The same in one word. */
  readonly word: string;
}

export function reply(text: string, word: string): Reply {
  return { text, word };
}

export function inLength({ text, word }: Reply, length: 'word' | 'sentence' | 'free'): string {
  if (length === 'word') return `${word.replace(/[.,!?]+$/, '')}.`;
  return length === 'sentence' ? firstSentence(text) : text;
}

/** What is quoted is not taken apart. */
function firstSentence(text: string): string {
  for (const end of text.matchAll(/[.!?](?=\s)/g)) {
    const sentence = text.slice(0, end.index + 1);
    if (sentence.split('"').length % 2 === 1) return sentence;
  }
  return text;
}
