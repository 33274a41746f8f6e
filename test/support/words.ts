// Compares what was said with what was understood, word by word, whatever the spelling of numbers.

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** Lower case, without punctuation, with numbers up to 999999 as words: "Go 10 m." is go, ten, m. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/['\u2019]/g, '')
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/\d+/g, (digits) => ` ${numberWords(Number(digits))} `)
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}

/**
 * The word error rate: words wrong, missing or too many, over the words that were said.
 * 0 is perfect; it can pass 1 when much was made up.
 */
export function wordErrorRate(said: string, understood: string): number {
  const truth = wordsOf(said);
  const guess = wordsOf(understood);
  if (truth.length === 0) return guess.length === 0 ? 0 : 1;
  return distance(truth, guess) / truth.length;
}

/** How many words must be put in, taken out or changed to make one list of the other. */
function distance(truth: readonly string[], guess: readonly string[]): number {
  let row = guess.map((_, index) => index + 1);
  row.unshift(0);
  for (const [line, word] of truth.entries()) {
    const next = [line + 1];
    for (const [column, other] of guess.entries()) {
      next.push(
        Math.min(
          (row[column] as number) + (word === other ? 0 : 1),
          (row[column + 1] as number) + 1,
          (next[column] as number) + 1,
        ),
      );
    }
    row = next;
  }
  return row[guess.length] as number;
}

function numberWords(value: number): string {
  if (value < 20) return ONES[value] as string;
  if (value < 100) return `${TENS[Math.floor(value / 10)]} ${value % 10 ? ONES[value % 10] : ''}`;
  if (value < 1000) return scaled(value, 100, 'hundred');
  if (value < 1_000_000) return scaled(value, 1000, 'thousand');
  return [...String(value)].map((digit) => ONES[Number(digit)]).join(' ');
}

function scaled(value: number, scale: number, name: string): string {
  const rest = value % scale;
  return `${numberWords(Math.floor(value / scale))} ${name} ${rest ? numberWords(rest) : ''}`;
}
