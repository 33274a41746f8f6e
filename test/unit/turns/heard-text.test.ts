// What of an answer's text a listener has heard, from where its fragments stand in the playout.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fragment, nextRelease, releasedText, textUpTo } from '../../../src/turns/heard-text.js';

const answer: readonly Fragment[] = [
  { text: 'Yes, I can hear ', at: 0 },
  { text: 'you clearly. How can', at: 24_000 },
  { text: ' I help you today?', at: 48_000 },
];
const END = 72_000;

describe('released text', () => {
  test('is the fragments that playout has reached, the first at its very position', () => {
    expect(releasedText(answer, 0)).toBe('Yes, I can hear ');
    expect(releasedText(answer, 23_999)).toBe('Yes, I can hear ');
    expect(releasedText(answer, 24_000)).toBe('Yes, I can hear you clearly. How can');
    expect(releasedText(answer, END)).toBe('Yes, I can hear you clearly. How can I help you today?');
    expect(releasedText([], 0)).toBe('');
  });

  test('goes on at the next fragment, until there is none', () => {
    expect(nextRelease(answer, 0)).toBe(24_000);
    expect(nextRelease(answer, 24_000)).toBe(48_000);
    expect(nextRelease(answer, 48_000)).toBeUndefined();
    expect(nextRelease([], 0)).toBeUndefined();
  });
});

describe('text up to an interruption', () => {
  test('is all of it when all was heard', () => {
    expect(textUpTo(answer, END, END)).toBe('Yes, I can hear you clearly. How can I help you today?');
  });

  test('is nothing when nothing was heard', () => {
    expect(textUpTo(answer, 0, END)).toBe('');
    expect(textUpTo([], 1_000, 1_000)).toBe('');
  });

  test('cuts the fragment that was playing in proportion, at the end of a word', () => {
    // Half of "you clearly. How can", 20 characters: "you clear|ly." is left out from its last word on.
    expect(textUpTo(answer, 36_000, END)).toBe('Yes, I can hear you');
    // 12 of 20 characters: "clearly." ends exactly there.
    expect(textUpTo(answer, 24_000 + 14_400, END)).toBe('Yes, I can hear you clearly.');
  });

  test('gives the last fragment the audio up to the end', () => {
    expect(textUpTo(answer, 48_000, END)).toBe('Yes, I can hear you clearly. How can');
    expect(textUpTo(answer, 60_000, END)).toBe('Yes, I can hear you clearly. How can I help');
  });

  test('shares a stretch of audio among fragments that arrived together', () => {
    const together: readonly Fragment[] = [
      { text: 'one two ', at: 0 },
      { text: 'three four', at: 0 },
    ];
    expect(textUpTo(together, 500, 1_000)).toBe('one two');
    expect(textUpTo(together, 999, 1_000)).toBe('one two three');
    expect(textUpTo(together, 1_000, 1_000)).toBe('one two three four');
  });

  test('spreads words that came when all of the audio was there over the audio without words', () => {
    const late = [' It is', ' noon, and', ' the sun', ' shines.'].map((text) => ({ text, at: END }));
    expect(textUpTo(late, 36_000, END, 0)).toBe('It is noon, and');
    expect(textUpTo(late, END - 1, END, 0)).toBe('It is noon, and the sun shines');
    expect(textUpTo(late, END, END, 0)).toBe('It is noon, and the sun shines.');
    const half = [
      { text: 'It is noon, and ', at: 0 },
      { text: 'the sun shines.', at: END },
    ];
    expect(textUpTo(half, 60_000, END, 0)).toBe('It is noon, and the sun');
  });

  test('leaves words out whose audio has not come', () => {
    const early = [
      { text: 'Yes, I can hear ', at: 0 },
      { text: 'you clearly', at: 24_000 },
    ];
    expect(textUpTo(early, 20_000, 24_000, 0)).toBe('Yes, I can');
  });

  test('cuts languages without spaces between words too', () => {
    const japanese: readonly Fragment[] = [{ text: '今日はとても良い天気ですね', at: 0 }];
    const half = textUpTo(japanese, 500, 1_000);
    expect(half.length).toBeGreaterThan(0);
    expect(half.length).toBeLessThanOrEqual(7);
    expect(japanese[0]?.text.startsWith(half)).toBe(true);
  });

  test('takes a line break for the end of a word', () => {
    expect(textUpTo([{ text: 'first line\nsecond', at: 0 }], 800, 1_000)).toBe('first line');
  });

  test('never cuts a character in two', () => {
    const cut = textUpTo([{ text: '👍👍👍👍', at: 0 }], 400, 1_000);
    expect(cut).toBe('👍');
  });
});

describe('whatever was said and heard', () => {
  const fragments = fc
    .array(fc.record({ text: fc.lorem({ maxCount: 5 }).map((text) => `${text} `), at: fc.nat(100_000) }), {
      maxLength: 8,
    })
    .map((list) => list.sort((a, b) => a.at - b.at));

  test('the cut text is a beginning of the whole, ends with a word, and grows with what was heard', () => {
    fc.assert(
      fc.property(fragments, fc.nat(120_000), fc.nat(120_000), fc.nat(20_000), (list, a, b, more) => {
        const end = (list.at(-1)?.at ?? 0) + more;
        const whole = list.map(({ text }) => text).join('');
        const less = textUpTo(list, Math.min(a, b), end);
        const most = textUpTo(list, Math.max(a, b), end);
        expect(most.startsWith(less)).toBe(true);
        expect(whole.startsWith(most)).toBe(true);
        if (most !== '') expect(whole.slice(most.length)).not.toMatch(/^\w/);
      }),
    );
  });

  test('the cut text never passes what was released', () => {
    fc.assert(
      fc.property(fragments, fc.nat(120_000), (list, heard) => {
        const end = (list.at(-1)?.at ?? 0) + 24_000;
        expect(releasedText(list, heard).startsWith(textUpTo(list, heard, end))).toBe(true);
      }),
    );
  });
});
