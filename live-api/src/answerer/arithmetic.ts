// Sums with two or more spoken numbers.
import { numbersIn } from './numbers.js';

interface Operation {
  readonly pattern: RegExp;
  readonly word: string;
  apply(a: number, b: number): number;
}

const OPERATIONS: readonly Operation[] = [
  { pattern: /\bplus\b|\badd\b|\bsum of\b|\d\s*\+\s*\d/, word: 'plus', apply: (a, b) => a + b },
  {
    pattern: /\bminus\b|\btake away\b|\bsubtract\b|\d\s+-\s+\d/,
    word: 'minus',
    apply: (a, b) => a - b,
  },
  {
    pattern: /\btimes\b|\bmultipl(?:y|ied)\b|\d\s*[*×x]\s*\d/,
    word: 'times',
    apply: (a, b) => a * b,
  },
  { pattern: /\bdivided?\b|\d\s*[÷/]\s*\d/, word: 'divided by', apply: (a, b) => a / b },
];

export interface Sum {
  /** "17 plus 25". */
  readonly question: string;
  readonly result: string;
}

export function sumIn(text: string): Sum | undefined {
  const lower = text.toLowerCase();
  const values = numbersIn(text).map(({ value }) => value);
  if (values.length < 2) return undefined;
  const operation = OPERATIONS.find(({ pattern }) => pattern.test(lower)) ?? misheardAddition(lower);
  if (!operation) return undefined;
  // "subtract 5 from 20"
  const ordered = /\bsubtract\b.*\bfrom\b/.test(lower) ? values.toReversed() : values;
  const result = ordered.reduce((total, value) => operation.apply(total, value));
  return { question: ordered.map(plain).join(` ${operation.word} `), result: plain(result) };
}

/** "Add" at the beginning is often recognised as "at": nothing else can be meant with two numbers alone. */
function misheardAddition(lower: string): Operation | undefined {
  return /^\s*at\b/.test(lower) ? OPERATIONS[0] : undefined;
}

function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(4))) : 'not a number';
}
