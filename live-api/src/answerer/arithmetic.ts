// Computes what is said or written as arithmetic: "two plus three times four", "15 percent of 80", "(2+3)*4".
import { numbersIn } from './numbers.js';

export interface Sum {
  /** "17 plus 25". */
  readonly question: string;
  /** The same in Python. */
  readonly code: string;
  readonly result: string;
}

type Token = number | string;

interface Operator {
  readonly sign: string;
  readonly word: string;
  readonly rank: number;
  apply(a: number, b: number): number;
}

const OPERATORS: readonly Operator[] = [
  { sign: '+', word: 'plus', rank: 1, apply: (a, b) => a + b },
  { sign: '-', word: 'minus', rank: 1, apply: (a, b) => a - b },
  { sign: '*', word: 'times', rank: 2, apply: (a, b) => a * b },
  { sign: '/', word: 'divided by', rank: 2, apply: (a, b) => a / b },
  { sign: '**', word: 'to the power of', rank: 3, apply: (a, b) => a ** b },
];
const operatorOf = (token: Token | undefined) => OPERATORS.find(({ sign }) => sign === token);

/** Words for operators, the longest first. "Add" at the beginning is often recognised as "at". */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:raised )?to the (?:power of|power)\b/g, ' ** '],
  [/\bsquared\b/g, ' ** 2 '],
  [/\bcubed\b/g, ' ** 3 '],
  [/\b(?:the )?square root of\s+(\S+(?: (?:point \S+|hundred|thousand|million))?)/g, ' $1 ** 0.5 '],
  [/\b(?:the )?square of\s+(\S+)/g, ' $1 ** 2 '],
  [/\bhalf of\b/g, ' 0.5 * '],
  [/\b(?:a )?third of\b/g, ' 1 / 3 * '],
  [/\b(?:a )?quarter of\b/g, ' 0.25 * '],
  [/\b(?:double|twice)\b(?= (?:of |\d|[a-z]))/g, ' 2 * '],
  [/(?:%|\bpercent|\bper cent) of\b/g, ' / 100 * '],
  [/\b(?:plus|added to)\b/g, ' + '],
  [/\b(?:minus|take away|less)\b/g, ' - '],
  [/\b(?:times|multiplied by|multiplied with)\b|[×·]|(?<=\d)\s*x\s*(?=\d)/g, ' * '],
  [/\b(?:divided by|over)\b|÷|:(?=\s*\d)/g, ' / '],
  [/\^/g, ' ** '],
];

/** Undefined where the text asks for no arithmetic. */
export function sumIn(text: string): Sum | undefined {
  const lower = text.toLowerCase();
  const tokens = listed(lower) ?? expressionIn(lower);
  if (!tokens || tokens.length < 3) return undefined;
  const value = new Evaluation(tokens).value();
  if (value === undefined) return undefined;
  return { question: spoken(tokens), code: coded(tokens), result: plain(value) };
}

/** "Add 5, 6 and 7", "the product of 3 and 4", "subtract 5 from 20": the operator comes first. */
function listed(lower: string): Token[] | undefined {
  const values = numbersIn(lower).map(({ value }) => value);
  if (values.length < 2 || /\b(?:plus|minus|times|divided by)\b|\d\s*[+*/^]/.test(lower)) return undefined;
  const sign = /\badd\b|\b(?:sum|total) of\b|^\s*at\b/.test(lower)
    ? '+'
    : /\bsubtract\b|\btake \S+ (?:away )?from\b|\bdifference (?:of|between)\b/.test(lower)
      ? '-'
      : /\bmultiply\b|\bproduct of\b/.test(lower)
        ? '*'
        : /\bdivide\b|\bquotient of\b/.test(lower)
          ? '/'
          : undefined;
  if (sign === undefined) return undefined;
  const ordered = sign === '-' && /\bfrom\b/.test(lower) ? values.toReversed() : values;
  return ordered.flatMap((value, index) => (index === 0 ? [value] : [sign, value]));
}

/** The longest run of numbers, operators and brackets. */
function expressionIn(lower: string): Token[] | undefined {
  const worded = WORDS.reduce((text, [pattern, sign]) => text.replace(pattern, sign), lower);
  const parts = worded
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .split(/(\*\*|[+*/()]|(?<=[\s\d)])-(?=[\s\d(]))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const tokens = parts.flatMap((part): Token[] => {
    if (/^(?:\*\*|[+*/()-])$/.test(part)) return [part];
    const numbers = numbersIn(part);
    // One number belongs to the operators beside it; more are an enumeration, which is no expression.
    return numbers.length === 1
      ? [(numbers[0] as { value: number }).value]
      : numbers.length === 0
        ? []
        : ['?'];
  });
  return tokens.includes('?') || !tokens.some(operatorOf) ? undefined : tokens;
}

/** By precedence, with brackets; undefined for what is no whole expression. */
class Evaluation {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  value(): number | undefined {
    const value = this.#expression(1);
    return this.#at === this.#tokens.length ? value : undefined;
  }

  #expression(rank: number): number | undefined {
    let left = this.#operand();
    for (;;) {
      const operator = operatorOf(this.#tokens[this.#at]);
      if (left === undefined || !operator || operator.rank < rank) return left;
      this.#at++;
      const right = this.#expression(operator.rank + (operator.sign === '**' ? 0 : 1));
      left = right === undefined ? undefined : operator.apply(left, right);
    }
  }

  #operand(): number | undefined {
    const token = this.#tokens[this.#at++];
    if (typeof token === 'number') return token;
    if (token === '-') {
      const value = this.#expression(3);
      return value === undefined ? undefined : -value;
    }
    if (token !== '(') return undefined;
    const value = this.#expression(1);
    return this.#tokens[this.#at++] === ')' ? value : undefined;
  }
}

const spoken = (tokens: readonly Token[]) =>
  tokens
    .map((token) => (typeof token === 'number' ? plain(token) : (operatorOf(token)?.word ?? token)))
    .join(' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .replace(/(\S+) to the power of 0\.5/, 'the square root of $1')
    .replace(/(\S+) divided by 100 times/, '$1 percent of');

const coded = (tokens: readonly Token[]) =>
  tokens
    .map((token) => (typeof token === 'number' ? plain(token) : token))
    .join(' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')');

function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(4))) : 'not a number';
}
