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
  return text.slice(0, text.length - dropWords(text, count).length);
}

/** Whether at least half of the words with which one of the texts begins are those of the other; a word may be cut off. */
export function beginsAlike(text: string, other: string): boolean {
  const [some, others] = [wordsOf(text), wordsOf(other)];
  const length = Math.min(some.length, others.length);
  let alike = 0;
  for (let at = 0; at < length; at += 1) {
    const [one = '', two = ''] = [some[at], others[at]];
    if (one.startsWith(two) || two.startsWith(one)) alike += 1;
  }
  return length > 0 && alike * 2 >= length;
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.toLowerCase()))
    if (isWordLike) words.push(segment);
  return words;
}
