import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inWords, numbersIn } from '../../../src/answerer/numbers.js';

const values = (text: string) => numbersIn(text).map(({ value }) => value);

describe('numbersIn', () => {
  it.each([
    ['set a timer for ten minutes', [10]],
    ['twenty-five and thirty two', [25, 32]],
    ['Add seventeen and twenty-five.', [17, 25]],
    ['a hundred and five', [105]],
    ['two hundred', [200]],
    ['one thousand two hundred and thirty four', [1234]],
    ['three million', [3_000_000]],
    ['1,200 people', [1200]],
    ['1.5 or 2', [1.5, 2]],
    ['three point one four', [3.14]],
    ['minus seven', [-7]],
    ['-3 degrees', [-3]],
    ['10-4', [10, 4]],
    ['two two five', [2, 2, 5]],
    ['fifty percent', [50]],
    ['half an hour', [0.5]],
    ['an hour and a minute', [1, 1]],
    ['ten meters', [10]],
    ['a dog and an apple', []],
    ['', []],
  ])('finds the numbers of %j', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it('reads the unit that follows', () => {
    expect(numbersIn('one hour and thirty minutes, 50%').map(({ unit }) => unit)).toEqual([
      'hour',
      'minutes',
      'percent',
    ]);
  });

  it('reads back every number as it is counted aloud', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (number) => {
        expect(values(inWords(number))).toEqual([number]);
      }),
    );
  });
});

describe('inWords', () => {
  it.each([
    [0, 'zero'],
    [13, 'thirteen'],
    [40, 'forty'],
    [42, 'forty-two'],
    [300, 'three hundred'],
    [512, 'five hundred and twelve'],
    [1000, '1000'],
    [-1, '-1'],
  ])('says %i as %s', (number, words) => {
    expect(inWords(number)).toBe(words);
  });
});
