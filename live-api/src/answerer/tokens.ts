// The words of a text as they were said, and where a clause ends.

export interface Token {
  /** As it was said, without the punctuation around it. */
  readonly text: string;
  readonly lower: string;
  /** Whether a comma or the end of a sentence follows. */
  readonly last: boolean;
}

export function tokensOf(text: string): Token[] {
  return text
    .split(/\s+/)
    .map((raw) => {
      const plain = raw.replace(/^[^\p{L}\p{N}$#@+-]+|[^\p{L}\p{N}%$#@]+$/gu, '');
      return { text: plain, lower: plain.toLowerCase(), last: /[,;:.!?]["')]*$/.test(raw) };
    })
    .filter(({ text: plain }) => plain !== '');
}
