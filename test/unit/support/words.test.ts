// The word error rate, on which tests of recognised speech rest.
import { expect, test } from 'vitest';
import { wordErrorRate, wordsOf } from '../../support/words.js';

test.each([
  ['And so, my fellow Americans:', 'and so my fellow americans'],
  ["Don't  stop -- DON\u2019T!", 'dont stop dont'],
  ['10 meters', 'ten meters'],
  ['21, 100 and 342', 'twenty one one hundred and three hundred forty two'],
  ['1,250 or 1250', 'one thousand two hundred fifty or one thousand two hundred fifty'],
  ['0 90 1000000', 'zero ninety one zero zero zero zero zero zero'],
  ['Caf\u00e9 cr\u00e8me', 'cafe creme'],
  ['', ''],
])('%j is read as %j', (text, words) => {
  expect(wordsOf(text).join(' ')).toBe(words);
});

test.each([
  ['go forward ten meters', 'Go forward, 10 meters.', 0],
  ['go forward ten meters', 'go forward then meters', 0.25],
  ['go forward ten meters', 'forward ten meters', 0.25],
  ['go forward ten meters', 'now go forward ten long meters', 0.5],
  ['go forward ten meters', '', 1],
  ['yes', 'no not that at all', 5],
  ['', '', 0],
  ['', 'something', 1],
])('%j understood as %j', (said, understood, rate) => {
  expect(wordErrorRate(said, understood)).toBe(rate);
});
