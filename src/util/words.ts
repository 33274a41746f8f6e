// Words of a text in any script, also where no blanks stand between them.

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

export function countWords(text: string): number {
  let count = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) count += 1;
  return count;
}

/** Where each word begins. */
export function wordStarts(text: string): readonly number[] {
  const starts: number[] = [];
  for (const { isWordLike, index } of segmenter.segment(text)) if (isWordLike) starts.push(index);
  return starts;
}

/** What is left after the first words, with what follows the last of them up to the next. */
export function dropWords(text: string, count: number): string {
  if (count <= 0) return text;
  let seen = 0;
  for (const { isWordLike, index } of segmenter.segment(text)) {
    if (!isWordLike) continue;
    if (seen === count) return text.slice(index);
    seen += 1;
  }
  return '';
}

/** The words before those that `dropWords` leaves. */
export function firstWords(text: string, count: number): string {
  if (count <= 0) return '';
  return text.slice(0, text.length - dropWords(text, count).length);
}

/** The rest of the text from where most of its words are those of the other, which may be cut off; '' if nowhere. */
export function fromAlike(text: string, other: string): string {
  const [words, others] = [wordsOf(text), wordsOf(other)];
  for (let from = 0; from < words.length; from += 1) {
    const length = Math.min(words.length - from, others.length);
    // One word in the midst may be the same by chance.
    if (from > 0 && length < 2) break;
    if (isAlike(words.slice(from), others, length)) return dropWords(text, from);
  }
  return '';
}

function isAlike(words: readonly string[], others: readonly string[], length: number): boolean {
  let alike = 0;
  for (let at = 0; at < length; at += 1) {
    const [one = '', two = ''] = [words[at], others[at]];
    const isCut = at === length - 1 && (one.startsWith(two) || two.startsWith(one));
    if (one === two || isCut) alike += 1;
  }
  return alike * 2 > length;
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.toLowerCase()))
    if (isWordLike) words.push(segment);
  return words;
}
