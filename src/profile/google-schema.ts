// Rewrites a JSON Schema into Google's schema language where the meaning is kept, and lists keywords it cannot express.
import { isDeepStrictEqual } from 'node:util';
import { jsonText } from '../util/json-text.js';
import { isRecord } from './merge.js';
import { SchemaContext } from './schema-context.js';
import { flatten, intersect } from './schema-flatten.js';
import { describe, enumTypes, formOf, isForms, isNull, listOf, nameOf } from './schema-forms.js';
import {
  ANNOTATIONS,
  BESIDE_FORMS,
  countsFor,
  impliedType,
  type JsonRecord,
  KEYWORDS,
  type SchemaType,
  typesOf,
  valueProblem,
} from './schema-keywords.js';
import { inWords, oneOfWords } from './schema-words.js';

export { MAX_SCHEMA_DEPTH } from './schema-context.js';

export interface Reduced {
  readonly schema: JsonRecord;
  /** What was rewritten, with its path; the meaning is the same, or is kept in the description. */
  readonly fixes: readonly string[];
}

export interface ReduceOptions {
  /**
   * Also drops keywords that cannot be expressed, each named in `fixes`: for schemas of MCP servers, which the author of
   * the profile cannot correct.
   */
  readonly drop: boolean;
  /** The schema of a function's parameters: an object, not a choice of forms. */
  readonly isParameters?: boolean;
}

interface Place {
  readonly path: string;
  readonly refs: readonly string[];
  readonly depth: number;
}

export function reduceSchema(schema: JsonRecord, path: string, options: ReduceOptions): Reduced {
  const { drop, isParameters = false } = options;
  const context = new SchemaContext(schema, drop);
  const reducer = new Reducer(context);
  const reduced = reducer.reduce(schema, { path, refs: ['#'], depth: 0 });
  return { schema: isParameters ? reducer.oneObject(reduced, path) : reduced, fixes: context.fixes };
}

class Reducer {
  readonly #context: SchemaContext;

  constructor(context: SchemaContext) {
    this.#context = context;
  }

