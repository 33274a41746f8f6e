// docs/models.md says what the capability table says: the tables in it are the ones that follow from the code.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  HALF_CASCADE_VOICES,
  LANGUAGES,
  NATIVE_LANGUAGES,
  NATIVE_VOICES,
} from '../../../src/capabilities/speech.js';
import { ABILITIES, BEHAVIOUR, FATE, tableOf } from './models-page.js';

// Without the blanks that align the columns.
const page = readFileSync(new URL('../../../docs/models.md', import.meta.url), 'utf8')
  .replace(/ +\|/g, ' |')
  .replace(/-{3,}/g, '---');

test.each([
  ['abilities', ABILITIES],
  ['behaviour', BEHAVIOUR],
  ['retirement', FATE],
])('the table of %s', (_, columns) => {
  expect(page).toContain(tableOf(columns));
});

test('the lists of voices and languages', () => {
  expect(HALF_CASCADE_VOICES).toHaveLength(8);
  expect(NATIVE_VOICES).toHaveLength(30);
  expect(new Set(NATIVE_VOICES).size).toBe(30);
  expect(LANGUAGES).toHaveLength(30);
  for (const name of NATIVE_VOICES) expect(page).toMatch(new RegExp(`\\b${name}\\b`));
  for (const code of LANGUAGES) {
    const starred = !NATIVE_LANGUAGES.includes(code);
    expect(page).toMatch(new RegExp(`[\\s,]${code}${starred ? '\\*' : '[,.]'}`));
  }
});
