// Walks a JSON Schema along a path of keys and indexes: what may stand there.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export type Path = readonly (string | number)[];

/** References lead to references in a schema that is wrong; this ends them. */
const MAX_DEPTH = 16;

/** Every schema that a value at the path may follow: several where there are alternatives. */
export function schemasAt(root: Schema, path: Path): Schema[] {
  return path.reduce<Schema[]>(
    (schemas, step) =>
      schemas.flatMap((schema) => {
        const next = typeof step === 'number' ? schema.items : propertyOf(schema, step);
        return next ? alternatives(root, next) : [];
      }),
    alternatives(root, root),
  );
}

function propertyOf(schema: Schema, key: string): Schema | undefined {
  const own = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return own ?? rest;
}

function alternatives(root: Schema, schema: Schema, depth = 0): Schema[] {
  if (depth > MAX_DEPTH) return [];
  const referred = schema.$ref === undefined ? [] : [resolve(root, schema.$ref)];
  const inner = [...referred, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...inner.flatMap((next) => (next ? alternatives(root, next, depth + 1) : []))];
}

function resolve(root: Schema, ref: string): Schema | undefined {
  if (!ref.startsWith('#')) return undefined;
  return ref
    .slice(1)
    .split('/')
    .filter((part) => part !== '')
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
          : undefined,
      root,
    ) as Schema | undefined;
}

export interface KeyOption {
  readonly key: string;
  readonly description: string;
  /** What a fresh value looks like, as JSON. */
  readonly value: string;
}

/** The keys that an object at the path may have. */
export function keysAt(root: Schema, path: Path): KeyOption[] {
  const found = new Map<string, KeyOption>();
  for (const { properties = {} } of schemasAt(root, path)) {
    for (const [key, schema] of Object.entries(properties)) {
      if (found.has(key)) continue;
      found.set(key, { key, description: schema.description ?? '', value: freshValue(root, schema) });
    }
  }
  return [...found.values()];
}

/** The values that the schema names at the path, as JSON. */
export function valuesAt(root: Schema, path: Path): string[] {
  const found = new Set<string>();
  for (const schema of schemasAt(root, path)) {
    for (const value of schema.enum ?? []) found.add(JSON.stringify(value));
    if (schema.const !== undefined) found.add(JSON.stringify(schema.const));
    if (schema.type === 'boolean') for (const value of ['true', 'false']) found.add(value);
    if (schema.default !== undefined && typeof schema.default !== 'object')
      found.add(JSON.stringify(schema.default));
  }
  return [...found];
}

function freshValue(root: Schema, schema: Schema): string {
  const types = new Set(alternatives(root, schema).flatMap(({ type }) => type ?? []));
  if (types.has('object')) return '{}';
  if (types.has('array')) return '[]';
  if (types.has('string')) return '""';
  return '';
}
