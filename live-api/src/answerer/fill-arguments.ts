// Finds a function's arguments in a text.
import type { FunctionDeclaration, JsonObject } from '../answerer-port.js';
import { formattedValue } from './formats.js';
import { numbersIn, type SpokenNumber } from './numbers.js';
import { type Parameter, parametersOf } from './parameters.js';
import { Phrases } from './phrases.js';
import { stem, stemsOf, wordsOf } from './words.js';

export interface FilledArguments {
  readonly args: JsonObject;
  /** Required parameters without a value in the text. */
  readonly missing: readonly Parameter[];
}

const OFF = /\b(?:off|no|not|never|false|disable[ds]?|stop|without|close[ds]?|mute[ds]?|don't|do not)\b/i;

/** In how many seconds one of the unit is. */
const SECONDS: Readonly<Record<string, number>> = {
  millisecond: 0.001,
  ms: 0.001,
  second: 1,
  sec: 1,
  minute: 60,
  min: 60,
  hour: 3600,
  day: 86_400,
};

/** Arguments that are written out as JSON in the text are taken as they are. */
export function fillArguments(
  text: string,
  declaration: FunctionDeclaration,
  now = new Date(),
): FilledArguments {
  const written = writtenArguments(text);
  const parameters = parametersOf(declaration);
  const filler = new Filler(text, declaration.name, parameters, now);
  const args: Record<string, unknown> = {};
  const missing: Parameter[] = [];
  for (const parameter of inOrderOfCertainty(parameters)) {
    const value = written?.[parameter.name] ?? filler.value(parameter, isMainText(parameter, parameters));
    if (value !== undefined) args[parameter.name] = value;
    else if (parameter.required) missing.push(parameter);
  }
  return { args: inDeclaredOrder(args, parameters), missing };
}

/** The value that an answer to the question for one parameter gives. */
export function valueFromAnswer(text: string, parameter: Parameter, now = new Date()): unknown {
  return new Filler(text, '', [parameter], now).value(parameter, true);
}

class Filler {
  readonly #text: string;
  readonly #now: Date;
  readonly #said: ReadonlySet<string>;
  readonly #phrases: Phrases;
  /** Words of the parameters' names. */
  readonly #parameterStems: ReadonlySet<string>;
  #numbers: SpokenNumber[];

  constructor(text: string, functionName: string, parameters: readonly Parameter[], now: Date) {
    this.#now = now;
    this.#parameterStems = new Set(parameters.flatMap(({ name }) => wordsOf(name)).map(stem));
    this.#text = text;
    this.#said = stemsOf(text);
    this.#phrases = new Phrases(text, functionName);
    this.#numbers = numbersIn(text);
  }

  /** `main`: the parameter may get the rest of the text. */
  value(parameter: Parameter, main: boolean): unknown {
    if (parameter.choices.length > 0) return this.#choice(parameter);
    switch (parameter.type) {
      case 'number':
        return this.#number(parameter);
      case 'integer': {
        const number = this.#number(parameter);
        return number === undefined ? undefined : Math.round(number);
      }
      case 'boolean':
        return this.#boolean(parameter);
      case 'string': {
        const formatted = formattedValue(parameter, this.#text, this.#now);
        if (formatted) return formatted.value;
        return this.#phrases.forParameter(parameter) ?? (main ? this.#phrases.anything() : undefined);
      }
      case 'array':
        return this.#list(parameter, main);
      case 'object':
        return this.#object(parameter);
    }
  }

  /** The longest choice whose words were all said. */
  #choice({ choices, type }: Parameter): string | number | undefined {
    if (type === 'number' || type === 'integer') {
      const said = this.#numbers.find(({ value }) => choices.some((choice) => Number(choice) === value));
      if (said) return choices.find((choice) => Number(choice) === said.value);
    }
    const matches = choices.filter((choice) => {
      const words = wordsOf(String(choice));
      return words.length > 0 && words.every((word) => this.#said.has(stem(word)));
    });
    return matches.sort((a, b) => String(b).length - String(a).length)[0];
  }

  #number(parameter: Parameter): number | undefined {
    const stems = new Set(wordsOf(parameter.name).map(stem));
    const target = unitOf(wordsOf(parameter.name)) ?? unitOf(wordsOf(parameter.description));
    const duration = target === undefined ? undefined : this.#duration(target, stems);
    if (duration !== undefined) return duration;
    const own = this.#numbers.find(({ unit }) => unit !== '' && stems.has(stem(unit)));
    if (own) return this.#takeNumber(own);
    const next = this.#numbers[0];
    return next ? this.#takeNumber(next) : undefined;
  }

  /**
   * "one hour and thirty minutes" for a parameter in seconds: what is said in other units, converted and added, unless
   * a parameter of its own waits for it.
   */
  #duration(unitSeconds: number, own: ReadonlySet<string>): number | undefined {
    const parts = this.#numbers.filter(({ unit }) => {
      const name = stem(unit);
      return unitOf([unit]) !== undefined && (own.has(name) || !this.#parameterStems.has(name));
    });
    if (parts.length === 0) return undefined;
    let seconds = 0;
    for (const part of parts) seconds += this.#takeNumber(part) * (unitOf([part.unit]) as number);
    return Number((seconds / unitSeconds).toFixed(6));
  }

  #takeNumber(number: SpokenNumber): number {
    this.#numbers = this.#numbers.filter((other) => other !== number);
    return number.value;
  }

  #boolean({ name, required }: Parameter): boolean | undefined {
    if (OFF.test(this.#text)) return false;
    const named = wordsOf(name).some((word) => this.#said.has(stem(word)));
    const positive = /\b(?:on|yes|true|enable[ds]?|start|open|with)\b/i.test(this.#text);
    return positive || named || required ? true : undefined;
  }

  #list({ name, items }: Parameter, main: boolean): unknown[] | undefined {
    if (!items) return undefined;
    if (items.choices.length > 0) {
      const chosen = items.choices.filter((choice) =>
        wordsOf(String(choice)).every((word) => this.#said.has(stem(word))),
      );
      return chosen.length > 0 ? chosen : undefined;
    }
    if (items.type === 'number' || items.type === 'integer') {
      const values = this.#numbers.map(({ value }) => (items.type === 'integer' ? Math.round(value) : value));
      this.#numbers = [];
      return values.length > 0 ? values : undefined;
    }
    if (items.type === 'object') return this.#objects(items);
    if (items.type !== 'string') return undefined;
    const phrase =
      this.#phrases.forParameter({ ...items, name }) ??
      (main ? (this.#phrases.object() ?? this.#phrases.anything()) : undefined);
    return phrase?.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).filter((item) => item !== '');
  }

  /** One object for each part of an enumeration. */
  #objects({ fields }: Parameter): JsonObject[] | undefined {
    const found: JsonObject[] = this.#text.split(/\s*[,;]\s*(?:and\s+)?|\s+and\s+/).flatMap((part) => {
      const filler = new Filler(part, '', fields, this.#now);
      const value = filler.#object({ fields });
      return value ? [value] : [];
    });
    return found.length > 0 ? found : undefined;
  }

  #object({ fields }: Pick<Parameter, 'fields'>): JsonObject | undefined {
    const value: Record<string, unknown> = {};
    for (const field of fields) {
      const found = this.value(field, isMainText(field, fields));
      if (found !== undefined) value[field.name] = found;
    }
    return Object.keys(value).length > 0 ? value : undefined;
  }
}

