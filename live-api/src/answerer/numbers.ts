// Numbers in what was said, as digits or in words.

const SMALL = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, number>> = {
  thousand: 1000,
  million: 1_000_000,
  billion: 1_000_000_000,
};

/** "An hour" is one. */
const COUNTED_WITH_AN_ARTICLE = /^(?:second|minute|hour|day|week|month|year|dozen)$/;

export interface SpokenNumber {
  readonly value: number;
  /** The word that follows it, in lower case: often its unit. Empty at the end of the text. */
  readonly unit: string;
  /** Where it stands among the text's words. */
  readonly index: number;
}

/** All numbers of a text in their order: "minus two point five", "a hundred and ten", "twenty-five", "1,200". */
export function numbersIn(text: string): SpokenNumber[] {
  const words = numberWords(text);
  const found: SpokenNumber[] = [];
  for (let index = 0; index < words.length; ) {
    const read = readNumber(words, index);
    if (!read) {
      index++;
      continue;
    }
    const unit = words[read.end] ?? '';
    // "an hour and a half"; "two and a half minutes" was read as one number.
    const half = /^and a half\b/.test(words.slice(read.end + 1, read.end + 4).join(' '));
    found.push({ value: read.value + (half ? 0.5 : 0), unit, index });
    index = half ? read.end + 4 : read.end;
  }
  return found;
}

/** Digits keep their sign and point; signs that join numbers become words. */
function numberWords(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/%/g, ' percent ')
    .replace(/(?<=[a-z])-(?=[a-z])/g, ' ')
    .replace(/[+*×÷/=]/g, ' ')
    .replace(/[^a-z0-9.\- ]/g, ' ')
    .replace(/\.(?!\d)/g, ' ')
    .replace(/(?<=\d)-(?=\d)/g, ' ')
    .replace(/(\d)([a-z])/g, '$1 $2')
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '-');
}

function readNumber(
  words: readonly string[],
  from: number,
): { readonly value: number; readonly end: number } | undefined {
  let at = from;
  const sign = words[at] === 'minus' || words[at] === 'negative' ? -1 : 1;
  if (sign === -1) {
    // After a number "minus" takes away; it is a sign only at the beginning of one.
    if (from > 0 && isNumberWord(words[from - 1] as string)) return undefined;
    at++;
  }
  const whole = readWhole(words, at);
  if (!whole) return undefined;
  const point = words[whole.end] === 'point' ? readDigits(words, whole.end + 1) : undefined;
  const half = words.slice(whole.end, whole.end + 3).join(' ') === 'and a half';
  if (!point) return { value: sign * (whole.value + (half ? 0.5 : 0)), end: whole.end + (half ? 3 : 0) };
  return { value: sign * Number(`${whole.value}.${point.digits}`), end: point.end };
}

function readWhole(
  words: readonly string[],
  from: number,
): { readonly value: number; readonly end: number } | undefined {
  const first = words[from] ?? '';
  const article = first === 'a' || first === 'an';
  if (first === 'half' && /^an?$/.test(words[from + 1] ?? '')) return { value: 0.5, end: from + 2 };
  if (article && COUNTED_WITH_AN_ARTICLE.test(words[from + 1] ?? '')) return { value: 1, end: from + 1 };
  if (/^-?\d+(?:\.\d+)?$/.test(first)) return scaled(words, Number(first), from + 1);
  if (article && !isScale(words[from + 1])) return undefined;
  let total = 0;
  let group: number | undefined = article ? 1 : undefined;
  let at = article ? from + 1 : from;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    const value = smallValue(word);
    if (value !== undefined && fits(group, value)) group = (group ?? 0) + value;
    else if (word === 'hundred' && group !== undefined && group < 100) group *= 100;
    else if (word in SCALES && group !== undefined) {
      total += group * (SCALES[word] as number);
      group = 0;
    } else if (word === 'and' && group !== undefined && follows(words, at)) continue;
    else break;
  }
  if (group === undefined) return undefined;
  return { value: total + group, end: at };
}

/** "and" belongs to a number only after hundreds or thousands: "seven and eight" are two. */
function follows(words: readonly string[], at: number): boolean {
  const before = words[at - 1] as string;
  return (before === 'hundred' || before in SCALES) && smallValue(words[at + 1] ?? '') !== undefined;
}

/** Whether a small number goes on with what was read: "twenty" with "five", "hundred" with anything. */
function fits(group: number | undefined, value: number): boolean {
  if (group === undefined || group === 0) return true;
  if (group % 100 === 0) return true;
  return group % 100 >= 20 && group % 10 === 0 && value > 0 && value < 10;
}

function readDigits(
  words: readonly string[],
  from: number,
): { readonly digits: string; readonly end: number } | undefined {
  let digits = '';
  let at = from;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    const value = /^\d$/.test(word) ? Number(word) : SMALL.indexOf(word);
    if (value < 0 || value > 9) break;
    digits += value;
  }
  return digits === '' ? undefined : { digits, end: at };
}

function scaled(words: readonly string[], value: number, at: number): { value: number; end: number } {
  const word = words[at] ?? '';
  if (word === 'hundred') return { value: value * 100, end: at + 1 };
  const scale = SCALES[word];
  return scale === undefined ? { value, end: at } : { value: value * scale, end: at + 1 };
}

function smallValue(word: string): number | undefined {
  const small = SMALL.indexOf(word);
  if (small >= 0) return small;
  const ten = TENS.indexOf(word);
  return ten >= 0 ? (ten + 2) * 10 : undefined;
}

function isScale(word: string | undefined): boolean {
  return word === 'hundred' || (word !== undefined && word in SCALES);
}

function isNumberWord(word: string): boolean {
  return /\d/.test(word) || smallValue(word) !== undefined || isScale(word);
}

/** A whole number in words as it is counted aloud, for 0 to 999; others in digits. */
export function inWords(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 999) return String(value);
  if (value < 20) return SMALL[value] as string;
  if (value < 100) {
    const ten = TENS[Math.floor(value / 10) - 2] as string;
    return value % 10 === 0 ? ten : `${ten}-${SMALL[value % 10]}`;
  }
  const hundreds = `${SMALL[Math.floor(value / 100)]} hundred`;
  return value % 100 === 0 ? hundreds : `${hundreds} and ${inWords(value % 100)}`;
}
