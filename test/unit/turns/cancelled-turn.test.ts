import { expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/session/port.js';
import { CancelledTurn } from '../../../src/turns/cancelled-turn.js';

const audio: ModelEvent = { type: 'audio', chunk: { samples: new Int16Array(10), rate: 24_000 } };
const heard: ModelEvent = { type: 'input-transcript', text: 'delete it', finished: false, interim: false };
const complete: ModelEvent = { type: 'turn-complete' };

function setUp() {
  let nowMs = 0;
  const turn = new CancelledTurn(() => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { turn, pass };
}

test('nothing is hidden of a conversation in which nothing was taken back', () => {
  const { turn } = setUp();
  for (const event of [audio, heard, complete]) expect(turn.hides(event)).toBe(false);
});

test('the answer to words that were taken back is hidden to its end, and no further', () => {
  const { turn, pass } = setUp();
  turn.cancel();
  expect(turn.hides(heard)).toBe(true);
  expect(turn.hides(audio)).toBe(true);
  pass(60_000);
  expect(turn.hides({ type: 'tool-calls', calls: [] })).toBe(true);
  expect(turn.hides(audio)).toBe(true);
  expect(turn.hides({ type: 'usage' } as ModelEvent)).toBe(false);
  expect(turn.hides({ type: 'interrupted' })).toBe(false);
  expect(turn.hides(complete)).toBe(true);
  expect(turn.hides(audio)).toBe(false);
});

test('what is asked next is answered aloud, even if the other answer never came', () => {
  const { turn } = setUp();
  turn.cancel();
  turn.asked();
  expect(turn.hides(audio)).toBe(false);
});

test('a model that says nothing to it is not waited for', () => {
  const { turn, pass } = setUp();
  turn.cancel();
  pass(10_001);
  expect(turn.hides(audio)).toBe(false);
});

test('with the connection the answer is gone', () => {
  const { turn } = setUp();
  turn.cancel();
  turn.hides(audio);
  expect(turn.hides({ type: 'connection', state: 'rotating' })).toBe(false);
  expect(turn.hides(audio)).toBe(false);
});
