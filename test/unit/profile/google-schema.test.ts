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

const string = { type: 'string' };
const number = { type: 'number' };

test.each<[string, object, object]>([
  ['a nullable type', { type: ['string', 'null'] }, { ...string, nullable: true }],
  [
    'null beside one form',
    { anyOf: [string, { type: 'null' }], description: 'A.' },
    { ...string, description: 'A.', nullable: true },
  ],
  [
    'null beside forms',
    { anyOf: [string, number, { const: null }] },
    { nullable: true, anyOf: [string, number] },
  ],
  [
    'several types',
    { type: ['string', 'integer', 'null'], minimum: 1, maxLength: 2 },
    {
      nullable: true,
      anyOf: [
        { maxLength: 2, ...string },
        { minimum: 1, type: 'integer' },
      ],
    },
  ],
  ['a type that holds another', { type: ['integer', 'number'] }, number],
  [
    'null in an enum',
    { type: ['string', 'null'], enum: ['a', null] },
    { ...string, nullable: true, enum: ['a'] },
  ],
  [
    'an empty text in an enum',
    { type: 'string', enum: ['', 'a'] },
    { ...string, enum: ['a'], description: 'Or an empty text.' },
  ],
  ['only an empty text', { enum: [''] }, { ...string, description: 'An empty text.' }],
  [
    'texts as an enum of numbers',
    { type: 'integer', enum: ['1', '2'] },
    { type: 'integer', description: 'One of: 1, 2.' },
  ],
  ['an enum of numbers without type', { enum: [1, 2.5] }, { ...number, description: 'One of: 1, 2.5.' }],
  [
    'an enum of booleans',
    { type: 'boolean', enum: [true] },
    { type: 'boolean', description: 'One of: true.' },
  ],
  [
    'an enum of mixed values',
    { enum: ['a', 1] },
    {
      anyOf: [
        { enum: ['a'], ...string },
        { type: 'integer', description: 'One of: 1.' },
      ],
    },
  ],
  ['a constant number', { const: 5 }, { type: 'integer', description: 'Always 5.' }],
  [
    'constants as forms',
    { oneOf: [{ const: 'a' }, { const: 'b' }] },
    {
      anyOf: [
        { ...string, enum: ['a'] },
        { ...string, enum: ['b'] },
      ],
    },
  ],
  ['fields without a type', { properties: { a: string } }, object({ a: string })],
  ['entries without a type', { items: string }, { type: 'array', items: string }],
  ['words alone', { description: 'Anything.' }, { ...string, description: 'Anything.' }],
  ['a type that is none', { type: 'any', description: 'A.' }, { ...string, description: 'A.' }],
  ['null alone', { type: 'null' }, string],
  [
    'fields of any name',
    { type: 'object', additionalProperties: number },
    { type: 'object', description: 'Fields may have any name; their values: {"type":"number"}.' },
  ],
  ['patterns of names', { type: 'object', patternProperties: { a: string } }, { type: 'object' }],
  [
    'a tuple',
    { type: 'array', items: [string, number] },
    {
      type: 'array',
      items: { anyOf: [string, number] },
      description: 'Entries in this order: string, number.',
    },
  ],
  [
    'a tuple of one kind',
    { type: 'array', prefixItems: [string, string], items: false },
    { type: 'array', items: string, description: 'Entries in this order: string, string.' },
  ],
  ['a list of anything', { type: 'array', items: true }, { type: 'array', items: string }],
  [
    'a field that nothing fits',
    object({ a: false, b: string }, { required: ['a', 'b'] }),
    object({ b: string }, { required: ['b'] }),
  ],
  [
    'a bound of integers',
    { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 9 },
    { type: 'integer', minimum: 1, maximum: 8 },
  ],
  [
    'a bound of draft 4',
    { ...number, minimum: 0, exclusiveMinimum: true },
    { ...number, minimum: 0, description: 'Above 0.' },
  ],
  ['multiples', { ...number, multipleOf: 5 }, { ...number, description: 'A multiple of 5.' }],
  [
    'no entry twice',
    { type: 'array', items: string, uniqueItems: true },
    { type: 'array', items: string, description: 'No entry twice.' },
  ],
  [
    'a format of another type',
    { type: 'integer', format: 'uint8' },
    { type: 'integer', description: 'Format: uint8.' },
  ],
  ['keywords of another type', { ...string, properties: {}, items: {}, required: ['a'] }, string],
  [
    'a value of the wrong kind',
    { ...string, description: 5, minLength: -1, maxLength: 'x', nullable: 1 },
    string,
  ],
  ['required as in draft 3', object({ a: { ...string, required: true } }), object({ a: string })],
  [
    'a type beside forms',
    { type: 'string', anyOf: [{ format: 'date' }, { enum: ['now'] }] },
    {
      anyOf: [
        { ...string, description: 'Format: date.' },
        { ...string, enum: ['now'] },
      ],
    },
  ],
  [
    'forms that contradict what stands beside them',
    { type: 'string', anyOf: [{ type: 'number' }, { maxLength: 3 }] },
    { ...string, maxLength: 3 },
  ],
  ['equal forms', { anyOf: [string, { type: 'string' }] }, string],
  [
    'allOf of bounds',
    { allOf: [{ ...number, minimum: 1 }, { minimum: 3, maximum: 9 }, true] },
    { ...number, minimum: 3, maximum: 9 },
  ],
  [
    'allOf around a reference',
    { description: 'A.', allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { ...string, description: 'B.' } } },
    { ...string, description: 'A.' },
  ],
  ['a reference with an odd name', { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': string } }, string],
  ['a reference that is wrong', { $ref: '#/%', description: 'A.' }, { type: 'object', description: 'A.' }],
  ['a reference to elsewhere', { $ref: 'https://example.com/a.json' }, { type: 'object' }],
  ['conditions', { ...string, if: {}, else: {}, not: {}, contains: {} }, string],
])('%s of a found tool keeps what can be kept', (_, schema, expected) => {
  const { schema: result, fixes } = reduced(schema);
  expect(result).toEqual(expected);
  expect(fixes.length).toBeGreaterThan(0);
  expect(schemaProblems(result, 'p')).toEqual([]);
});

test.each<[string, object, object]>([
  [
    'needs one of two',
    object(
      { a: string, b: string, c: string },
      { required: ['c'], anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    ),
    object(
      { a: string, b: string, c: string },
      { required: ['c'], description: 'One of these is needed: a; or b.' },
    ),
  ],
  [
    'are one of two objects',
    { oneOf: [object({ a: string }, { required: ['a'] }), object({ b: number }, { required: ['b'] })] },
    object({ a: string, b: number }, { description: 'One of these is needed: a; or b.' }),
  ],
  [
    'may be null',
    { type: ['object', 'null'], properties: { a: string } },
    { ...object({ a: string }), nullable: true },
  ],
])('parameters that are a choice are one object: %s', (_, schema, expected) => {
  const { schema: result } = reduceSchema({ ...schema }, 'p', { drop: true, isParameters: true });
  expect(result).toEqual(expected);
  expect(schemaProblems(result, 'p', true)).toEqual([]);
});

test('references that fan out end soon, and small', () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [
      `d${at}`,
      object(
        { a: { $ref: `#/$defs/d${at + 1}` }, b: { $ref: `#/$defs/d${at + 1}` } },
        { description: 'x'.repeat(1_000) },
      ),
    ]),
  );
  for (const drop of [true, false]) {
    const { schema, fixes } = reduced({ $ref: '#/$defs/d0', $defs }, drop);
    expect(JSON.stringify(schema).length).toBeLessThan(3_000_000);
    expect(fixes.length).toBeLessThan(1_000);
  }
});

