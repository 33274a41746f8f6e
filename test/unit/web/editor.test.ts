// The profile editor's completion: what the schema allows where the cursor is, and where a problem's field stands.
import { readFileSync } from 'node:fs';
import { json } from '@codemirror/lang-json';
import { EditorState } from '@codemirror/state';
import { describe, expect, test } from 'vitest';
import { parsePath, placeAt, rangeOf } from '../../../web/src/editor/json-tree.js';
import { keysAt, type Schema, valuesAt } from '../../../web/src/editor/schema-path.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/profile.schema.json', import.meta.url), 'utf8'),
) as Schema;

/** A document whose cursor is at the bar. */
function at(text: string) {
  const position = text.indexOf('|');
  const state = EditorState.create({ doc: text.replace('|', ''), extensions: [json()] });
  return { state, place: placeAt(state, position) };
}

function proposed(text: string): string[] {
  const { place } = at(text);
  if (!place) return [];
  if (place.what === 'value') return valuesAt(schema, place.path);
  return keysAt(schema, place.path)
    .map(({ key }) => key)
    .filter((key) => !place.keys.includes(key));
}

describe('proposes', () => {
  test.each([
    ['{ | }', 'instructions'],
    ['{ "in|" }', 'instructions'],
    ['{ "listen": { "| } }', 'policy'],
    ['{ "listen": { "policy": "everyone", | } }', 'participant'],
    ['{ "tools": [ { | } ] }', 'declaration'],
    ['{ "tools": [ { "declaration": {} }, { "run": { | } } ] }', 'by'],
    ['{ "live": { "thinkingConfig": { | } } }', 'thinkingBudget'],
  ])('in %s the key %s', (text, key) => {
    expect(proposed(text)).toContain(key);
  });

  test.each([
    ['{ "listen": { "policy": | } }', '"push-to-talk"'],
    ['{ "listen": { "policy": "pu|" } }', '"push-to-talk"'],
    ['{ "captions": { "user": f| } }', 'false'],
    ['{ "tools": [ { "run": { "by": "|" } } ] }', '"webhook"'],
    ['{ "events": { "types": ["|"] } }', '"turn"'],
  ])('in %s the value %s', (text, value) => {
    expect(proposed(text)).toContain(value);
  });

  test('no key that is there already', () => {
    expect(proposed('{ "voice": "Puck", | }')).not.toContain('voice');
  });
});

describe('a problem', () => {
  const text = '{ "tools": [ { "run": { "by": "x" } }, { "run": { "url": 7 } } ], "odd key": 1 }';
  const { state } = at(`${text}|`);

  test.each([
    ['tools[1].run.url', '"url"'],
    ['tools[0].run', '"run"'],
    ['tools[1].run.missing', '"run"'],
    ['"odd key"', '"odd key"'],
    ['', '{'],
  ])('of %s is shown at %s', (path, shown) => {
    const { from, to } = rangeOf(state, path);
    expect(state.sliceDoc(from, to)).toBe(shown);
  });

  test('paths are read as they are written', () => {
    expect(parsePath('tools[10].run."a.b".c')).toEqual(['tools', 10, 'run', 'a.b', 'c']);
  });
});
