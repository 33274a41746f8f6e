// The keywords of Google's schema language: which there are, for which types, with what kind of value.
import { isRecord } from './merge.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

export const SCHEMA_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;
export type SchemaType = (typeof SCHEMA_TYPES)[number];

/** Keywords of Google's schema language; any other closes the session with 1007. */
export const KEYWORDS = [
  ...['type', 'format', 'title', 'description', 'nullable', 'enum', 'items', 'maxItems', 'minItems'],
  ...['properties', 'required', 'minProperties', 'maxProperties', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'anyOf', 'propertyOrdering', 'default', 'example'],
] as const;

/** Keywords of JSON Schema that constrain nothing: they are removed without notice. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$comment', '$anchor', '$defs', 'definitions', '$vocabulary'],
  ...['deprecated', 'readOnly', 'writeOnly', 'examples'],
]);

/** Stand beside anyOf; everything else belongs into its forms. */
export const BESIDE_FORMS: ReadonlySet<string> = new Set([
  ...['title', 'description', 'nullable', 'default', 'example'],
  ...ANNOTATIONS,
]);

/** Keywords that count for some types only: JSON Schema ignores them elsewhere, and Google refuses them there. */
const OF_TYPE: Readonly<Record<string, readonly SchemaType[]>> = {
  properties: ['object'],
  required: ['object'],
  minProperties: ['object'],
  maxProperties: ['object'],
  propertyOrdering: ['object'],
  additionalProperties: ['object'],
  patternProperties: ['object'],
  items: ['array'],
  prefixItems: ['array'],
  minItems: ['array'],
  maxItems: ['array'],
  uniqueItems: ['array'],
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  exclusiveMinimum: ['number', 'integer'],
  exclusiveMaximum: ['number', 'integer'],
  multipleOf: ['number', 'integer'],
};

export function countsFor(key: string, type: SchemaType): boolean {
  return !Object.hasOwn(OF_TYPE, key) || (OF_TYPE[key]?.includes(type) ?? true);
}

/** Formats that the service takes. */
const FORMATS: Partial<Record<SchemaType, readonly string[]>> = {
  string: ['date-time', 'enum'],
  number: ['float', 'double'],
  integer: ['int32', 'int64'],
};

export function hasFormat(type: SchemaType, format: unknown): boolean {
  return typeof format === 'string' && (FORMATS[type]?.includes(format) ?? false);
}

/** The known types that a schema names, in lower case; `unknown`: it names something else, too. */
export function typesOf({ type }: JsonRecord): { readonly types: SchemaType[]; readonly unknown: boolean } {
  const listed: readonly unknown[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const types = listed.flatMap((name) => {
    const folded = typeof name === 'string' ? name.toLowerCase() : '';
    return SCHEMA_TYPES.filter((known) => known === folded);
  });
  return {
    types: [...new Set(types)],
    unknown: types.length < listed.length || (Array.isArray(type) && type.length === 0),
  };
}

/** The type that the other keywords imply. */
export function impliedType(schema: JsonRecord): SchemaType | undefined {
  if (typeof schema.format === 'string') {
    const known = SCHEMA_TYPES.find((type) => hasFormat(type, schema.format));
    if (known) return known;
  }
  for (const [key, types] of Object.entries(OF_TYPE)) {
    if (schema[key] !== undefined) return types[0];
  }
  return schema.format === undefined ? undefined : 'string';
}

/** The type of a JSON value, as JSON Schema names it. */
export function typeOfValue(value: unknown): SchemaType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean';
  return 'object';
}

/** What the value of a keyword must be; undefined when it is that. Nested schemas are checked elsewhere. */
export function valueProblem(key: string, value: unknown): string | undefined {
  switch (key) {
    case 'title':
    case 'description':
    case 'format':
    case 'pattern':
      return typeof value === 'string' ? undefined : 'must be a text';
    case 'nullable':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'minimum':
    case 'maximum':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a number';
    case 'minItems':
    case 'maxItems':
    case 'minLength':
    case 'maxLength':
    case 'minProperties':
    case 'maxProperties':
      return isCount(value) ? undefined : 'must be a whole number, 0 or more';
    case 'required':
    case 'propertyOrdering':
      return isTexts(value) ? undefined : 'must be a list of names';
    case 'enum':
      return isTexts(value) && value.length > 0 && !value.includes('')
        ? undefined
        : 'must be a list of texts, none of them empty';
    case 'properties':
      return isRecord(value) ? undefined : 'must be an object of schemas';
    default:
      return undefined;
  }
}

/** int64 is a number or a text in JSON. */
function isCount(value: unknown): boolean {
  return typeof value === 'string'
    ? /^\d{1,18}$/.test(value)
    : Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
