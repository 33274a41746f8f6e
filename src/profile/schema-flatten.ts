// Replaces $ref and allOf in a schema: Google's language has neither.
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './merge.js';
import type { SchemaContext } from './schema-context.js';
import { type JsonRecord, typesOf } from './schema-keywords.js';

export interface Flat {
  readonly schema: JsonRecord;
  /** References on the way to it: one that comes again leads into itself. */
  readonly refs: readonly string[];
}

/** Undefined where a reference leads nowhere or into itself, or the parts contradict each other. */
export function flatten(
  schema: JsonRecord,
  refs: readonly string[],
  path: string,
  context: SchemaContext,
  depth = 0,
): Flat | undefined {
  if (schema.$ref === undefined && schema.allOf === undefined) return { schema, refs };
  if (!context.admits({}, depth)) return undefined;
  const { $ref: ref, allOf, ...rest } = schema;
  let flat: Flat = { schema: rest, refs };
  if (ref !== undefined) {
    const target = typeof ref === 'string' && !refs.includes(ref) ? targetOf(context.root, ref) : undefined;
    const resolved = target && flatten(target, [...refs, ref as string], path, context, depth + 1);
    const schema = resolved && intersect(resolved.schema, rest);
    if (!schema) return undefined;
    context.note(`${path}.$ref is replaced by what it names`);
    flat = { schema, refs: resolved.refs };
  }
  if (allOf === undefined) return flat;
  if (!Array.isArray(allOf)) return undefined;
  for (const part of allOf as unknown[]) {
    if (part === true) continue;
    const resolved = isRecord(part) ? flatten(part, flat.refs, path, context, depth + 1) : undefined;
    const schema = resolved && intersect(resolved.schema, flat.schema);
    if (schema) flat = { schema, refs: [...new Set([...flat.refs, ...resolved.refs])] };
    else if (context.drop) context.note(`${path}.allOf: a part of it is left out`);
    else return undefined;
  }
  context.note(`${path}.allOf is sent as one schema`);
  return flat;
}

function targetOf(root: JsonRecord, ref: string): JsonRecord | undefined {
  if (!ref.startsWith('#/')) return undefined;
  let target: unknown = root;
  for (const key of ref.slice(2).split('/')) {
    const name = decoded(key).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(target)) target = /^\d+$/.test(name) ? target[Number(name)] : undefined;
    else target = isRecord(target) && Object.hasOwn(target, name) ? target[name] : undefined;
  }
  return isRecord(target) ? target : undefined;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const LARGER = new Set(['minimum', 'minItems', 'minLength', 'minProperties']);
const SMALLER = new Set(['maximum', 'maxItems', 'maxLength', 'maxProperties']);

/** What both schemas allow; undefined where that is nothing. Words of the second count. */
export function intersect(first: JsonRecord, second: JsonRecord): JsonRecord | undefined {
  const merged: Record<string, unknown> = { ...first, ...second };
  for (const key of Object.keys(second)) {
    const [a, b] = [first[key], second[key]];
    if (a === undefined || isDeepStrictEqual(a, b)) continue;
    if (key === 'type') {
      const types = commonTypes(first, second);
      if (types.length === 0) return undefined;
      merged.type = types.length === 1 ? types[0] : types;
    } else if (key === 'enum' && Array.isArray(a) && Array.isArray(b)) {
      const common = b.filter((value: unknown) => a.some((other) => isDeepStrictEqual(value, other)));
      if (common.length === 0) return undefined;
      merged.enum = common;
    } else if (key === 'const') return undefined;
    else if (key === 'properties' && isRecord(a) && isRecord(b)) merged.properties = bothProperties(a, b);
    else if (key === 'items' && isRecord(a) && isRecord(b)) merged.items = { allOf: [a, b] };
    else if (key === 'required' && Array.isArray(a) && Array.isArray(b))
      merged.required = [...new Set([...a, ...b] as unknown[])];
    else if (key === '$defs' || key === 'definitions') merged[key] = b;
    else if (LARGER.has(key)) merged[key] = Math.max(Number(a), Number(b));
    else if (SMALLER.has(key)) merged[key] = Math.min(Number(a), Number(b));
  }
  return merged;
}

function bothProperties(a: JsonRecord, b: JsonRecord): JsonRecord {
  const both = Object.entries(b).map(([name, field]): [string, unknown] => {
    const other = Object.hasOwn(a, name) ? a[name] : undefined;
    if (other === undefined || isDeepStrictEqual(other, field)) return [name, field];
    return [name, { allOf: [other, field] }];
  });
  return Object.fromEntries([...Object.entries(a), ...both]);
}

/** Every integer is a number. */
function commonTypes(first: JsonRecord, second: JsonRecord): string[] {
  const [a, b] = [typesOf(first).types, typesOf(second).types];
  const integer = [a, b].some((types) => types.includes('integer') && !types.includes('number'));
  return a.flatMap((type) => {
    if (b.includes(type)) return [type];
    if (type === 'number' && b.includes('integer') && integer) return ['integer'];
    if (type === 'integer' && b.includes('number')) return ['integer'];
    return [];
  });
}
