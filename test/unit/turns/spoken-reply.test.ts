// Whether somebody has spoken after the model: what a spoken yes needs beside the model's report of it.
import { expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/session/port.js';
import { SpokenReply } from '../../../src/turns/spoken-reply.js';

const question: ModelEvent = { type: 'text', text: 'May I?' };
const activity: ModelEvent = { type: 'activity', phase: 'started' };
const transcript: ModelEvent = { type: 'input-transcript', text: 'yes', finished: true, interim: false };

/** `ana` and `ben` are sounds of their microphones. */
function heard(steps: readonly (ModelEvent | 'ana' | 'ben')[], isManual = false): SpokenReply {
  const reply = new SpokenReply(() => isManual);
  expect(reply.mark()).toBe(1);
  for (const step of steps) {
    if (typeof step === 'string') reply.spoke(step);
    else reply.follow(step);
  }
  return reply;
}

test.each([
  ['a reply to a question', [question, 'ana', activity]],
  ['on models that report no activity', [question, 'ana', transcript]],
  ['the service is slower than the microphone', [question, activity, 'ana']],
] as const)('%s counts', (_, steps) => {
  expect(heard(steps).isReply('ana', 1)).toBe(true);
});

test.each([
  ['silence', [question]],
  ['speech that was going on when the model called', ['ana', activity, question]],
  ['a sound that the service has not heard as speech', [question, 'ana']],
  ['somebody else', [question, 'ben', activity]],
  ['speech before any question', ['ana', activity, 'ana']],
  ['the late transcript of earlier speech, and a sound', [activity, question, 'ana', transcript]],
] as const)('%s does not', (_, steps) => {
  expect(heard(steps).isReply('ana', 1)).toBe(false);
});

test('where the agent opens and closes turns, the service reports no activity, and transcripts count', () => {
  expect(heard([activity, question, 'ana', transcript], true).isReply('ana', 1)).toBe(true);
});
