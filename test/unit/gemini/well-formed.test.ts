// Half a surrogate pair reaches the service in no field, and nothing else is changed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wellFormed } from '../../../src/gemini/well-formed.js';

const json = fc.jsonValue({ stringUnit: 'binary' });

test('whatever is sent, no text of it holds half a character', () => {
  fc.assert(
    fc.property(json, fc.string({ unit: 'binary' }), (value, text) => {
      const sent = JSON.stringify(wellFormed({ value, parts: [{ text }, text], [text]: 1 }));
      expect(sent).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/);
    }),
  );
});

test('what is well formed is the same object', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      expect(wellFormed(value)).toBe(value);
    }),
  );
});

test('half a character is replaced', () => {
  expect(wellFormed({ parts: [{ text: 'half \ud83d' }, { text: 'whole \ud83d\ude00' }] })).toEqual({
    parts: [{ text: 'half \ufffd' }, { text: 'whole \ud83d\ude00' }],
  });
});
