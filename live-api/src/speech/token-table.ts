// The recogniser's vocabulary: token numbers to text.

/** Words begin with this character (U+2581) instead of a space. */
const WORD_BEGIN = '▁';

/** Special tokens come first: unknown, begin, end. */
export const BEGIN_TOKEN = 1;
export const END_TOKEN = 2;
const FIRST_TEXT_TOKEN = 3;

export class TokenTable {
  readonly #tokens: readonly Buffer[];

  /** The file holds each token as a length (one byte, or two: 128 + n, m for n * 128 + m) and that many bytes. */
  constructor(file: Buffer) {
    const tokens: Buffer[] = [];
    let at = 0;
    while (at < file.length) {
      let length = file[at++] as number;
      if (length >= 128) length = length - 128 + (file[at++] ?? 0) * 128;
      if (at + length > file.length) throw new Error('the token table ends in the middle of a token');
      tokens.push(file.subarray(at, at + length));
      at += length;
    }
    this.#tokens = tokens;
  }

  get size(): number {
    return this.#tokens.length;
  }

  /** Joins first and decodes then: a character may be spread over several tokens. */
  decode(tokens: readonly number[]): string {
    const parts: Buffer[] = [];
    for (const token of tokens) {
      const bytes = token < FIRST_TEXT_TOKEN ? undefined : this.#tokens[token];
      if (bytes) parts.push(bytes);
    }
    return Buffer.concat(parts).toString('utf8').replaceAll(WORD_BEGIN, ' ').trim();
  }
}
