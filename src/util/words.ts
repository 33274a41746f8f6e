// Words of a text in any script, also where no blanks stand between them.

const SENTENCE_END = /[.!?…。！？؟।]["'”’)\]]*\s*$/u;
/** Also before a small letter, as recognisers write it, where Intl.Segmenter sees no sentence end. */
const SENTENCE_ENDS = /[.!?…؟।]["'”’)\]]*\s+|[。！？]["'”’)\]]*\s*/gu;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

export function endsSentence(text: string): boolean {
  return SENTENCE_END.test(text);
}

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

/** The sentences from the beginning of one that is nearest to this many words on; '' where the end of the text is nearer. */
export function sentencesFrom(text: string, words: number): string {
  let nearest = { index: text.length, off: Math.abs(countWords(text) - words) };
  for (const match of text.matchAll(SENTENCE_ENDS)) {
    const index = match.index + match[0].length;
    const off = Math.abs(countWords(text.slice(0, index)) - words);
    if (off < nearest.off) nearest = { index, off };
  }
  return text.slice(nearest.index);
}

/** The text without the sentences that were expected, in their order, and the expected words that have not come yet. */
export function withoutExpected(
  text: string,
  expected: string,
): { readonly fresh: string; readonly rest: string } {
  if (expected === '') return { fresh: text, rest: '' };
  let fresh = '';
  let rest = expected;
  let from = 0;
  const ends = [...text.matchAll(SENTENCE_ENDS)].map((match) => match.index + match[0].length);
  for (const end of [...ends, text.length]) {
    const sentence = text.slice(from, end);
    from = end;
    const alike = fromAlike(rest, sentence);
    fresh += dropWords(sentence, countWords(alike));
    if (alike !== '') rest = dropWords(alike, countWords(sentence));
  }
  return { fresh, rest };
}

/** The rest of the text from where most of its words are those of the other, which may be cut off; '' if nowhere. */
export function fromAlike(text: string, other: string): string {
  const [words, others] = [wordsOf(text), wordsOf(other)];
  if (others.length === 0) return '';
  const isCut = { text: !endsSentence(text), other: !endsSentence(other) };
  for (let from = 0; from < words.length; from += 1) {
    const length = Math.min(words.length - from, others.length);
    // One word in the midst may be the same by chance, unless it is a sentence.
    if (from > 0 && length < 2 && !isSentence(text, from, others.length > 1 || isCut.other)) continue;
    if (isAlike(words.slice(from), others, length, isCut)) return dropWords(text, from);
  }
  return '';
}

/** Whether the word at this index is a sentence: the last one, or, unless `onlyLast`, one with an end of its own. */
function isSentence(text: string, index: number, onlyLast: boolean): boolean {
  if (!endsSentence(firstWords(text, index))) return false;
  return dropWords(text, index + 1) === '' || (!onlyLast && endsSentence(firstWords(text, index + 1)));
}

/** @param isCut the last word of the text, or of the other, may be the beginning of one */
function isAlike(
  words: readonly string[],
  others: readonly string[],
  length: number,
  isCut: { readonly text: boolean; readonly other: boolean },
): boolean {
  let alike = 0;
  for (let at = 0; at < length; at += 1) {
    const [one = '', two = ''] = [words[at], others[at]];
    // A whole sentence of one word is compared as it is: "No." is not the beginning of "Now".
    const begins = at === others.length - 1 && (isCut.other || at > 0) && one.startsWith(two);
    const goesOn = at === words.length - 1 && (isCut.text || at > 0) && two.startsWith(one);
    if (one === two || begins || goesOn) alike += 1;
  }
  return alike * 2 > length;
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.toLowerCase()))
    if (isWordLike) words.push(segment);
  return words;
}
