// A function's parameters from either form of schema, Google's or JSON Schema's, as one plain list.
import type { FunctionDeclaration } from '../answerer-port.js';

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** As `date`, `email`; empty when none is given. */
  readonly format: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  /** The only values that are allowed; empty when any is. */
  readonly choices: readonly (string | number)[];
  readonly required: boolean;
  /** What an array holds. */
  readonly items: Parameter | undefined;
  /** What an object holds. */
  readonly fields: readonly Parameter[];
}

type Schema = { readonly [key: string]: unknown };

/** Deeper objects are left empty: a schema may refer to itself. */
const MAX_DEPTH = 4;

export function parametersOf({ parameters, parametersJsonSchema }: FunctionDeclaration): Parameter[] {
  return fieldsOf(schemaOf(parameters ?? parametersJsonSchema), 0);
}

function fieldsOf(schema: Schema, depth: number): Parameter[] {
  if (depth >= MAX_DEPTH) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schemaOf(schema.properties)).map(([name, property]) =>
    parameterOf(name, schemaOf(property), required.includes(name), depth),
  );
}

function parameterOf(name: string, given: Schema, required: boolean, depth: number): Parameter {
  const schema = unwrap(given);
  const type = typeOf(schema);
  return {
    name,
    description: typeof given.description === 'string' ? given.description : '',
    format: typeof schema.format === 'string' ? schema.format : '',
    type,
    choices: Array.isArray(schema.enum) ? schema.enum.filter(isChoice) : [],
    required,
    items: type === 'array' ? parameterOf(name, schemaOf(schema.items), true, depth + 1) : undefined,
    fields: type === 'object' ? fieldsOf(schema, depth + 1) : [],
  };
}

/** Of several forms the first that is not null. */
function unwrap(schema: Schema): Schema {
  const forms = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(forms)) return schema;
  return forms.map(schemaOf).find((form) => form.type !== 'null') ?? schema;
}

function typeOf(schema: Schema): Parameter['type'] {
  const { type } = schema;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  for (const one of types) {
    switch (String(one).toLowerCase()) {
      case 'number':
        return 'number';
      case 'integer':
        return 'integer';
      case 'boolean':
        return 'boolean';
      case 'array':
        return 'array';
      case 'object':
        return 'object';
      case 'string':
        return 'string';
    }
  }
  return schema.properties === undefined ? 'string' : 'object';
}

function isChoice(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
