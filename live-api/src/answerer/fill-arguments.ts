// Finds a function's arguments in a text.
import type { FunctionDeclaration, JsonObject } from '../answerer-port.js';
import { withoutMoments } from './dates.js';
import { formattedValue } from './formats.js';
import { numbersIn, type SpokenNumber } from './numbers.js';
import { type Parameter, parametersOf } from './parameters.js';
import { Phrases } from './phrases.js';
import { isCommon, stem, stemsOf, wordsOf } from './words.js';

export interface FilledArguments {
  readonly args: JsonObject;
  /** Required parameters without a value in the text. */
  readonly missing: readonly Parameter[];
}

const OFF = /\b(?:off|no|not|never|false|disable[ds]?|stop|without|close[ds]?|mute[ds]?|don't|do not)\b/i;

/** Begins what is no further item of an enumeration: "and send them to Ana", "please". */
const OTHER_REQUEST =
  /^(?:please|thanks?|thank you|then|also|i|we|you|it|that|this|set|send|tell|call|remind|make|turn|play|deliver|bring|let|ask|show|start|stop|pay|have|put|if|when|but|can|could|would|will|is|are)\b/i;

/** Names of parameters that "for an hour" is no value of. */
const LABELS = /^(?:title|label|name|city|place|location|topic)$/;

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
  const filler = new Filler(text, '', [parameter], now);
  return (
    filler.value(parameter, true) ?? (parameter.type === 'string' ? filler.remainder(parameter) : undefined)
  );
}

class Filler {
  readonly #text: string;
  readonly #now: Date;
  readonly #said: ReadonlySet<string>;
  readonly #functionName: string;
  readonly #phrases: Phrases;
  /** Words of the parameters' names. */
  readonly #parameterStems: ReadonlySet<string>;
  #numbers: SpokenNumber[];

  constructor(text: string, functionName: string, parameters: readonly Parameter[], now: Date) {
    this.#now = now;
    this.#parameterStems = new Set(parameters.flatMap(({ name }) => wordsOf(name)).map(stem));
    this.#text = text;
    this.#functionName = functionName;
    this.#said = stemsOf(text);
    this.#phrases = new Phrases(text, functionName);
    // The 24 of "December 24th" is no number of passengers.
    this.#numbers = numbersIn(parameters.some(isMoment) ? withoutMoments(text) : text);
  }

  /** All of an answer, where nothing else was found in it and the parameter has no form of its own. */
  remainder(parameter: Parameter): string | undefined {
    const formed =
      parameter.choices.length > 0 || formattedValue(parameter, this.#text, this.#now) !== undefined;
    return formed ? undefined : this.#phrases.anything();
  }

  /** "an hour and a half" is no label. */
  #isAmount(phrase: string): boolean {
    return wordsOf(phrase).every(
      (word) =>
        isCommon(word) || word === 'half' || unitOf([word]) !== undefined || numbersIn(word).length > 0,
    );
  }

  /** `main`: the parameter may get the rest of the text. `sure`: a string gets no guess. */
  value(parameter: Parameter, main: boolean, sure = false): unknown {
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
        const phrase =
          this.#phrases.forParameter(parameter, sure) ?? (main ? this.#phrases.main(parameter) : undefined);
        const named = !parameter.required || wordsOf(parameter.name).some((word) => LABELS.test(word));
        return phrase !== undefined && named && this.#isAmount(phrase) ? undefined : phrase;
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
    const degrees = this.#degrees(`${parameter.name} ${parameter.description}`);
    if (degrees !== undefined) return degrees;
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

  /** Degrees in the other scale than the parameter's are converted. */
  #degrees(about: string): number | undefined {
    const [celsius, fahrenheit] = [/\bcelsius\b/i, /\bfahrenheit\b/i].map((scale) => scale.test(about));
    const [number] = this.#numbers;
    if (!number || celsius === fahrenheit) return undefined;
    const other = celsius ? /\bfahrenheit\b/i : /\bcelsius\b/i;
    if (!other.test(this.#text)) return undefined;
    const value = this.#takeNumber(number);
    return Number((celsius ? ((value - 32) * 5) / 9 : (value * 9) / 5 + 32).toFixed(1));
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

  /** One object for each part of an enumeration: "two pizzas and three colas". */
  #objects({ fields }: Parameter): JsonObject[] | undefined {
    const parts = this.#text.split(/\s*[,;:]\s*(?:and\s+)?|\s+and\s+/);
    const counted = fields.find(
      ({ type, required }) => required && (type === 'integer' || type === 'number'),
    );
    const found = parts.flatMap((part, at) => {
      if (at > 0 && OTHER_REQUEST.test(part)) return [];
      const filler = new Filler(part, this.#functionName, fields, this.#now);
      const value = filler.#object({ fields, required: true }, true);
      return value ? [value] : [];
    });
    if (!counted) return found.length > 0 ? found : undefined;
    // "Add milk, two eggs and bread": what has no number is one.
    return found.length > 0 ? found.map((value) => ({ [counted.name]: 1, ...value })) : undefined;
  }

  /** `alone`: the text is about this object, and its main string is what is left of it. */
  #object(
    { fields, required }: Pick<Parameter, 'fields' | 'required'>,
    alone = false,
  ): JsonObject | undefined {
    const value: Record<string, unknown> = {};
    for (const field of inOrderOfCertainty(fields)) {
      const main = isMainText(field, fields);
      const found =
        alone && main && field.type === 'string' && field.choices.length === 0
          ? this.#phrases.object()
          : this.value(field, main && required, !required && !alone);
      if (found !== undefined) value[field.name] = found;
    }
    return Object.keys(value).length > 0 ? inDeclaredOrder(value, fields) : undefined;
  }
}

/** Whether a parameter gets a day or a time. */
function isMoment({ name, description, format, type }: Parameter): boolean {
  return (
    type === 'string' &&
    (/^(?:date|time|date-time)$/.test(format) ||
      /YYYY|HH:MM|8601|3339/i.test(description) ||
      wordsOf(name).some((word) => /^(?:date|day|time|when|deadline|start|end)$/.test(word)))
  );
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
