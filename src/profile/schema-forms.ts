// Questions about a JSON Schema that rewriting it asks: its forms, its types, its words.
import { isDeepStrictEqual } from 'node:util';
import { jsonText } from '../util/json-text.js';
import { isRecord } from './merge.js';
import { intersect } from './schema-flatten.js';
import {
  BESIDE_FORMS,
  countsFor,
  type JsonRecord,
  type SchemaType,
  typeOfValue,
  typesOf,
} from './schema-keywords.js';

export function isForms(value: unknown, drop: boolean): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return drop || value.every((form) => isRecord(form) && Object.keys(form).length > 0);
}

export function isNull(form: unknown): boolean {
  if (!isRecord(form)) return false;
  if (form.const === null) return true;
  if (Array.isArray(form.enum) && form.enum.length > 0 && form.enum.every((value) => value === null))
    return true;
  return isDeepStrictEqual(typesOf(form), { types: ['null'], unknown: false });
}

/** The part of a schema of several types that counts for one of them. */
export function formOf(schema: JsonRecord, type: SchemaType): JsonRecord | false {
  const own = Object.entries(schema).filter(
    ([key]) => !BESIDE_FORMS.has(key) && key !== 'enum' && countsFor(key, type),
  );
  const form = { ...Object.fromEntries(own), type };
  if (!Array.isArray(schema.enum)) return form;
  const fits = (value: unknown): boolean => intersect({ type }, { type: typeOfValue(value) }) !== undefined;
  const values = schema.enum.filter(fits);
  return values.length > 0 ? { ...form, enum: values } : false;
}

/** Types that the values of an enum or a constant imply. */
export function enumTypes({ enum: values, const: constant }: JsonRecord): readonly SchemaType[] {
  if (constant !== undefined) return [typeOfValue(constant)];
  return Array.isArray(values) ? [...new Set(values.map(typeOfValue))] : [];
}

export function nameOf(form: JsonRecord): string {
  return jsonText(form.title ?? form.description ?? typesOf(form).types.join(' or ')).slice(0, 100) || 'any';
}

export function describe(description: unknown, words: readonly string[]): { readonly description?: string } {
  if (words.length === 0) return {};
  const before = typeof description === 'string' && description !== '' ? `${description} ` : '';
  return { description: before + words.join(' ') };
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