test('a schema that leads into itself ends', () => {
  const tree = { $ref: '#/$defs/node', $defs: { node: object({ next: { $ref: '#/$defs/node' } }) } };
  expect(reduced(tree).schema).toEqual(object({ next: { type: 'object' } }));
});

const KEYS = [
  ...[
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
  ],
  ...[
    'format',
    'prefixItems',
    'additionalProperties',
    'patternProperties',
    'nullable',
    'minimum',
    'maxLength',
  ],
  ...['exclusiveMinimum', 'uniqueItems', 'description', 'default', 'propertyOrdering', 'minItems', 'title'],
];

/** Schemas of any shape, with values of any kind. */
const anySchema = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.dictionary(
    fc.constantFrom(...KEYS),
    fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(
        ...['string', 'object', 'array', 'null', 'STRING', 'any', '#', '#/properties/a', ''],
      ),
      fc.constantFrom<unknown>(true, false, null, 0, 1.5, ['string', 'null'], ['a', 1, null], [], ['a'], {}),
      fc.array(tie('schema'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.oneof(tie('schema'), fc.boolean()), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    ),
    { maxKeys: 5, noNullPrototype: true },
  ),
})).schema;

test('whatever a server declares, the service could take it', () => {
  fc.assert(
    fc.property(anySchema, (given) => {
      const { schema: result } = reduceSchema(given, 'p', { drop: true });
      expect(schemaProblems(result, 'p')).toEqual([]);
      // A second time there is nothing to do.
      expect(reduceSchema(result, 'p', { drop: true }).schema).toEqual(result);
    }),
    { numRuns: 500 },
  );
});

