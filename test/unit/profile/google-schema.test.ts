// JSON Schema in Google's language: what keeps its meaning is rewritten, the rest is refused by its path or left out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_SCHEMA_DEPTH, reduceSchema } from '../../../src/profile/google-schema.js';
import { parseProfile } from '../../../src/profile/profile.js';
import { schemaProblems } from '../../../src/profile/tool-parameters.js';

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const reduced = (schema: object, drop = true) => reduceSchema({ ...schema }, 'p', { drop });

test.each([
  [
    'oneOf',
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
    { anyOf: [{ type: 'string' }, { type: 'number' }] },
  ],
  ['a constant', { const: 'on' }, { type: 'string', enum: ['on'] }],
  [
    'an enum of numbers',
    { type: 'integer', enum: [1, 2], description: 'How many.' },
    { type: 'integer', description: 'How many. One of: 1, 2.' },
  ],
  ['a reference', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, { type: 'string' }],
  [
    'allOf',
    { allOf: [object({ a: { type: 'string' } }, { required: ['a'] }), object({ b: { type: 'number' } })] },
    object({ a: { type: 'string' }, b: { type: 'number' } }, { required: ['a'] }),
  ],
  ['a bound', { type: 'number', exclusiveMinimum: 0 }, { type: 'number', description: 'Above 0.' }],
  ['a format', { type: 'string', format: 'email' }, { type: 'string', description: 'Format: email.' }],
  ['what is true of nothing', { type: 'string', not: { enum: ['a'] } }, { type: 'string' }],
  ['a list without items', { type: 'array' }, { type: 'array', items: { type: 'string' } }],
  [
    'a required field that is not there',
    object({ a: { type: 'string' } }, { required: ['a', 'b'] }),
    object({ a: { type: 'string' } }, { required: ['a'] }),
  ],
])('%s of a found tool', (_, schema, expected) => {
  const { schema: result, fixes } = reduced(schema);
  expect(result).toEqual(expected);
  expect(fixes.length).toBeGreaterThan(0);
});

test('a schema that leads into itself ends', () => {
  const tree = { $ref: '#/$defs/node', $defs: { node: object({ next: { $ref: '#/$defs/node' } }) } };
  expect(reduced(tree).schema).toEqual(object({ next: { type: 'object' } }));
});

test('whatever a server declares, the service could take it', () => {
  const schema = fc.letrec<{ schema: unknown }>((tie) => ({
    schema: fc.dictionary(
      fc.constantFrom(
        'type',
        'properties',
        'items',
        'anyOf',
        'oneOf',
        'allOf',
        'enum',
        'const',
        '$ref',
        'not',
        'required',
        'x-own',
        'format',
      ),
      fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('string', 'object', 'array', '#', '#/properties/a'),
        fc.array(tie('schema'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), {
          maxKeys: 2,
          noNullPrototype: true,
        }),
      ),
      { maxKeys: 4, noNullPrototype: true },
    ),
  })).schema;
  const unknown = (problem: { message: string }) =>
    problem.message.includes("is not part of Google's schema");
  fc.assert(
    fc.property(schema, (given) => {
      const { schema: result } = reduced(given as object);
      expect(schemaProblems(result, 'p').filter(unknown)).toEqual([]);
    }),
  );
});

describe('a declared function', () => {
  const parse = (parameters: unknown) =>
    parseProfile({ metadata: { tools: [{ declaration: { name: 'f', parameters } }] } });
  const deep = (levels: number): object =>
    levels === 0 ? { type: 'string' } : object({ a: deep(levels - 1) });

  test.each([
    [object({ a: { type: 'array' } }), 'tools[0].declaration.parameters.properties.a.items'],
    [object({ a: { type: 'string' } }, { required: ['b'] }), 'tools[0].declaration.parameters.required'],
    [object({ a: object({}) }), 'tools[0].declaration.parameters.properties.a.properties'],
  ])('%j is refused by its path', (parameters, path) => {
    const result = parse(parameters);
    expect(result.ok || result.problems.map((problem) => problem.path)).toEqual([path]);
  });

  test('that is too deep is refused', () => {
    expect(parse(deep(20)).ok).toBe(true);
    expect(parse(deep(MAX_SCHEMA_DEPTH + 2)).ok).toBe(false);
  });

  test('that says it in other words is rewritten, with a word about each', () => {
    const result = parse(
      object({ a: { oneOf: [{ type: 'string' }, { type: 'number' }] }, b: { type: 'integer', enum: [1] } }),
    );
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.profile.tools[0]?.declaration.parameters).toEqual(
      object({
        a: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        b: { type: 'integer', description: 'One of: 1.' },
      }),
    );
    expect(result.fixes).toEqual([
      'tools[0].declaration.parameters.properties.a.oneOf is sent as anyOf',
      'tools[0].declaration.parameters.properties.b.enum holds other values than strings: they stand in the description',
    ]);
  });

  test('without a parameter declares none', () => {
    const result = parse(object({}));
    expect(result).toMatchObject({ ok: true, profile: { tools: [{ declaration: { name: 'f' } }] } });
    expect(result.ok && result.profile.tools[0]?.declaration).not.toHaveProperty('parameters');
  });
});

describe('function calls in history', () => {
  const history = (...turns: object[]) => parseProfile({ metadata: { history: turns } });
  const call = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
  const answer = { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] };

  test('a call and its answer are taken', () => {
    expect(history({ role: 'user', parts: [{ text: 'go' }] }, call, answer).ok).toBe(true);
  });

  test.each([
    ['a call without an answer', [call], 'history[0]'],
    ['an answer without a call', [answer], 'history[0]'],
    ['a call of the user', [{ ...call, role: 'user' }], 'history[0].parts[0].functionCall'],
    [
      'a name that is none',
      [
        { role: 'model', parts: [{ functionCall: { name: 'f!' } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f!', response: {} } }] },
      ],
      'history[0].parts[0].functionCall.name',
    ],
  ])('%s is refused', (_, turns, path) => {
    const result = history(...turns);
    expect(result.ok || result.problems[0]?.path).toBe(path);
  });
});