/** Choices and numbers first, strings with a cue of their own next: what takes anything comes last. */
function inOrderOfCertainty(parameters: readonly Parameter[]): Parameter[] {
  return [...parameters].sort(
    (a, b) => Number(isMainText(a, parameters)) - Number(isMainText(b, parameters)),
  );
}

/** The string that a request is about: the first required one, or the first when none is required. */
function isMainText(parameter: Parameter, all: readonly Parameter[]): boolean {
  const texts = all.filter(
    ({ type, choices, items }) =>
      (type === 'string' && choices.length === 0) || (type === 'array' && items?.type === 'string'),
  );
  return parameter === (texts.find(({ required }) => required) ?? texts[0]);
}

function inDeclaredOrder(
  args: Readonly<Record<string, unknown>>,
  parameters: readonly Parameter[],
): JsonObject {
  return Object.fromEntries(
    parameters.filter(({ name }) => name in args).map(({ name }) => [name, args[name]]),
  );
}

function unitOf(words: readonly string[]): number | undefined {
  for (const word of words) {
    const seconds = SECONDS[word] ?? SECONDS[word.replace(/s$/, '')];
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

function writtenArguments(text: string): JsonObject | undefined {
  const written = /\{[\s\S]*\}/.exec(text)?.[0];
  if (written === undefined) return undefined;
  try {
    return JSON.parse(written) as JsonObject;
  } catch {
    return undefined;
  }
}
