// Checks a function's schema for content on which the SDK throws or the service closes the session.

import { jsonText } from '../util/json-text.js';
import { MAX_SCHEMA_DEPTH } from './google-schema.js';
import { isRecord } from './merge.js';
import { nearest } from './nearest.js';
import type { Problem } from './problems.js';

/** Keywords of Google's schema language; any other closes the session with 1007. */
const KEYWORDS = [
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'items',
  'maxItems',
  'minItems',
  'properties',
  'required',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'anyOf',
  'propertyOrdering',
  'default',
  'example',
  // A JSON Schema keyword that the SDK removes.
  'additionalProperties',
] as const;

const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

/** Problems of a declaration's `parameters` or `response`. A schema with `$schema` is sent as JSON Schema, unchecked. */
export function schemaProblems(schema: unknown, path: string): Problem[] {
  if (isRecord(schema) && Object.hasOwn(schema, '$schema')) return [];
  return check(schema, path);
}

function check(schema: unknown, path: string, depth = 0): Problem[] {
  if (!isRecord(schema)) return [{ path, message: 'must be a schema, an object' }];
  if (depth > MAX_SCHEMA_DEPTH)
    return [{ path, message: `must not be deeper than ${MAX_SCHEMA_DEPTH} levels` }];
  const problems: Problem[] = [];
  for (const key of Object.keys(schema)) {
    if ((KEYWORDS as readonly string[]).includes(key)) continue;
    const guess = nearest(key, KEYWORDS);
    const hint = guess
      ? `did you mean ${guess}?`
      : 'put full JSON Schema into parametersJsonSchema or responseJsonSchema';
    problems.push({
      path: `${path}.${key.slice(0, 64)}`,
      message: `is not part of Google's schema; ${hint}`,
    });
  }
  problems.push(...typeProblems(schema, path), ...valueProblems(schema, path));
  const { items, anyOf, properties } = schema;
  if (items !== undefined) problems.push(...check(items, `${path}.items`, depth + 1));
  if (anyOf !== undefined) problems.push(...listProblems(anyOf, `${path}.anyOf`, depth + 1));
  if (properties !== undefined) {
    if (isRecord(properties)) {
      for (const [name, inner] of Object.entries(properties)) {
        problems.push(...check(inner, `${path}.properties.${name.slice(0, 64)}`, depth + 1));
      }
    } else {
      problems.push({ path: `${path}.properties`, message: 'must be an object of schemas' });
    }
  }
  return problems;
}

function typeProblems(schema: Readonly<Record<string, unknown>>, path: string): Problem[] {
  const { type, anyOf } = schema;
  if (type === undefined) return [];
  if (anyOf !== undefined) return [{ path, message: 'must have type or anyOf, not both' }];
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const known = types.every((name) => typeof name === 'string' && TYPES.includes(name.toLowerCase()));
  if (!known || types.length === 0) {
    return [{ path: `${path}.type`, message: `must be ${TYPES.slice(0, -1).join(', ')}, or a list of them` }];
  }
  if (types.every((name) => jsonText(name).toLowerCase() === 'null')) {
    return [{ path: `${path}.type`, message: 'must not be null alone: use nullable' }];
  }
  return [];
}

/** Values over which the service closes the session although their keywords are valid. */
function valueProblems(schema: Readonly<Record<string, unknown>>, path: string): Problem[] {
  const { type, items, required, properties } = schema;
  const problems: Problem[] = [];
  const types = (Array.isArray(type) ? type : [type]).map((name) => jsonText(name).toLowerCase());
  if (types.includes('array') && items === undefined) {
    problems.push({ path: `${path}.items`, message: 'must be the schema of the entries of this list' });
  }
  if (isRecord(properties) && Object.keys(properties).length === 0) {
    problems.push({
      path: `${path}.properties`,
      message: 'must not be empty: name the fields, or leave it out',
    });
  }
  if (required === undefined) return problems;
  if (!Array.isArray(required)) {
    problems.push({ path: `${path}.required`, message: 'must be a list of names' });
    return problems;
  }
  for (const name of required) {
    if (isRecord(properties) && Object.hasOwn(properties, jsonText(name))) continue;
    problems.push({
      path: `${path}.required`,
      message: `names ${jsonText(name).slice(0, 64)}, which is not one of properties`,
    });
  }
  return problems;
}

function listProblems(anyOf: unknown, path: string, depth: number): Problem[] {
  if (!Array.isArray(anyOf) || anyOf.length === 0) return [{ path, message: 'must be a list of schemas' }];
  return anyOf.flatMap((inner: unknown, index) => {
    // The SDK converts null beside other types into `nullable`.
    if (isRecord(inner) && anyOf.length > 1 && inner.type === 'null') return [];
    return check(inner, `${path}[${index}]`, depth);
  });
}
