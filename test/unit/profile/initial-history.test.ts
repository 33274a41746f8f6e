// A history that is too long: the newest of it goes in, and who dispatched the agent can read that in the log.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProfile } from '../../../src/bridge/checked-profile.js';
import { fitHistory } from '../../../src/profile/initial-history.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';

const RULES = { deployment: NO_TOOL_DEPLOYMENT, vertex: false };
const user = (text: string) => ({ role: 'user' as const, parts: [{ text }] });
const model = (text: string) => ({ role: 'model' as const, parts: [{ text }] });

test('what fits stays as it is', () => {
  const history = [model('Hello.'), user('Hi.')];
  expect(fitHistory(history, 100)).toBe(history);
  expect(fitHistory([], 100)).toEqual([]);
});

test('the oldest turns go first, and it begins with the user', () => {
  const history = [user('a'.repeat(60)), model('b'.repeat(40)), user('c'.repeat(30)), model('d'.repeat(20))];
  expect(fitHistory(history, 100)).toEqual(history.slice(2));
});

test('of a newest turn that is too long the end stays', () => {
  expect(fitHistory([user('old'), user(`${'a'.repeat(100)}end`)], 10)).toEqual([user('…aaaaaaaend')]);
});

test('what is no text has a size, too', () => {
  const picture = {
    role: 'user' as const,
    parts: [{ inlineData: { mimeType: 'image/png', data: 'A'.repeat(200) } }],
  };
  expect(fitHistory([picture, user('What is it?')], 100)).toEqual([user('What is it?')]);
});

test('whatever is kept is the end of what there was, within a quarter of the context', () => {
  const turn = fc.record({
    role: fc.constantFrom('user' as const, 'model' as const),
    parts: fc.array(fc.record({ text: fc.string({ maxLength: 50 }) }), { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), fc.integer({ min: 60, max: 400 }), (history, tokens) => {
      const kept = fitHistory(history, tokens);
      const length = kept.flatMap(({ parts }) => parts).reduce((sum, { text = '' }) => sum + text.length, 0);
      expect(length).toBeLessThanOrEqual(tokens + 1);
      expect(kept.length > 0 || history.length === 0).toBe(true);
      if (kept.length > 1) expect(kept).toEqual(history.slice(-kept.length));
    }),
  );
});

test('a profile with a long history is taken, with a warning', () => {
  const history = [user('old '.repeat(20_000)), user('My name is Ana.')];
  const metadata = JSON.stringify({ model: 'gemini-live-2.5-flash-preview', history });
  const read = readProfile(metadata, undefined, RULES);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  expect(read.profile.history).toEqual([user('My name is Ana.')]);
  expect(read.warnings).toContainEqual(expect.stringMatching(/^history is too long.*1 of 2 turns/));
});
