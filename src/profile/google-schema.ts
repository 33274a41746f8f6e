// Rewrites a JSON Schema into Google's schema language where the meaning is kept, and lists keywords it cannot express.

import { jsonText } from '../util/json-text.js';
import { isRecord } from './merge.js';

type Json = Readonly<Record<string, unknown>>;

export interface Reduced {
  readonly schema: Json;
  /** What was rewritten, with its path; the meaning is the same, or is kept in the description. */
  readonly fixes: readonly string[];
}

/** The service refuses deeper schemas. */
export const MAX_SCHEMA_DEPTH = 32;

/** Keywords that the service refuses as unknown and that carry no constraint. */
const SILENT = new Set([
  '$schema',
  '$id',
  '$comment',
  '$anchor',
  'additionalProperties',
  '$defs',
  'definitions',
]);
const KNOWN = new Set([
  ...['type', 'format', 'title', 'description', 'nullable', 'enum', 'items', 'maxItems', 'minItems'],
  ...['properties', 'required', 'minProperties', 'maxProperties', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'anyOf', 'propertyOrdering', 'default', 'example'],
]);
const STRING_FORMATS = new Set(['date-time', 'enum']);

interface Context {
  readonly root: Json;
  readonly fixes: string[];
  readonly refs: readonly string[];
  readonly depth: number;
  /** Drops keywords that Google's language lacks; otherwise they stay, and schemaProblems() refuses them by path. */
  readonly drop: boolean;
}

/**
 * @param drop also drops keywords that cannot be expressed, each named in `fixes`: for schemas of MCP servers, which
 * the author of the profile cannot correct
 */
export function reduceSchema(schema: Json, path: string, { drop }: { readonly drop: boolean }): Reduced {
  const fixes: string[] = [];
  const context: Context = { root: schema, fixes, refs: [], depth: 0, drop };
  const { $defs: _defs, definitions: _definitions, ...rest } = schema;
  return { schema: reduce(drop || usesRefs(schema) ? rest : schema, path, context), fixes };
}

function usesRefs(schema: Json): boolean {
  return JSON.stringify(schema).includes('"$ref"');
}

function reduce(given: Json, path: string, context: Context): Json {
  if (context.depth > MAX_SCHEMA_DEPTH) {
    if (!context.drop) return given;
    context.fixes.push(`${path} is deeper than ${MAX_SCHEMA_DEPTH} levels: what is below is left out`);
    return { type: 'object' };
  }
  const resolved = resolveRef(given, path, context);
  if (resolved === undefined) {
    if (!context.drop) return given;
    context.fixes.push(`${path}.$ref cannot be resolved, or leads into itself: any object is allowed`);
    return { type: 'object' };
  }
  const inner = { ...context, refs: resolved.refs, depth: context.depth + 1 };
  const schema = mergeAllOf(resolved.schema, path, inner);
  return keywords(schema, path, inner);
}

function keywords(schema: Json, path: string, context: Context): Json {
  const { fixes, drop } = context;
  const out: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    const at = `${path}.${key.slice(0, 64)}`;
    if (key === 'properties' && isRecord(value)) {
      out.properties = Object.fromEntries(
        Object.entries(value).map(([name, field]) => [name, reduceAny(field, `${at}.${name}`, context)]),
      );
    } else if (key === 'items') {
      const isTuple = Array.isArray(value) && value.length > 0;
      const item: unknown = isTuple ? value[0] : value;
      if (isTuple) fixes.push(`${at} lists a schema for each place: the first counts for all`);
      out.items = reduceAny(item, at, context);
    } else if (isForms(key, value, drop)) {
      if (key === 'oneOf') fixes.push(`${at} is sent as anyOf`);
      out.anyOf = value.map((form, index) => reduceAny(form, `${at}[${index}]`, context));
    } else if (key === 'const' && typeof value === 'string') {
      out.type ??= 'string';
      out.enum = [value];
      fixes.push(`${at} is sent as an enum of one value`);
    } else if (key === 'enum' && Array.isArray(value) && !value.every((entry) => typeof entry === 'string')) {
      // Google's enum takes strings only; numbers in it close the session.
      notes.push(`One of: ${value.map((entry) => JSON.stringify(entry)).join(', ')}.`);
      fixes.push(`${at} holds other values than strings: they stand in the description`);
    } else if (key === 'format' && isStringType(schema.type) && !STRING_FORMATS.has(jsonText(value))) {
      notes.push(`Format: ${jsonText(value)}.`);
      fixes.push(`${at} is not one that the service takes: it stands in the description`);
    } else if ((key === 'exclusiveMinimum' || key === 'exclusiveMaximum') && typeof value === 'number') {
      notes.push(`${key === 'exclusiveMinimum' ? 'Above' : 'Below'} ${value}.`);
      fixes.push(`${at} stands in the description`);
    } else if (KNOWN.has(key) && !(drop && isMalformed(key, value))) out[key] = value;
    else if (SILENT.has(key) && (drop || key !== 'additionalProperties')) {
      if (key === 'additionalProperties' && isRecord(value)) fixes.push(`${at} is left out`);
    } else if (drop) fixes.push(`${at} is left out`);
    else out[key] = value;
  }
  return finish(out, notes, path, context);
}

