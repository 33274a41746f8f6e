// What is written about profiles is true: the JSON Schema is the schema, the examples work, the page names every field.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { profileJsonSchema } from '../../../src/profile/json-schema.js';
import { capabilitiesOf, checkProfile } from '../../../src/profile/model-capabilities.js';
import { parseProfile } from '../../../src/profile/profile.js';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const schema = JSON.parse(read('docs/profile.schema.json')) as z.core.JSONSchema.JSONSchema;
const page = read('docs/profile.md');

test('docs/profile.schema.json is up to date (npm run build && node scripts/profile-schema.mjs)', () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())));
});

describe('the JSON Schema by itself', () => {
  const reader = z.fromJSONSchema(schema);

  test.each([
    ['an empty profile', {}, true],
    ['a voice', { voice: 'Puck' }, true],
    ['an unknown field', { voise: 'Puck' }, false],
    ['a wrong policy', { listen: { policy: 'all' } }, false],
    ['a field that is refused', { live: { httpOptions: {} } }, false],
    ['a tool without a declaration', { tools: [{}] }, false],
  ])('says of %s what the agent says', (_, profile, good) => {
    expect(reader.safeParse(profile).success).toBe(good);
    expect(parseProfile({ metadata: profile }).ok).toBe(good);
  });
});

describe('examples/profiles', () => {
  const folder = 'examples/profiles/';
  const files = readdirSync(new URL(folder, root)).filter((name) => name.endsWith('.json'));
  const readme = read(`${folder}README.md`);
  const reader = z.fromJSONSchema(schema);

  test('has a comment on each, and none on what is not there', () => {
    const linked = [...readme.matchAll(/\]\(([\w-]+\.json)\)/g)].map(([, name]) => name);
    expect(linked.sort()).toEqual(files.sort());
  });

  test.each(files)('%s is valid, and its model can do it', (name) => {
    const text = read(folder + name);
    const json = JSON.parse(text) as { $schema: string };
    expect(reader.safeParse(json).error).toBeUndefined();
    expect(new URL(json.$schema, new URL(folder + name, root)).href).toBe(
      new URL('docs/profile.schema.json', root).href,
    );
    const result = parseProfile({ file: text });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { profile } = result;
    expect(checkProfile(profile, capabilitiesOf(profile.model, profile.capabilities)).problems).toEqual([]);
  });
});

describe('docs/profile.md', () => {
  test('every example of a profile is valid', () => {
    const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(parseProfile({ metadata: example })).toMatchObject({ ok: true });
  });

  test('every field is named', () => {
    const { properties } = schema as { properties: Record<string, { properties?: object }> };
    for (const [name, field] of Object.entries(properties)) {
      const inner = name === 'live' || name === 'capabilities' ? [] : Object.keys(field.properties ?? {});
      const told = inner.length > 0 ? inner.map((key) => `${name}.${key}`) : [name];
      for (const path of told) expect(page).toContain(`\`${path}\``);
    }
    for (const name of Object.keys(properties.live?.properties ?? {})) expect(page).toContain(`\`${name}\``);
  });

  test('every default in the tables is the default', () => {
    const { properties } = schema as {
      properties: Record<string, { default?: unknown; properties?: object }>;
    };
    const rows = [...page.matchAll(/^\| `([\w.]+)` +\| [^|]* \| ([^|]*) \|/gm)];
    expect(rows.length).toBeGreaterThan(25);
    for (const [, path = '', told = ''] of rows) {
      const [name = '', inner] = path.split('.');
      const field = properties[name];
      const inside = (field?.properties ?? {}) as Record<string, { default?: unknown }>;
      const found = inner ? inside[inner]?.default : field?.default;
      const expected =
        found === undefined || JSON.stringify(found) === '[]' ? 'none' : `\`${String(found)}\``;
      if (!told.startsWith('by ')) expect(`${path}: ${told.trim()}`).toBe(`${path}: ${expected}`);
    }
  });
});
