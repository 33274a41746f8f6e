// The cause of a turn, as a tool learns it: never somebody else's way of asking, and null where it is not known.
import { expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/session/port.js';
import { TurnCause } from '../../../src/turns/turn-cause.js';

const sound: ModelEvent = { type: 'audio', chunk: { samples: new Int16Array(480), rate: 24_000 } };
const call: ModelEvent = { type: 'tool-calls', calls: [{ id: 'c1', name: 'light', args: {} }] };
const words: ModelEvent = { type: 'input-transcript', text: 'Yes.', finished: false, interim: false };
const begins: ModelEvent = { type: 'activity', phase: 'started' };
const done: ModelEvent = { type: 'turn-complete' };

type Step = ModelEvent | 'chat' | 'say' | 'keys' | 'sound of a microphone';

const told = (...steps: readonly Step[]): string | null => {
  const cause = new TurnCause();
  for (const step of steps) {
    if (typeof step === 'object') cause.follow(step);
    else if (step === 'sound of a microphone') cause.spoke();
    else cause.caused(step);
  }
  return cause.current;
};

test.each<[string, readonly Step[], string | null]>([
  ['a message', ['chat', call], 'chat'],
  ['speech', [begins, words, call], 'voice'],
  ['a message after an answer to speech', [words, sound, done, 'chat', call], 'chat'],
  ['speech after an answer to a message', ['chat', sound, done, words, call], 'voice'],
  ['speech whose words come later', ['chat', sound, done, 'sound of a microphone', call], 'voice'],
  ['a message beside a microphone that is not silent', ['sound of a microphone', 'chat', call], 'chat'],
  ['nothing that anybody did since the last answer', ['chat', sound, done, sound, call], null],
  ['a greeting', [sound, call], null],
  ['a message while somebody speaks', [words, 'chat', call], null],
  ['a message during the answer to speech', [words, sound, 'chat', call], null],
  ['speech during the answer to a message', ['chat', sound, words, call], null],
  ['speech during an answer that calls a second time', ['chat', call, begins, call], null],
  [
    'a message after speech that has interrupted an answer',
    [words, sound, { type: 'interrupted' }, 'chat', call],
    'chat',
  ],
  ['a message after an answer in text', ['say', { type: 'text', text: 'Yes.' }, done, 'chat', call], 'chat'],
  [
    'a message after an answer during which the words of its question came, where speech is reported',
    [begins, sound, words, done, 'chat', call],
    'chat',
  ],
])('a call that is caused by %s', (_what, steps, by) => {
  expect(told(...steps)).toBe(by);
});