function finish(
  out: Record<string, unknown>,
  notes: readonly string[],
  path: string,
  { fixes, drop }: Context,
): Json {
  if (notes.length > 0) {
    const before = typeof out.description === 'string' && out.description !== '' ? `${out.description} ` : '';
    out.description = before + notes.join(' ');
  }
  if (out.anyOf !== undefined && out.type !== undefined && drop) delete out.type;
  if (!drop) return out;
  if (hasType(out, 'array') && out.items === undefined) {
    out.items = { type: 'string' };
    fixes.push(`${path} is a list without items: strings are asked for`);
  }
  const { properties, required } = out;
  if (isRecord(properties) && Object.keys(properties).length === 0) delete out.properties;
  if (Array.isArray(required)) {
    const named = required.filter(
      (name) => isRecord(properties) && Object.hasOwn(properties, jsonText(name)),
    );
    if (named.length < required.length) fixes.push(`${path}.required names fields that are not declared`);
    if (named.length > 0) out.required = named;
    else delete out.required;
  }
  return out;
}

/** Keywords whose value has a type that the service cannot read. */
function isMalformed(key: string, value: unknown): boolean {
  switch (key) {
    case 'type':
      return !listOf(typeof value === 'string' ? [value] : value).some((name) => typeof name === 'string');
    case 'properties':
      return !isRecord(value);
    case 'anyOf':
    case 'enum':
    case 'required':
      return !Array.isArray(value) || value.length === 0;
    default:
      return false;
  }
}

function reduceAny(value: unknown, path: string, context: Context): unknown {
  if (isRecord(value)) return reduce(value, path, context);
  if (!context.drop) return value;
  // `true` and `{}` allow any value, which Google's language cannot express.
  context.fixes.push(`${path} is no schema: a string is asked for`);
  return { type: 'string' };
}

function resolveRef(
  schema: Json,
  path: string,
  context: Context,
): { readonly schema: Json; readonly refs: readonly string[] } | undefined {
  const { $ref: ref, ...beside } = schema;
  if (ref === undefined) return { schema, refs: context.refs };
  if (typeof ref !== 'string' || !ref.startsWith('#/') || context.refs.includes(ref)) return undefined;
  let target: unknown = context.root;
  for (const key of ref.slice(2).split('/')) {
    const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
    target = isRecord(target) && Object.hasOwn(target, name) ? target[name] : undefined;
  }
  if (!isRecord(target)) return undefined;
  context.fixes.push(`${path}.$ref is replaced by what it names`);
  const refs = [...context.refs, ref];
  return resolveRef({ ...target, ...beside }, path, { ...context, refs });
}

/** `allOf` of objects is one object with the fields of all. */
function mergeAllOf(schema: Json, path: string, context: Context): Json {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf) || !allOf.every(isRecord)) return schema;
  let merged: Json = rest;
  for (const part of allOf) {
    const resolved = resolveRef(part, path, context)?.schema;
    if (resolved === undefined) return schema;
    merged = {
      ...resolved,
      ...merged,
      ...(isRecord(resolved.properties) || isRecord(merged.properties)
        ? { properties: { ...objectOf(resolved.properties), ...objectOf(merged.properties) } }
        : {}),
      ...(Array.isArray(resolved.required) || Array.isArray(merged.required)
        ? { required: [...new Set([...listOf(merged.required), ...listOf(resolved.required)])] }
        : {}),
    };
  }
  context.fixes.push(`${path}.allOf is sent as one schema`);
  return merged;
}

function isForms(key: string, value: unknown, drop: boolean): value is readonly unknown[] {
  if ((key !== 'anyOf' && key !== 'oneOf') || !Array.isArray(value) || value.length === 0) return false;
  return drop || value.every(isForm);
}

function isForm(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length > 0;
}

function objectOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isStringType(type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'string';
}

function hasType({ type }: Readonly<Record<string, unknown>>, name: string): boolean {
  return listOf(typeof type === 'string' ? [type] : type).some((one) => jsonText(one).toLowerCase() === name);
}
