// Checks a function's schema for content on which the SDK throws or the service closes the session.
import { jsonText } from '../util/json-text.js';
import { isRecord } from './merge.js';
import { nearest } from './nearest.js';
import type { Problem } from './problems.js';
import { MAX_SCHEMA_DEPTH } from './schema-context.js';
import {
  countsFor,
  hasFormat,
  type JsonRecord,
  KEYWORDS,
  SCHEMA_TYPES,
  type SchemaType,
  typesOf,
  valueProblem,
} from './schema-keywords.js';

/** A JSON Schema keyword that the SDK removes. */
const REMOVED = 'additionalProperties';
const KNOWN: readonly string[] = [...KEYWORDS, REMOVED];

/** Problems of a declaration's `parameters` or `response`. A schema with `$schema` is sent as JSON Schema, unchecked. */
export function schemaProblems(schema: unknown, path: string, isParameters = false): Problem[] {
  if (isRecord(schema) && Object.hasOwn(schema, '$schema')) return [];
  const problems = check(schema, path);
  return problems.length === 0 && isParameters && isRecord(schema) ? rootProblems(schema, path) : problems;
}

/** A function's parameters are the properties of one object. */
function rootProblems(schema: JsonRecord, path: string): Problem[] {
  const message = 'must be one object, whose properties are the parameters of the function';
  if (schema.anyOf !== undefined) return [{ path: `${path}.anyOf`, message }];
  const { types, unknown } = typesOf(schema);
  return unknown || types.length === 0 || types.includes('object') ? [] : [{ path: `${path}.type`, message }];
}

function check(schema: unknown, path: string, depth = 0): Problem[] {
  if (!isRecord(schema)) return [{ path, message: 'must be a schema, an object' }];
  if (depth > MAX_SCHEMA_DEPTH)
    return [{ path, message: `must not be deeper than ${MAX_SCHEMA_DEPTH} levels` }];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(schema)) {
    const at = `${path}.${key.slice(0, 64)}`;
    if (!KNOWN.includes(key)) {
      problems.push({ path: at, message: `is not part of Google's schema; ${hintFor(key)}` });
      continue;
    }
    const wrong = valueProblem(key, value);
    if (wrong !== undefined) problems.push({ path: at, message: wrong });
  }
  problems.push(...typeProblems(schema, path), ...valueProblems(schema, path));
  const { items, anyOf, properties } = schema;
  if (items !== undefined) problems.push(...check(items, `${path}.items`, depth + 1));
  if (anyOf !== undefined) problems.push(...listProblems(anyOf, `${path}.anyOf`, depth + 1));
  if (isRecord(properties)) {
    for (const [name, inner] of Object.entries(properties)) {
      problems.push(...check(inner, `${path}.properties.${name.slice(0, 64)}`, depth + 1));
    }
  }
  return problems;
}

function hintFor(key: string): string {
  const elsewhere = 'put full JSON Schema into parametersJsonSchema or responseJsonSchema';
  if (key === '$ref' || key === 'allOf')
    return `it leads nowhere, into itself, or contradicts itself: write the schema out, or ${elsewhere}`;
  const guess = nearest(key, KNOWN);
  return guess ? `did you mean ${guess}?` : elsewhere;
}

function typeProblems(schema: JsonRecord, path: string): Problem[] {
  const { type, anyOf } = schema;
  if (type === undefined) return [];
  if (anyOf !== undefined) return [{ path, message: 'must have type or anyOf, not both' }];
  const { types, unknown } = typesOf(schema);
  if (unknown) {
    const names: readonly string[] = SCHEMA_TYPES.slice(0, -1);
    const guess = typeof type === 'string' ? nearest(type, names) : undefined;
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
    return [{ path: `${path}.type`, message: `must be ${names.join(', ')}, or a list of them${hint}` }];
  }
  if (types.every((name) => name === 'null')) {
    return [{ path: `${path}.type`, message: 'must not be null alone: use nullable' }];
  }
  return [];
}

/** Values over which the service closes the session although their keywords are valid. */
function valueProblems(schema: JsonRecord, path: string): Problem[] {
  const { items, required, properties, format } = schema;
  const problems: Problem[] = [];
  const { types } = typesOf(schema);
  if (types.includes('array') && items === undefined) {
    problems.push({ path: `${path}.items`, message: 'must be the schema of the entries of this list' });
  }
  if (schema.enum !== undefined && types.length > 0 && !types.includes('string')) {
    problems.push({ path: `${path}.enum`, message: 'is for strings alone: say it in the description' });
  }
  if (typeof format === 'string' && types.length > 0 && !types.some((type) => hasFormat(type, format))) {
    problems.push({ path: `${path}.format`, message: 'is not one that the service takes for this type' });
  }
  for (const [key, value] of Object.entries(schema)) {
    if (valueProblem(key, value) !== undefined) continue;
    if (key !== REMOVED && types.length > 0 && !types.some((type: SchemaType) => countsFor(key, type)))
      problems.push({ path: `${path}.${key}`, message: `means nothing for ${types.join(' or ')}` });
  }
  if (isRecord(properties) && Object.keys(properties).length === 0) {
    problems.push({
      path: `${path}.properties`,
      message: 'must not be empty: name the fields, or leave it out',
    });
  }
  for (const [key, names] of [
    ['required', required],
    ['propertyOrdering', schema.propertyOrdering],
  ] as const) {
    for (const name of Array.isArray(names) ? (names as unknown[]) : []) {
      if (isRecord(properties) && Object.hasOwn(properties, jsonText(name))) continue;
      problems.push({
        path: `${path}.${key}`,
        message: `names ${jsonText(name).slice(0, 64)}, which is not one of properties`,
      });
    }
  }
  return problems;
}

function listProblems(anyOf: unknown, path: string, depth: number): Problem[] {
  if (!Array.isArray(anyOf) || anyOf.length === 0) return [{ path, message: 'must be a list of schemas' }];
  return anyOf.flatMap((inner: unknown, index) => check(inner, `${path}[${index}]`, depth));
}
