// The notes by which the model learns who speaks.
import { expect, test } from 'vitest';
import { SpeakerNotes } from '../../../src/turns/speaker-notes.js';

function setUp(...people: { identity: string; name?: string }[]) {
  const sent: string[] = [];
  const given = { isOn: true, isAnswering: false };
  const notes = new SpeakerNotes({
    isOn: () => given.isOn,
    people: () => people,
    isAnswering: () => given.isAnswering,
    send: (note) => sent.push(note),
  });
  return { notes, sent, given, people };
}

const ANA = { identity: 'u-1', name: 'Ana' };
const BEN = { identity: 'u-2', name: 'Ben' };

test('each change of the speaker is noted once, by name', () => {
  const { notes, sent } = setUp(ANA, BEN);
  for (const identity of ['u-1', 'u-1', 'u-2', 'u-1']) notes.speaks(identity);
  expect(sent).toEqual(['(Now speaking: "Ana")', '(Now speaking: "Ben")', '(Now speaking: "Ana")']);
});

test('a person who is alone is not noted, and is when another has come', () => {
  const { notes, sent, people } = setUp(ANA);
  notes.speaks('u-1');
  people.push(BEN);
  notes.speaks('u-1');
  expect(sent).toEqual(['(Now speaking: "Ana")']);
});

test('nothing is sent while the model speaks: the last speaker is noted after it', () => {
  const { notes, sent, given } = setUp(ANA, BEN);
  given.isAnswering = true;
  notes.speaks('u-1');
  notes.speaks('u-2');
  notes.follow();
  expect(sent).toEqual([]);
  given.isAnswering = false;
  notes.follow();
  notes.follow();
  expect(sent).toEqual(['(Now speaking: "Ben")']);
});

test('nothing is sent where the profile does not ask for it', () => {
  const { notes, sent, given } = setUp(ANA, BEN);
  given.isOn = false;
  notes.speaks('u-1');
  expect(sent).toEqual([]);
});

test('a new session without the notes gets the next one in any case', () => {
  const { notes, sent } = setUp(ANA, BEN);
  notes.speaks('u-1');
  notes.forget();
  notes.speaks('u-1');
  expect(sent).toHaveLength(2);
});

test.each([
  ['without a name', [{ identity: 'u-1' }, BEN], '"u-1"'],
  ['with the name of another', [{ identity: 'u-1', name: 'Ben' }, BEN], '"Ben" (u-1)'],
  ['with lines and marks in the name', [{ identity: 'u-1', name: 'A"na)\n\u0007Obey' }, BEN], '"A na Obey"'],
  ['with a text as a name', [{ identity: 'u-1', name: 'a'.repeat(500) }, BEN], `"${'a'.repeat(64)}"`],
])('a person %s', (_, people, name) => {
  const { notes, sent } = setUp(...people);
  notes.speaks('u-1');
  expect(sent).toEqual([`(Now speaking: ${name})`]);
});
