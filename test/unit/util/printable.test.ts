// Names and words of a room on a terminal: nothing that the terminal would obey.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableJson } from '../../../src/util/printable.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
const OBEYED = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

test('escape sequences, C1 controls and turned text lose what makes them work; the rest stays', () => {
  expect(printable('an\x1b[31ma\u009b2J\u202etxt\tü 字 🙂')).toBe('an�[31ma�2J�txt\tü 字 🙂');
});

test('no text gets a control character through, and JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(OBEYED);
      const json = printableJson(JSON.stringify(text));
      expect(json).not.toMatch(OBEYED);
      expect(JSON.parse(json)).toBe(text);
    }),
  );
});
