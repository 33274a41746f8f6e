// The history of a rebuilt session: what is sent again as speech is heard there, not read.
import { expect, test } from 'vitest';
import { Ledger } from '../../../src/turns/ledger.js';

function given(...captions: string[]): Ledger {
  const ledger = new Ledger();
  for (const [index, text] of captions.entries()) ledger.user(text, index + 1);
  return ledger;
}

const read = (ledger: Ledger, replayed: string): readonly unknown[] =>
  ledger.contents([], replayed).flatMap(({ parts }) => parts.map(({ text }) => text));

test('speech that is sent again is left out, with all of its captions', () => {
  expect(read(given('Hello.', 'Go forward', 'ten meters.'), ' Go forward ten meters.')).toEqual(['Hello.']);
});

test('of a caption with two utterances only the one that is sent again is left out', () => {
  expect(read(given('Hello. Go forward.'), ' Go forward.')).toEqual(['Hello.']);
});

test('also when only its first word is final', () => {
  expect(read(given('Hello. Go'), ' Go forward ten meters.')).toEqual(['Hello.']);
});

test('also when the caption of its end is not final yet', () => {
  expect(read(given('Hello. Go forw'), ' Go forward.')).toEqual(['Hello.']);
});

test('a letter in common is chance', () => {
  expect(read(given('I will go'), ' on and on.')).toEqual(['I will go']);
});

test('words that come after an answer was added complete it', () => {
  const ledger = new Ledger();
  ledger.reserve(1);
  ledger.agent('It is', false, 1);
  ledger.user('And tomorrow?');
  ledger.completed(1, 'It is noon.');
  expect(ledger.contents().map(({ parts }) => parts[0]?.text)).toEqual(['It is noon.', 'And tomorrow?']);
});

test('a text that was not sent, or is sent again, is not in the summary of dropped turns either', () => {
  const ledger = new Ledger(100);
  ledger.user('never sent');
  ledger.user('sent again');
  ledger.user('sent');
  ledger.agent('x'.repeat(200), false);
  ledger.user('y'.repeat(200));
  expect(JSON.stringify(ledger.contents())).toMatch(/never sent.*sent again.*user: sent/);
  ledger.unsent('never sent');
  const again = JSON.stringify(ledger.contents(['sent again']));
  expect(again).toContain('user: sent');
  expect(again).not.toMatch(/never sent|sent again|older turns/);
});
