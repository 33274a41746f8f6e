// Finds the phrase in a text that a string parameter is about: "in London", "called Rex", "saying I am late".
import { numbersIn } from './numbers.js';
import type { Parameter } from './parameters.js';
import { type Token, tokensOf } from './tokens.js';
import { isCommon, isGeneralVerb, stem, wordsOf } from './words.js';

const CUES = new Set(
  'in at near for to into from about on called named titled saying says by as until with'.split(' '),
);
const TIME_WORDS = new Set(
  'today tomorrow tonight yesterday now please again next weekend noon midnight monday tuesday wednesday thursday friday saturday sunday'.split(
    ' ',
  ),
);
const ARTICLES = new Set('the a an my your our this that some any'.split(' '));
const REQUESTS =
  /^(?:please|hey|hello|hi|ok|okay|so|now|can|could|would|will|you|i|want|need|to|like|let|us|me|go|and|us|let's|i'd|just|what|what's|is|are|who|where|when|how|tell|show|give|do|does|say|order|buy)$/;
/** Who is written to directly follows these: "text Tom that …", "send Bob a message". */
const ADDRESSING = /^(?:send|text|tell|email|mail|message|call|write|give|ask|remind|phone|ring)$/;
const FAMILY = /^(?:mom|mum|dad|mother|father|grandma|grandpa)$/;
const ROOMS =
  /\b(?:living|dining|bed|bath|guest|meeting|conference|server|laundry)[ -]?rooms?\b|\b(?:kitchen|hall(?:way)?|office|garage|garden|basement|attic|balcony|nursery|study|porch|patio|terrace|lobby|corridor|cellar|everywhere|upstairs|downstairs)\b/i;
const STREET =
  /\b\d+[a-z]? (?:\p{Lu}[\p{L}'-]* ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Way|Square|Boulevard|Blvd)\b/u;
const QUOTED = /(?<=^|[\s:])["“'‘]([^"”]+?)["”'’](?=$|[\s.,!?])/u;

interface Preference {
  /** Words of a parameter's name. */
  readonly names: RegExp;
  /** The cues it listens to, the surest first. */
  readonly cues: readonly string[];
  /** Whether all that follows the cue belongs to it: other cues, commas and all. */
  readonly toTheEnd: boolean;
  /** Whether names that follow a comma belong to it: "with Ana, Bob and Carol". */
  readonly several?: boolean;
}

const TEXTS: Preference = {
  names: /^(?:message|text|body|content|note|words|reason)$/,
  cues: ['saying', 'says', 'that', 'about'],
  toTheEnd: true,
};
const RECIPIENTS: Preference = {
  names: /^(?:recipient|contact|person|whom|to|destination|target|receiver)$/,
  cues: ['to', 'for', 'called'],
  toTheEnd: false,
};
/** Nothing else is a place of departure than what stands after its cue. */
const ORIGINS: Preference = {
  names: /^(?:origin|source|departure|from|sender)$/,
  cues: ['from'],
  toTheEnd: false,
};

const COMPANY: Preference = {
  names: /^(?:attendees?|participants?|guests?|invitees?|people|persons|members|friends|colleagues)$/,
  cues: ['with', 'invite', 'inviting'],
  toTheEnd: false,
  several: true,
};

const PREFERENCES: readonly Preference[] = [
  TEXTS,
  COMPANY,
  ORIGINS,
  RECIPIENTS,
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
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #used: boolean[];
  readonly #functionStems: ReadonlySet<string>;

  /** `functionName` is no argument, wherever its words stand. */
  constructor(text: string, functionName: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
    this.#used = this.#tokens.map(() => false);
    this.#functionStems = new Set(wordsOf(functionName).map(stem));
  }

  /** What was said for this parameter by its own name or a cue that fits it. `sure`: by a cue only what is written large. */
  forParameter({ name }: Parameter, sure = false): string | undefined {
    const nameWords = wordsOf(name);
    const known = this.#known(nameWords);
    if (known !== undefined) return known;
    const after = this.#afterName(nameWords);
    if (after !== undefined) return after;
    for (const word of nameWords) {
      if (/^(?:date|day|time|when)$/.test(word)) {
        const moment = this.#tokens.findIndex(({ lower }, at) => !this.#used[at] && isMoment(lower));
        if (moment >= 0) return this.#take(moment, moment + 1);
      }
      const preference = PREFERENCES.find(({ names }) => names.test(word));
      for (const cue of preference?.cues ?? []) {
        const found = this.#afterCue(cue, preference as Preference, sure);
        if (found !== undefined) return found;
      }
      if (preference === RECIPIENTS) {
        const addressed = this.#addressed();
        if (addressed !== undefined) return addressed;
      }
    }
    return undefined;
  }

  /** What is recognised wherever it stands: a room, a street, quoted words, words after a colon. */
  #known(nameWords: readonly string[]): string | undefined {
    if (nameWords.includes('room')) return this.#found(ROOMS.exec(this.#text)?.[0]);
    if (nameWords.some((word) => word === 'street' || word === 'address'))
      return this.#found(STREET.exec(this.#text)?.[0]);
    if (!nameWords.some((word) => TEXTS.names.test(word))) return undefined;
    return this.#found(QUOTED.exec(this.#text)?.[1] ?? /:\s+(\S.*?)[.!?]*$/.exec(this.#text)?.[1]);
  }

  /** Marks the words as used. */
  #found(words: string | undefined): string | undefined {
    if (words === undefined) return undefined;
    const lower = tokensOf(words).map((token) => token.lower);
    const from = this.#tokens.findIndex((_, at) =>
      lower.every((word, n) => this.#tokens[at + n]?.lower === word),
    );
    for (let at = from; from >= 0 && at < from + lower.length; at++) this.#used[at] = true;
    return words;
  }

  #addressed(): string | undefined {
    const at = this.#tokens.findIndex(({ lower }) => ADDRESSING.test(lower)) + 1;
    const next = this.#tokens[at];
    if (at === 0 || !next || this.#used[at]) return undefined;
    const named = /^\p{Lu}/u.test(next.text) && !REQUESTS.test(next.lower);
    if (!named && !FAMILY.test(next.lower)) return undefined;
    const two = /^\p{Lu}/u.test(this.#tokens[at + 1]?.text ?? '') && !next.last;
    return this.#take(at, at + (two ? 2 : 1));
  }

  /** The rest of the text as the value of the parameter that a request is about. */
  main({ name }: Parameter): string | undefined {
    const words = wordsOf(name);
    if (words.some((word) => ORIGINS.names.test(word))) return undefined;
    // "Translate good morning into Spanish": what is said, and not what follows the cue.
    return words.some((word) => TEXTS.names.test(word))
      ? (this.object() ?? this.anything())
      : this.anything();
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
    const begin = this.#tokens.findIndex((_, at) => !this.#idle(at));
    const cue = this.#tokens.findIndex(({ lower }, at) => at > begin && CUES.has(lower));
    return this.#rest(cue < 0 ? this.#tokens.length : cue);
  }

  #afterName(nameWords: readonly string[]): string | undefined {
    for (let at = 0; at + nameWords.length < this.#tokens.length; at++) {
      if (!nameWords.every((word, index) => this.#tokens[at + index]?.lower === word)) continue;
      let from = at + nameWords.length;
      // "the city is London" and "city London" name a value; "the city" or "time for lunch" do not.
      if (['is', 'equals'].includes(this.#tokens[from]?.lower ?? '')) from++;
      else if (this.#tokens[from]?.lower === 'of' && /^(?:city|town|state|country)$/.test(nameWords[0] ?? ''))
        from++;
      else if (this.#tokens[from - 1]?.last) continue;
      const next = this.#tokens[from]?.lower ?? '';
      if (CUES.has(next) || TIME_WORDS.has(next) || next === 'of' || isCommon(next)) continue;
      const found = this.#phraseFrom(from, false);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #afterCue(cue: string, { toTheEnd, several = false }: Preference, large: boolean): string | undefined {
    for (const [at, token] of this.#tokens.entries()) {
      if (token.lower !== cue || this.#used[at]) continue;
      if (large && !/^\p{Lu}/u.test(this.#tokens[at + 1]?.text ?? '')) continue;
      const found = this.#phraseFrom(at + 1, toTheEnd, several);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The phrase that begins at a word, up to the next cue or comma; `all`: up to the end of the text; `several`: over the commas between names. */
  #phraseFrom(start: number, all: boolean, several = false): string | undefined {
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
      if (to > from && token.lower === 'this' && TIME_WORDS.has(this.#tokens[to + 1]?.lower ?? '')) break;
      // "in Leeds and I am 41": another statement.
      if (
        to > from &&
        token.lower === 'and' &&
        /^(?:i|my|we|our|he|she|they|it)$/.test(this.#tokens[to + 1]?.lower ?? '')
      )
        break;
      if (to > from && (CUES.has(token.lower) || TIME_WORDS.has(token.lower))) break;
      if (token.last && !(several && this.#isNamed(to + 1))) {
        to++;
        break;
      }
    }
    return to > from ? this.#take(from, to) : undefined;
  }

  /** Whether a name or an "and" stands there. */
  #isNamed(at: number): boolean {
    const { text = '', lower = '' } = this.#tokens[at] ?? {};
    return lower === 'and' || (/^\p{Lu}/u.test(text) && !REQUESTS.test(lower) && !isGeneralVerb(lower));
  }

  /** What is left of the first `end` words without the request around it. */
  #rest(end: number): string | undefined {
    let from = 0;
    let to = end;
    while (from < to && this.#idle(from)) from++;
    while (to > from && this.#idle(to - 1)) to--;
    return to > from ? this.#take(from, to) : undefined;
  }

  /** Whether the word belongs to the request, and not to what is requested. */
  #idle(at: number): boolean {
    const { lower } = this.#tokens[at] as Token;
    return (
      this.#used[at] === true ||
      REQUESTS.test(lower) ||
      ARTICLES.has(lower) ||
      TIME_WORDS.has(lower) ||
      isGeneralVerb(lower) ||
      CUES.has(lower) ||
      numbersIn(lower).length > 0 ||
      /^(?:of|on|off|turn|switch)$/.test(lower) ||
      this.#functionStems.has(stem(lower))
    );
  }

  #take(from: number, to: number): string {
    for (let at = from; at < to; at++) this.#used[at] = true;
    return this.#tokens
      .slice(from, to)
      .map(({ text, last }, index) => (last && from + index < to - 1 ? `${text},` : text))
      .join(' ');
  }
}

function isMoment(word: string): boolean {
  return TIME_WORDS.has(word) && word !== 'please' && word !== 'again';
}
