// Google Search, code execution and URL context: simple results with the service's metadata.
import type { Answer, BuiltInTools, JsonObject } from '../answerer-port.js';
import { sumIn } from './arithmetic.js';
import { factualAnswer } from './facts.js';
import { numbersIn } from './numbers.js';

/** The one page that search and URL context have. */
export const PAGE = {
  uri: 'https://local-live-api.example/page',
  title: 'The bundled page of the local Live API',
  text:
    'The local Live API is a server that speaks the protocol of the Gemini Live API without a network. ' +
    'It recognises English speech, answers by rules, calls functions, and misbehaves on demand. ' +
    'It is for trying things out, and for tests.',
} as const;

type TextAnswer = Extract<Answer, { kind: 'text' }>;

/** An answer with the help of a tool that is built into the model; undefined when none helps. */
export function byCode(text: string, tools: BuiltInTools): TextAnswer | undefined {
  const program = tools.codeExecution ? programFor(text) : undefined;
  if (!program) return undefined;
  return {
    kind: 'text',
    text: program.words,
    before: [
      { executableCode: { language: 'PYTHON', code: program.code } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: `${program.result}\n` } },
    ],
  };
}

export function byPage(text: string, tools: BuiltInTools): TextAnswer | undefined {
  const urls: readonly string[] = tools.urlContext
    ? (text.match(/https?:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/g) ?? [])
    : [];
  if (urls.length === 0) return undefined;
  const urlMetadata = urls.map((retrievedUrl) => ({
    retrievedUrl,
    urlRetrievalStatus:
      retrievedUrl === PAGE.uri ? 'URL_RETRIEVAL_STATUS_SUCCESS' : 'URL_RETRIEVAL_STATUS_ERROR',
  }));
  const known = urls.includes(PAGE.uri);
  return {
    kind: 'text',
    text: known
      ? PAGE.text
      : `I work offline and cannot open ${urls.length === 1 ? 'that page' : 'those pages'}. I only have the page ${PAGE.uri}.`,
    after: { urlContextMetadata: { urlMetadata } },
  };
}

/** Answers questions without another rule, and facts, with the page as their source. */
export function bySearch(text: string, tools: BuiltInTools, now: Date): TextAnswer | undefined {
  if (!tools.search || !/\?|^(?:what|who|when|where|which|why|how|search|look up|find|google)\b/i.test(text))
    return undefined;
  const query = text
    .trim()
    .replace(/^(?:please )?(?:search (?:the web )?(?:for)?|look up|google|find out)\s*/i, '')
    .replace(/[?.!]+$/, '');
  const fact = factualAnswer(text, now)?.text;
  const own = /\blocal live api\b|\bstand-in\b/i.test(text) ? PAGE.text : undefined;
  const words =
    fact ??
    own ??
    `I searched for "${query}", but offline there is one page to search, and it says nothing of that.`;
  return { kind: 'text', text: words, after: { groundingMetadata: grounding(query, words) } };
}

function grounding(query: string, words: string): JsonObject {
  return {
    webSearchQueries: [query],
    searchEntryPoint: { renderedContent: `<div>${PAGE.title}</div>` },
    groundingChunks: [{ web: { uri: PAGE.uri, title: PAGE.title } }],
    groundingSupports: [
      {
        segment: { startIndex: 0, endIndex: Buffer.byteLength(words), text: words },
        groundingChunkIndices: [0],
      },
    ],
  };
}

interface Program {
  readonly code: string;
  readonly result: string;
  readonly words: string;
}

/** Upper limit of the search for primes, which keeps the answer quick. */
const MAX_SEARCHED = 1_000_000;

function programFor(text: string): Program | undefined {
  const numbers = numbersIn(text.replace(/(\d)(?:st|nd|rd|th)\b/gi, '$1')).map(({ value }) => value);
  const [number] = numbers;
  const list = numbers.length > 1 ? ofList(text, numbers) : undefined;
  if (list) return list;
  if (number !== undefined && Number.isInteger(number) && number >= 0) {
    const special = series(text, number);
    if (special) return special;
  }
  const sum = sumIn(text);
  if (!sum) return undefined;
  return {
    code: `print(${sum.code})`,
    result: sum.result,
    words: `I computed it: ${sum.question} makes ${sum.result}.`,
  };
}

