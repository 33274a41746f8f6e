// Finds the phrase in a text that a string parameter is about: "in London", "called Rex", "saying I am late".
import type { Parameter } from './parameters.js';
import { isCommon, isGeneralVerb, stem, wordsOf } from './words.js';

interface Token {
  /** As it was said, without the punctuation around it. */
  readonly text: string;
  readonly lower: string;
  /** Whether a comma or the end of a sentence follows. */
  readonly last: boolean;
}

const CUES = new Set(
  'in at near for to into from about on called named titled saying says by as until with'.split(' '),
);
const TIME_WORDS = new Set(
  'today tomorrow tonight yesterday now please again monday tuesday wednesday thursday friday saturday sunday'.split(
    ' ',
  ),
);
const ARTICLES = new Set('the a an my your our this that some any'.split(' '));
const REQUESTS =
  /^(?:please|hey|hello|hi|ok|okay|so|now|can|could|would|will|you|i|want|need|to|like|let|us|me|go|and|us|let's|i'd|just|what|what's|is|are|who|where|when|how|tell|show|give|do|does)$/;

interface Preference {
  /** Words of a parameter's name. */
  readonly names: RegExp;
  /** The cues it listens to, the surest first. */
  readonly cues: readonly string[];
  /** Whether all that follows the cue belongs to it: other cues, commas and all. */
  readonly toTheEnd: boolean;
}

const PREFERENCES: readonly Preference[] = [
  {
    names: /^(?:message|text|body|content|note|words|reason)$/,
    cues: ['saying', 'says', 'that', 'about'],
    toTheEnd: true,
  },
  { names: /^(?:origin|source|departure|from|sender)$/, cues: ['from'], toTheEnd: false },
  {
    names: /^(?:recipient|contact|person|whom|to|destination|target|receiver)$/,
    cues: ['to', 'for', 'called'],
    toTheEnd: false,
  },
  {
    names: /^(?:city|location|place|town|country|address|region|area|room)$/,
    cues: ['in', 'near', 'at', 'for', 'to', 'from'],
    toTheEnd: false,
  },
  {
    names: /^(?:query|search|question|topic|keyword|keywords|subject|term)$/,
    cues: ['for', 'about', 'on'],
    toTheEnd: true,
  },
  { names: /^(?:name|title|label)$/, cues: ['called', 'named', 'titled', 'as', 'for'], toTheEnd: false },
  {
    names: /^(?:date|day|time|when|deadline|start|end)$/,
    cues: ['on', 'at', 'for', 'by', 'until'],
    toTheEnd: false,
  },
  { names: /^(?:artist|author)$/, cues: ['by'], toTheEnd: false },
  { names: /^(?:language|lang)$/, cues: ['into', 'to', 'in'], toTheEnd: false },
  { names: /^(?:duration|length|period)$/, cues: ['for'], toTheEnd: false },
];

/** The words of one request, and which of them have become an argument already. */
export class Phrases {
  readonly #tokens: readonly Token[];
  readonly #used: boolean[];
  readonly #functionStems: ReadonlySet<string>;

  /** `functionName` is no argument, wherever its words stand. */
  constructor(text: string, functionName: string) {
    this.#tokens = tokensOf(text);
    this.#used = this.#tokens.map(() => false);
    this.#functionStems = new Set(wordsOf(functionName).map(stem));
  }

  /** What was said for this parameter by its own name or a cue that fits its name. */
  forParameter({ name }: Parameter): string | undefined {
    const nameWords = wordsOf(name);
    const named = this.#afterName(nameWords);
    if (named !== undefined) return named;
    for (const word of nameWords) {
      if (/^(?:date|day|time|when)$/.test(word)) {
        const moment = this.#tokens.findIndex(({ lower }, at) => !this.#used[at] && isMoment(lower));
        if (moment >= 0) return this.#take(moment, moment + 1);
      }
      const preference = PREFERENCES.find(({ names }) => names.test(word));
      for (const cue of preference?.cues ?? []) {
        const found = this.#afterCue(cue, preference?.toTheEnd ?? false);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** What stands after any cue, else what is left when the request itself is taken away. */
  anything(): string | undefined {
    for (const [at, token] of this.#tokens.entries()) {
      if (!CUES.has(token.lower) || this.#used[at]) continue;
      const found = this.#phraseFrom(at + 1, false);
      if (found !== undefined) return found;
    }
    return this.#rest(this.#tokens.length);
  }

  /** What the verb is about, commas and all: "milk, eggs and bread" of "add milk, eggs and bread to the list". */
  object(): string | undefined {
    const cue = this.#tokens.findIndex(({ lower }) => CUES.has(lower));
    return this.#rest(cue < 0 ? this.#tokens.length : cue);
  }

  #afterName(nameWords: readonly string[]): string | undefined {
    for (let at = 0; at + nameWords.length < this.#tokens.length; at++) {
      if (!nameWords.every((word, index) => this.#tokens[at + index]?.lower === word)) continue;
      let from = at + nameWords.length;
      // "the city is London" and "city London" name a value; "the city" or "time for lunch" do not.
      if (['is', 'equals'].includes(this.#tokens[from]?.lower ?? '')) from++;
      else if (this.#tokens[from - 1]?.last) continue;
      const next = this.#tokens[from]?.lower ?? '';
      if (CUES.has(next) || TIME_WORDS.has(next) || next === 'of' || isCommon(next)) continue;
      const found = this.#phraseFrom(from, false);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #afterCue(cue: string, toTheEnd: boolean): string | undefined {
    for (const [at, token] of this.#tokens.entries()) {
      if (token.lower !== cue || this.#used[at]) continue;
      const found = this.#phraseFrom(at + 1, toTheEnd);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The phrase that begins at a word, up to the next cue or comma; `all`: up to the end of the text. */
  #phraseFrom(start: number, all: boolean): string | undefined {
    let from = start;
    while (!all && ARTICLES.has(this.#tokens[from]?.lower ?? '')) from++;
    if (
      /^(?:city|town|country|state)$/.test(this.#tokens[from]?.lower ?? '') &&
      this.#tokens[from + 1]?.lower === 'of'
    ) {
      from += 2;
    }
    let to = from;
    for (; to < this.#tokens.length; to++) {
      const token = this.#tokens[to] as Token;
      if (this.#used[to]) break;
      if (all) continue;
      if (to > from && (CUES.has(token.lower) || TIME_WORDS.has(token.lower))) break;
      if (token.last) {
        to++;
        break;
      }
    }
    return to > from ? this.#take(from, to) : undefined;
  }

  /** What is left of the first `end` words without the request around it. */
  #rest(end: number): string | undefined {
    let from = 0;
    let to = end;
    const idle = (at: number) => {
      const { lower } = this.#tokens[at] as Token;
      return (
        this.#used[at] ||
        REQUESTS.test(lower) ||
        ARTICLES.has(lower) ||
        TIME_WORDS.has(lower) ||
        isGeneralVerb(lower) ||
        CUES.has(lower) ||
        lower === 'of' ||
        this.#functionStems.has(stem(lower))
      );
    };
    while (from < to && idle(from)) from++;
    while (to > from && idle(to - 1)) to--;
    return to > from ? this.#take(from, to) : undefined;
  }

  #take(from: number, to: number): string {
    for (let at = from; at < to; at++) this.#used[at] = true;
    return this.#tokens
      .slice(from, to)
      .map(({ text, last }, index) => (last && from + index < to - 1 ? `${text},` : text))
      .join(' ');
  }
}

function tokensOf(text: string): Token[] {
  return text
    .split(/\s+/)
    .map((raw) => {
      const plain = raw.replace(/^[^\p{L}\p{N}$#@+-]+|[^\p{L}\p{N}%$#@]+$/gu, '');
      return { text: plain, lower: plain.toLowerCase(), last: /[,;:.!?]["')]*$/.test(raw) };
    })
    .filter(({ text: plain }) => plain !== '');
}

function isMoment(word: string): boolean {
  return TIME_WORDS.has(word) && word !== 'please' && word !== 'again';
}