test('whatever a profile declares is taken or refused by its path', () => {
  fc.assert(
    fc.property(anySchema, (parameters) => {
      const result = parseProfile({ metadata: { tools: [{ declaration: { name: 'f', parameters } }] } });
      if (result.ok) {
        const { parameters: sent } = result.profile.tools[0]?.declaration ?? {};
        expect(sent === undefined ? [] : schemaProblems(sent, 'p', true)).toEqual([]);
      } else {
        for (const { path } of result.problems) expect(path).toMatch(/^tools\[0\]\.declaration\.parameters/);
      }
    }),
    { numRuns: 500 },
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
    [{ type: 'string' }, 'tools[0].declaration.parameters.type'],
    [{ type: 'array', items: { type: 'string' } }, 'tools[0].declaration.parameters.type'],
    [object({ a: { type: 'int' } }), 'tools[0].declaration.parameters.properties.a.type'],
    [
      object({ a: { type: 'string', description: 5 } }),
      'tools[0].declaration.parameters.properties.a.description',
    ],
    [
      object({ a: { type: 'string', required: true } }),
      'tools[0].declaration.parameters.properties.a.required',
    ],
    [object({ a: { type: 'string', not: {} } }), 'tools[0].declaration.parameters.properties.a.not'],
    [object({ a: true }), 'tools[0].declaration.parameters.properties.a'],
    [object({ a: { $ref: '#/$defs/b' } }), 'tools[0].declaration.parameters.properties.a.$ref'],
    [object({ a: { $ref: '#' } }), 'tools[0].declaration.parameters.properties.a.$ref'],
    [
      { anyOf: [object({ a: { type: 'string' } }), object({ b: { type: 'string' } })] },
      'tools[0].declaration.parameters.anyOf',
    ],
    [{ type: 'object', required: ['a'] }, 'tools[0].declaration.parameters.required'],
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
      'tools[0].declaration.parameters.properties.b.enum is for strings alone: it stands in the description',
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

  test('ids may be given, left out on either side, and in any order', () => {
    const calls = { role: 'model', parts: ['a', 'b'].map((id) => ({ functionCall: { id, name: 'f' } })) };
    const answers = (...ids: (string | undefined)[]) => ({
      role: 'user',
      parts: ids.map((id) => ({ functionResponse: { ...(id ? { id } : {}), name: 'f', response: {} } })),
    });
    expect(history(calls, answers('b', 'a')).ok).toBe(true);
    expect(history(calls, answers(undefined, 'a')).ok).toBe(true);
    expect(history(call, answers('a')).ok).toBe(true);
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
    [
      'an answer with the id of no call',
      [
        { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f' } }] },
        { role: 'user', parts: [{ functionResponse: { id: 'b', name: 'f', response: {} } }] },
      ],
      'history[1].parts[0].functionResponse.id',
    ],
    [
      'an id that comes twice',
      [
        { role: 'model', parts: ['f', 'g'].map((name) => ({ functionCall: { id: 'a', name } })) },
        {
          role: 'user',
          parts: ['f', 'g'].map((name) => ({ functionResponse: { id: 'a', name, response: {} } })),
        },
      ],
      'history[0].parts[1].functionCall.id',
    ],
    [
      'a response that is no object',
      [call, { role: 'user', parts: [{ functionResponse: { name: 'f', response: 'done' } }] }],
      'history[1].parts[0].functionResponse.response',
    ],
    [
      'arguments that are a list',
      [{ role: 'model', parts: [{ functionCall: { name: 'f', args: [1] } }] }, answer],
      'history[0].parts[0].functionCall.args',
    ],
    [
      'two calls and one answer',
      [{ role: 'model', parts: [...call.parts, ...call.parts] }, answer],
      'history[0]',
    ],
  ])('%s is refused', (_, turns, path) => {
    const result = history(...turns);
    expect(result.ok || result.problems[0]?.path).toBe(path);
  });
});