  reduce(given: JsonRecord, place: Place): JsonRecord {
    const { drop } = this.#context;
    const { path, depth } = place;
    if (!this.#context.admits(given, depth)) return this.#any(given, `${path} is too deep or too large`);
    const flat = flatten(given, place.refs, path, this.#context);
    if (!flat) return this.#any(given, `${path} has a $ref or allOf that leads nowhere, or into itself`);
    const { schema } = flat;
    const inner = { path, refs: flat.refs, depth: depth + 1 };
    if (drop && Object.keys(schema).every((key) => BESIDE_FORMS.has(key)))
      return this.#any(schema, `${path} takes any value`, 'string');
    const forms = this.#formsOf(schema, inner);
    return forms ? this.#choice(schema, forms, inner) : this.#single(schema, inner);
  }

  /** A function's parameters are one object: forms that differ in what they require are put into words. */
  oneObject(schema: JsonRecord, path: string): JsonRecord {
    const { anyOf, ...rest } = schema;
    if (!Array.isArray(anyOf)) return schema;
    const forms = (anyOf as unknown[])
      .filter(isRecord)
      .filter((form) => typesOf(form).types.includes('object'));
    const [first] = forms;
    const alike = forms.every(({ properties }) => isDeepStrictEqual(properties, first?.properties));
    if (!first || (!this.#context.drop && (!alike || forms.length < (anyOf as unknown[]).length)))
      return schema;
    const required = forms.map((form) => listOf(form.required).map(jsonText));
    const common = (required[0] ?? []).filter((name) => required.every((names) => names.includes(name)));
    const words = oneOfWords(required.map((names) => names.filter((name) => !common.includes(name))));
    this.#context.note(`${path}.anyOf is sent as one object: what each form needs stands in the description`);
    const properties = Object.assign(
      {},
      ...forms.toReversed().map((form) => form.properties ?? {}),
    ) as JsonRecord;
    return {
      ...rest,
      type: 'object',
      properties,
      ...(common.length > 0 ? { required: common } : {}),
      ...describe(rest.description, words === '' ? [] : [words]),
    };
  }

  /** The forms of anyOf or oneOf, or one for each of several types; undefined where there is no choice. */
  #formsOf(schema: JsonRecord, { path }: Place): readonly unknown[] | undefined {
    const { drop } = this.#context;
    if (!drop && schema.anyOf !== undefined && schema.oneOf !== undefined) return undefined;
    const key = [schema.anyOf, schema.oneOf].findIndex((forms) => isForms(forms, drop));
    if (key >= 0) {
      if (key === 1) this.#context.note(`${path}.oneOf is sent as anyOf`);
      else if (schema.oneOf !== undefined && drop) this.#context.note(`${path}.oneOf is left out`);
      return (key === 1 ? schema.oneOf : schema.anyOf) as unknown[];
    }
    const { types, unknown } = typesOf(schema);
    const listed = types.length > 0 ? types : enumTypes(schema);
    const several = listed.filter(
      (type) => type !== 'null' && !(type === 'integer' && listed.includes('number')),
    );
    if (several.length < listed.length && listed.includes('number') && listed.includes('integer'))
      this.#context.note(`${path}.type: an integer is a number`);
    if (several.length < 2 || (unknown && !drop)) return undefined;
    this.#context.note(`${path}.type names several: they are sent as anyOf`);
    return several
      .map((type) => formOf(schema, type))
      .concat(listed.includes('null') ? [{ type: 'null' }] : []);
  }

  #choice(schema: JsonRecord, forms: readonly unknown[], place: Place): JsonRecord {
    const { path } = place;
    const { drop } = this.#context;
    const words = Object.fromEntries(Object.entries(schema).filter(([key]) => BESIDE_FORMS.has(key)));
    const isChoice = schema.anyOf !== undefined || schema.oneOf !== undefined;
    const beside = Object.entries(schema).filter(
      ([key]) => !BESIDE_FORMS.has(key) && key !== 'anyOf' && key !== 'oneOf',
    );
    const base: JsonRecord | undefined =
      isChoice && beside.length > 0 ? Object.fromEntries(beside) : undefined;
    const kept: unknown[] = [];
    for (const form of forms) {
      if (isNull(form)) continue;
      const whole = base && isRecord(form) ? intersect(base, this.#resolved(form, place)) : form;
      if (whole === undefined || whole === false) {
        if (!drop) return schema;
        this.#context.note(`${path}.anyOf: a form that nothing fits is left out`);
      } else kept.push(whole);
    }
    if (base) this.#context.note(`${path}.anyOf: what stands beside it is part of each form`);
    const nullable = kept.length < forms.length && forms.some(isNull) ? { nullable: true } : {};
    if ('nullable' in nullable && isChoice) this.#context.note(`${path} is sent as nullable`);
    const [only] = kept;
    if (kept.length === 0) return this.#single({ ...words, type: 'null' }, place);
    if (kept.length === 1 && isRecord(only)) return this.reduce({ ...only, ...words, ...nullable }, place);
    const reduced = kept.map((form, index) =>
      this.#reduceAny(form, { ...place, path: `${path}.anyOf[${index}]` }),
    );
    const anyOf = reduced.filter(
      (form, index) => !reduced.slice(0, index).some((other) => isDeepStrictEqual(form, other)),
    );
    if (anyOf.length < reduced.length) this.#context.note(`${path}.anyOf: of equal forms one is sent`);
    if (anyOf.length === 1 && isRecord(anyOf[0]))
      return { ...anyOf[0], ...this.#keywords(words, undefined, place), ...nullable };
    return { ...this.#keywords(words, undefined, place), ...nullable, anyOf };
  }

  #resolved(form: JsonRecord, { refs, path }: Place): JsonRecord {
    return flatten(form, refs, path, this.#context)?.schema ?? form;
  }

  #single(schema: JsonRecord, place: Place): JsonRecord {
    const { path } = place;
    const { drop } = this.#context;
    const { types, unknown } = typesOf(schema);
    if (unknown && !drop) return this.#keywords(schema, undefined, place);
    if (unknown) this.#context.note(`${path}.type is none that Google knows: it is left out`);
    const listed = types.length > 0 ? types : enumTypes(schema);
    const named = listed.includes('number') ? 'number' : listed.find((type) => type !== 'null');
    if (named === undefined && listed.includes('null')) {
      if (!drop) return schema;
      return this.#any(schema, `${path} takes null alone`, 'string');
    }
    const type = named ?? impliedType(schema) ?? (drop ? 'string' : undefined);
    if (type === undefined) return this.#keywords(schema, undefined, place);
    if (types.length === 0) this.#context.note(`${path} has no type: ${type} is sent`);
    const spelt = typeof schema.type === 'string' && !unknown ? schema.type : type;
    const isNullable = listed.includes('null') || (Array.isArray(schema.enum) && schema.enum.includes(null));
    if (isNullable) this.#context.note(`${path} is sent as nullable`);
    return this.#keywords({ ...schema, type: spelt, ...(isNullable ? { nullable: true } : {}) }, type, place);
  }

  #keywords(schema: JsonRecord, type: SchemaType | undefined, place: Place): JsonRecord {
    const { path } = place;
    const { drop } = this.#context;
    const out: Record<string, unknown> = {};
    const words: string[] = [];
    for (const [key, value] of Object.entries(schema)) {
      const at = `${path}.${key.slice(0, 64)}`;
      const said = inWords(key, value, schema, type);
      if (type !== undefined && !countsFor(key, type) && (drop || valueProblem(key, value) === undefined))
        this.#context.note(`${at} means nothing for ${type}: it is left out`);
      else if (ANNOTATIONS.has(key)) {
        if (key === 'examples' && Array.isArray(value) && value.length > 0)
          out.example ??= value[0] as unknown;
      } else if (said) {
        if (said.words !== '') words.push(said.words);
        Object.assign(out, said.keep);
        if (said.fix !== '') this.#context.note(`${at} ${said.fix}`);
      } else if (key === 'properties' && isRecord(value)) out.properties = this.#properties(value, place);
      else if ((key === 'items' || key === 'prefixItems') && type === 'array')
        this.#items(schema, out, words, place);
      else if (key === 'items' && isRecord(value)) out.items = this.reduce(value, { ...place, path: at });
      else if ((KEYWORDS as readonly string[]).includes(key)) {
        const wrong = key === 'anyOf' || key === 'items' ? 'must hold schemas' : valueProblem(key, value);
        if (drop && wrong !== undefined) this.#context.note(`${at} is left out: it ${wrong}`);
        else out[key] = value;
      } else if (drop) this.#context.note(`${at} is left out`);
      else out[key] = value;
    }
    Object.assign(out, describe(out.description, words));
    return drop ? this.#complete(out, type, path) : out;
  }

  /** Adds and removes what the service demands and the author of the profile cannot correct. */
  #complete(out: Record<string, unknown>, type: SchemaType | undefined, path: string): JsonRecord {
    if (type === 'array' && out.items === undefined) {
      out.items = { type: 'string' };
      this.#context.note(`${path} is a list without items: strings are asked for`);
    }
    const { properties } = out;
    const known = (name: unknown): boolean =>
      isRecord(properties) && Object.hasOwn(properties, jsonText(name));
    if (isRecord(properties) && Object.keys(properties).length === 0) delete out.properties;
    for (const key of ['required', 'propertyOrdering']) {
      const names = listOf(out[key]);
      const declared = [...new Set(names.filter(known))];
      if (declared.length < names.length)
        this.#context.note(`${path}.${key} names fields that are not declared`);
      if (declared.length > 0) out[key] = declared;
      else delete out[key];
    }
    return out;
  }

  #properties(fields: JsonRecord, place: Place): JsonRecord {
    const path = `${place.path}.properties`;
    const kept = Object.entries(fields).filter(([name, field]) => {
      if (field !== false || !this.#context.drop) return true;
      this.#context.note(`${path}.${name.slice(0, 64)} is left out: nothing fits it`);
      return false;
    });
    return Object.fromEntries(
      kept.map(([name, field]) => [
        name,
        this.#reduceAny(field, { ...place, path: `${path}.${name.slice(0, 64)}` }),
      ]),
    );
  }

  /** Places of a tuple become one schema that allows what any of them allows, and words that say which. */
  #items(schema: JsonRecord, out: Record<string, unknown>, words: string[], place: Place): void {
    if (out.items !== undefined) return;
    const { items, prefixItems } = schema;
    const path = `${place.path}.${prefixItems === undefined ? 'items' : 'prefixItems'}`;
    const listed = [prefixItems, items].filter(Array.isArray).flat() as unknown[];
    const places = isRecord(items) ? [...listed, items] : listed;
    const [first = items] = places;
    if (first === undefined || first === false) return;
    if (listed.length === 0) {
      out.items = this.#reduceAny(first, { ...place, path });
      return;
    }
    this.#context.note(`${path} lists a schema for each place: each entry may be any of them`);
    out.items = this.reduce({ anyOf: places.map((one) => (isRecord(one) ? one : {})) }, { ...place, path });
    words.push(
      `Entries in this order: ${listed.map((one) => (isRecord(one) ? nameOf(one) : 'any')).join(', ')}.`,
    );
  }

  #reduceAny(value: unknown, place: Place): unknown {
    if (isRecord(value)) return this.reduce(value, place);
    if (!this.#context.drop) return value;
    return this.#any({}, `${place.path} takes any value`, 'string');
  }

  /** Google's language cannot say `anything`. */
  #any(given: JsonRecord, why: string, type = 'object'): JsonRecord {
    if (!this.#context.drop) return given;
    this.#context.note(`${why}: ${type === 'object' ? 'any object' : 'a string'} is asked for`);
    const { description } = given;
    return { type, ...(typeof description === 'string' ? { description } : {}) };
  }
}
