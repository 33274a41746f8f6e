import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenSegments } from '../../../src/speech/sentences.js';

const texts = (text: string) => spokenSegments(text).map((segment) => segment.text);

describe('spokenSegments', () => {
  it('speaks sentence by sentence', () => {
    expect(texts('Hello there! How are you? I am fine.')).toEqual([
      'Hello there!',
      'How are you?',
      'I am fine.',
    ]);
  });

  it('does not take a title, an initial, a number or an abbreviation for the end of a sentence', () => {
    expect(texts('Dr. Smith met J. Doe at 5.30 a.m. and left.')).toHaveLength(1);
    expect(texts('It costs 3.50 today. Mrs. May pays.')).toEqual(['It costs 3.50 today.', 'Mrs. May pays.']);
  });

  it('speaks a long sentence clause by clause', () => {
    const long =
      'The weather in Paris is sunny, with a high of twenty two degrees, and it will stay like that until the end of ' +
      'the week, when some rain is expected.';
    const segments = texts(long);
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.join(' ')).toBe(long);
    for (const segment of segments.slice(0, -1)) expect(segment).toMatch(/,$/);
  });

  it('breaks what has neither comma nor full stop between words', () => {
    const segments = texts(`${'word '.repeat(200).trim()}.`);
    expect(segments.join(' ')).toBe(`${'word '.repeat(200).trim()}.`);
    for (const segment of segments) expect(segment.length).toBeLessThanOrEqual(200);
  });

  it('reads what an English voice can read, and leaves out what it cannot', () => {
    expect(texts('Café “naïve” – **bold** 😀')).toEqual(['Cafe "naive", bold']);
    expect(texts('你好。')).toEqual([]);
    expect(texts('  \n ... !')).toEqual([]);
    expect(texts('')).toEqual([]);
  });

  it('pauses longer between sentences than between clauses, and hardly at the end', () => {
    const segments = spokenSegments(
      `One. ${'This is a rather long sentence, which has clauses, '.repeat(3)}and an end. Two.`,
    );
    const pauses = segments.map(({ pauseMs }) => pauseMs);
    expect(pauses[0]).toBeGreaterThan(pauses[1] as number);
    expect(pauses.at(-1)).toBeLessThan(pauses[1] as number);
  });

  it('loses no word of any text', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    const text = fc.array(fc.tuple(word, fc.constantFrom(' ', ', ', '. ', '? ', '\n', '; ')), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.flat().join('');
        const words = (value: string) => value.match(/[a-z]+/g) ?? [];
        expect(words(texts(whole).join(' '))).toEqual(words(whole));
      }),
      { numRuns: 200 },
    );
  });
});