/** "The average of 4, 8 and 15", "sort 5, 3 and 9". */
function ofList(text: string, numbers: readonly number[]): Program | undefined {
  const list = `[${numbers.join(', ')}]`;
  if (/\b(?:average|mean)\b/i.test(text)) {
    const mean = numbers.reduce((total, value) => total + value, 0) / numbers.length;
    const result = String(Number(mean.toFixed(4)));
    return {
      code: `numbers = ${list}\nprint(round(sum(numbers) / len(numbers), 4))`,
      result,
      words: `I computed it: the average is ${result}.`,
    };
  }
  if (/\bsort\b/i.test(text)) {
    const down = /\b(?:descending|backwards?|largest first)\b/i.test(text);
    const sorted = [...numbers].sort((a, b) => (down ? b - a : a - b));
    return {
      code: `print(sorted(${list}${down ? ', reverse=True' : ''}))`,
      result: `[${sorted.join(', ')}]`,
      words: `I sorted them: ${sorted.join(', ')}.`,
    };
  }
  return undefined;
}

function series(text: string, count: number): Program | undefined {
  if (/\bprime palindromes?\b|\bpalindromic primes?\b/i.test(text) && count <= MAX_SEARCHED) {
    const result = downFrom(count - 1).find((n) => isPalindrome(n) && isPrime(n));
    if (result === undefined) return undefined;
    return {
      code:
        'def is_prime(n):\n    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n' +
        `print(max(n for n in range(${count}) if str(n) == str(n)[::-1] and is_prime(n)))`,
      result: String(result),
      words: `I computed it: the largest prime palindrome below ${count} is ${result}.`,
    };
  }
  if (/\bsum of the first\b.*\bprime/i.test(text) && count <= 1000) {
    const primes: number[] = [];
    for (let n = 2; primes.length < count; n++) if (isPrime(n)) primes.push(n);
    const result = primes.reduce((total, prime) => total + prime, 0);
    return {
      code:
        'primes, n = [], 2\n' +
        `while len(primes) < ${count}:\n    if all(n % p for p in primes):\n        primes.append(n)\n    n += 1\n` +
        'print(sum(primes))',
      result: String(result),
      words: `I computed it: the sum of the first ${count} primes is ${result}.`,
    };
  }
  if (/\bfactorial\b/i.test(text) && count <= 100) {
    const result = downFrom(count).reduce((product, n) => product * BigInt(Math.max(1, n)), 1n);
    return {
      code: `import math\nprint(math.factorial(${count}))`,
      result: String(result),
      words: `I computed it: the factorial of ${count} is ${result}.`,
    };
  }
  if (/\bsquare root\b/i.test(text)) {
    const result = String(Number(Math.sqrt(count).toFixed(4)));
    return {
      code: `import math\nprint(round(math.sqrt(${count}), 4))`,
      result,
      words: `I computed it: the square root of ${count} is ${result}.`,
    };
  }
  if (/\bfibonacci\b/i.test(text) && count >= 1 && count <= 300) {
    let [now, next] = [0n, 1n];
    for (let n = 0; n < count; n++) [now, next] = [next, now + next];
    return {
      code: `a, b = 0, 1\nfor _ in range(${count}):\n    a, b = b, a + b\nprint(a)`,
      result: String(now),
      words: `I computed it: Fibonacci number ${count} is ${now}.`,
    };
  }
  if (/\b(?:is|whether|check)\b.*\bprime\b/i.test(text) && count <= MAX_SEARCHED ** 2) {
    const prime = isPrime(count);
    return {
      code: `n = ${count}\nprint(n > 1 and all(n % d for d in range(2, int(n**0.5) + 1)))`,
      result: prime ? 'True' : 'False',
      words: `I computed it: ${count} is ${prime ? 'a' : 'no'} prime number.`,
    };
  }
  return undefined;
}

const downFrom = (from: number) => Array.from({ length: Math.max(0, from) }, (_, n) => from - n);

const isPalindrome = (n: number) => String(n) === [...String(n)].reverse().join('');

function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
