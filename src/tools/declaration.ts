// A function's parameters in Google's schema language, made from a zod schema.
import { z } from 'zod';
import { reduceSchema } from '../profile/google-schema.js';
import { isRecord } from '../profile/merge.js';
import { schemaProblems } from '../profile/tool-parameters.js';

export type FunctionSchema = { readonly [keyword: string]: unknown };

/** Formats that the service accepts; it refuses others on strings. Zod adds an equivalent pattern. */
const FORMATS = ['date-time', 'enum', 'int32', 'int64', 'float', 'double'];
/** Ignored by the service, or checked by zod when the call arrives. */
const LEFT_OUT = ['$schema', 'additionalProperties', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const LISTS_OF_SCHEMAS = ['anyOf', 'oneOf'];

/**
 * The schema of an object of parameters; undefined when there are none.
 *
 * @throws Error that names what a declaration cannot express
 */
export function schemaOf(parameters: z.ZodObject, name: string): FunctionSchema | undefined {
  if (Object.keys(parameters.shape).length === 0) return undefined;
  const json = z.toJSONSchema(parameters, { io: 'input', target: 'openapi-3.0', unrepresentable: 'throw' });
  const plain = translate(json) as FunctionSchema;
  const { schema } = reduceSchema(plain, 'parameters', { drop: false, isParameters: true });
  const [problem] = schemaProblems(schema, 'parameters', true);
  if (problem) throw new Error(`the tool ${name} cannot be declared: ${problem.path} ${problem.message}`);
  return schema;
}

function translate(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const translated: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (LEFT_OUT.includes(keyword)) continue;
    if (keyword === 'format' && !FORMATS.includes(String(value))) continue;
    // z.int() adds the safe-integer bounds, which only cost tokens.
    if (
      (keyword === 'minimum' || keyword === 'maximum') &&
      Math.abs(Number(value)) >= Number.MAX_SAFE_INTEGER
    )
      continue;
    if (keyword === 'properties' && isRecord(value)) {
      translated[keyword] = Object.fromEntries(
        Object.entries(value).map(([field, inner]) => [field, translate(inner)]),
      );
    } else if (LISTS_OF_SCHEMAS.includes(keyword) && Array.isArray(value)) {
      translated.anyOf = value.map(translate);
    } else {
      translated[keyword] = keyword === 'items' ? translate(value) : value;
    }
  }
  return translated;
}
