// Constraints that Google's schema language lacks, as words of a description, so that the model still knows them.
import { jsonText } from '../util/json-text.js';
import { isRecord } from './merge.js';
import { hasFormat, type JsonRecord, type SchemaType } from './schema-keywords.js';

export interface InWords {
  /** For the description; empty: nothing is lost. */
  readonly words: string;
  /** Keywords that say it in Google's language. */
  readonly keep: JsonRecord;
  /** What was done, after the keyword's path; empty: nothing that counts. */
  readonly fix: string;
}

const SAID = 'stands in the description';
const MAX_VALUES_CHARS = 2_000;

/** Undefined for keywords that need no words. */
export function inWords(
  key: string,
  value: unknown,
  schema: JsonRecord,
  type: SchemaType | undefined,
): InWords | undefined {
  const said = (words: string, fix = SAID): InWords => ({ words, keep: {}, fix });
  const kept = (keep: JsonRecord, fix: string, words = ''): InWords => ({ words, keep, fix });
  const silent = kept({}, '');
  switch (key) {
    case 'enum':
      return Array.isArray(value) && type !== undefined ? enumWords(value, type) : undefined;
    case 'const': {
      if (type === undefined) return undefined;
      const words = enumWords([value], type);
      return {
        ...words,
        words: words.words.replace('One of:', 'Always'),
        fix: words.keep.enum ? 'is sent as an enum of one value' : SAID,
      };
    }
    case 'format':
      if (type === undefined || hasFormat(type, value)) return undefined;
      return said(`Format: ${jsonText(value)}.`, `is not one that the service takes: it ${SAID}`);
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      const isMinimum = key === 'exclusiveMinimum';
      // In draft 4 it says how minimum and maximum are meant.
      if (value === false) return silent;
      const bound = value === true ? schema[isMinimum ? 'minimum' : 'maximum'] : value;
      if (typeof bound !== 'number') return undefined;
      if (type === 'integer' && Number.isInteger(bound)) {
        const keep = isMinimum ? { minimum: bound + 1 } : { maximum: bound - 1 };
        return kept(keep, `is sent as ${isMinimum ? 'minimum' : 'maximum'}`);
      }
      return said(`${isMinimum ? 'Above' : 'Below'} ${bound}.`);
    }
    case 'multipleOf':
      return typeof value === 'number' ? said(`A multiple of ${value}.`) : undefined;
    case 'uniqueItems':
      if (typeof value !== 'boolean') return undefined;
      return value ? said('No entry twice.') : silent;
    case 'additionalProperties':
      if (!isRecord(value)) return typeof value === 'boolean' ? silent : undefined;
      return said(`Fields may have any name; their values: ${short(value)}.`);
    default:
      return undefined;
  }
}

/** Google's enum takes texts of a string, none of them empty; anything else closes the session. */
function enumWords(values: readonly unknown[], type: SchemaType): InWords {
  const others = values.filter((value) => value !== null);
  const quoted = others.map((value) =>
    typeof value === 'string' && type !== 'string' ? value : JSON.stringify(value),
  );
  if (type !== 'string') {
    const words = `One of: ${quoted.join(', ')}.`;
    return { words: words.slice(0, MAX_VALUES_CHARS), keep: {}, fix: `is for strings alone: it ${SAID}` };
  }
  const texts = others.filter((value) => typeof value === 'string' && value !== '');
  const keep = texts.length > 0 ? { enum: texts } : {};
  const isEmpty = others.includes('');
  const words = isEmpty ? (texts.length > 0 ? 'Or an empty text.' : 'An empty text.') : '';
  const wrong = others.length - texts.length - (isEmpty ? 1 : 0);
  if (wrong > 0) return { words, keep, fix: 'has values that are no strings: they are left out' };
  return { words, keep, fix: isEmpty ? `has an empty value: it ${SAID}` : '' };
}

/** What each of several forms needs beside what all of them need. */
export function oneOfWords(forms: readonly (readonly string[])[]): string {
  if (forms.some((names) => names.length === 0)) return '';
  return `One of these is needed: ${forms.map((names) => names.join(' and ')).join('; or ')}.`;
}

function short(value: JsonRecord): string {
  const json = JSON.stringify(value);
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}
