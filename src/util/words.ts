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
