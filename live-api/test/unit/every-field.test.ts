// Every message and every field that a client may send is checked: a name that does not exist, and a value of the
// wrong kind, at each place of the schema.
import { describe, expect, it } from 'vitest';
import { readClientMessage } from '../../src/wire/client-message.js';
import { type ApiVersion, clientMessageFields } from '../../src/wire/client-schema.js';
import { snakeCase } from '../../src/wire/decode.js';
import { Refusal } from '../../src/wire/refusal.js';
import type { Fields, FieldType } from '../../src/wire/schema.js';

type Place = { readonly path: string; readonly type: FieldType; put(value: unknown): object };

/** Values that no field of the kind takes. A list takes a single value, too: it is the items that are checked. */
const WRONG: Partial<Record<FieldType['kind'], unknown>> = {
  string: 5,
  bool: 'maybe',
  int: 'many',
  int64: 1.5,
  number: 'much',
  bytes: '***',
  struct: 'text',
  enum: 'NO_SUCH_VALUE',
  map: 'text',
  message: 'text',
};

/** What the service calls the kinds that have no name of their own. */
const KINDS: Partial<Record<FieldType['kind'], string>> = {
  string: 'TYPE_STRING',
  bool: 'TYPE_BOOL',
  int: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  number: 'TYPE_FLOAT',
  bytes: 'TYPE_BYTES',
  struct: 'TYPE_STRUCT',
  map: 'TYPE_MESSAGE',
  message: 'TYPE_MESSAGE',
};

/** All places of a message type; types that contain themselves are gone through once. */
function places(
  fields: Fields,
  path: string,
  put: (value: object) => object,
  inside: readonly FieldType[],
): Place[] {
  return Object.entries(fields).flatMap(([name, type]) => {
    const at = path === '' ? snakeCase(name) : `${path}.${snakeCase(name)}`;
    return placesOf(type, at, (value) => put({ [name]: value }), inside);
  });
}

function placesOf(
  type: FieldType,
  path: string,
  put: (value: unknown) => object,
  inside: readonly FieldType[],
): Place[] {
  const here: Place = { path, type, put };
  if (inside.includes(type)) return [];
  switch (type.kind) {
    case 'message':
      return [here, ...places(type.fields(), path, put, [...inside, type])];
    case 'list':
      return placesOf(type.of, `${path}[0]`, (value) => put([value]), inside);
    case 'map':
      return [here, ...placesOf(type.of, `${path}[key]`, (value) => put({ key: value }), inside)];
    default:
      return [here];
  }
}

const wordsOf = (message: object, version: ApiVersion) => {
  try {
    readClientMessage(JSON.stringify(message), version);
    return 'taken';
  } catch (error) {
    if (error instanceof Refusal) return `${error.code} ${error.message}`;
    throw error;
  }
};

describe.each(['v1', 'v1beta', 'v1alpha'] as const)('%s', (version) => {
  const all = places(clientMessageFields(version), '', (value) => value, []);
  const messages = all.filter(({ type }) => type.kind === 'message');
  const checked = all.filter(({ type }) => WRONG[type.kind] !== undefined);

  it('has the fields of the protocol', () => {
    expect(all.length).toBeGreaterThan(150);
    const paths = all.map(({ path }) => path);
    expect(paths).toContain('setup.realtime_input_config.automatic_activity_detection.silence_duration_ms');
    expect(paths).toContain('tool_response.function_responses[0].scheduling');
    expect(paths).toContain('client_content.turns[0].parts[0].inline_data.data');
    expect(paths).toContain('context_update.system_instruction');
  });

  it('refuses an unknown name in every message', () => {
    const told = messages.map(({ put }) => wordsOf(put({ noSuchField: 1 }), version));
    expect(told).toEqual(
      messages.map(
        ({ path }) =>
          `1007 Invalid JSON payload received. Unknown name "noSuchField" at '${path}': Cannot find field.`,
      ),
    );
  });

  it('refuses a wrong value in every field', () => {
    const told = checked.map(({ type, put }) => wordsOf(put(WRONG[type.kind]), version));
    const service = `type.googleapis.com/google.ai.generativelanguage.${version}`;
    const expected = checked.map(({ path, type }) => {
      const kind = type.kind === 'enum' ? `${service}.${type.type}` : KINDS[type.kind];
      const wrong = JSON.stringify(WRONG[type.kind]);
      const reason = type.kind === 'bytes' ? `Base64 decoding failed for ${wrong}` : wrong;
      return `1007 Invalid value at '${path}' (${kind}), ${reason}`;
    });
    expect(told).toEqual(expected);
  });

  it('null is as good as nothing, everywhere', () => {
    for (const { put } of all.filter(({ path }) => !path.endsWith(']')))
      expect(wordsOf(put(null), version)).toBe('taken');
  });
});
