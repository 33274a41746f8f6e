// Nothing that is accepted is without an effect: a field of the profile, an event, a command or a topic that is new needs
// a test that shows what it does.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { profileJsonSchema } from '../../src/profile/json-schema.js';
import { ROOM_EVENT_TYPES } from '../../src/protocol/events.js';
import { COMMAND_METHODS } from '../../src/protocol/index.js';
import * as topics from '../../src/protocol/topics.js';
import { EFFECTS } from './effects.js';

const root = new URL('../../', import.meta.url);

const filesOf = (...folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8')),
  );

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/** The fields of a section, of each entry of a list, and of each value of a map. */
function fieldsOf({
  properties,
  items,
  additionalProperties,
  anyOf,
}: Schema): Readonly<Record<string, Schema>> {
  if (properties) return properties;
  if (items) return fieldsOf(items);
  if (typeof additionalProperties === 'object') return fieldsOf(additionalProperties);
  return anyOf?.map(fieldsOf).find((fields) => Object.keys(fields).length > 0) ?? {};
}

/** Google's own have tests of their own. */
const WHOLE = ['live', 'history', 'capabilities'];

function profileFields(): string[] {
  return Object.entries(fieldsOf(profileJsonSchema() as Schema)).flatMap(([name, schema]) => {
    const inner = WHOLE.includes(name) ? [] : Object.keys(fieldsOf(schema));
    return inner.length === 0 ? [name] : inner.map((field) => `${name}.${field}`);
  });
}

test('each field of the profile has a test of its effect, and there is no test of a field that is gone', () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(profileFields().sort());
  const tests = filesOf('test/unit', 'test/integration', 'test/support');
  const missing = Object.entries(EFFECTS).filter(([, title]) => !tests.some((text) => text.includes(title)));
  expect(missing).toEqual([]);
});

/** In real rooms. */
const rooms = filesOf('test/integration', 'test/support', 'test/faults', 'test/browser');
const isTested = (name: string): boolean => rooms.some((text) => new RegExp(`['"\`]${name}\\b`).test(text));

test.each([
  ['event', ROOM_EVENT_TYPES],
  ['command', COMMAND_METHODS],
  [
    'topic',
    Object.entries(topics).flatMap(([name, value]) => (name.startsWith('TOPIC_') ? [String(value)] : [])),
  ],
])('each %s is used in a test in a real room', (_, names) => {
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !isTested(name.replaceAll('.', '\\.')))).toEqual([]);
});
