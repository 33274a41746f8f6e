// Function calls in a history as text: each with its own answer, in every order that the service's rules allow.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProfile } from '../../../src/bridge/checked-profile.js';
import { CAPABILITY_TABLE } from '../../../src/capabilities/table.js';
import { historyInWords } from '../../../src/profile/history-words.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';

const call = (name: string, args: object, id?: string) => ({
  functionCall: { name, args: { ...args }, ...(id === undefined ? {} : { id }) },
});
const answer = (name: string, response: object, id?: string) => ({
  functionResponse: { name, response: { ...response }, ...(id === undefined ? {} : { id }) },
});

test('a history without calls stays as it is', () => {
  const history = [{ role: 'user' as const, parts: [{ text: 'Hi.' }] }];
  expect(historyInWords(history)).toBe(history);
});

test('calls are written with their answers, and nothing else of the turns is lost', () => {
  const history = [
    { role: 'user' as const, parts: [{ text: 'And in Paris?' }] },
    { role: 'model' as const, parts: [{ text: 'I look.' }, call('weather', { city: 'Paris' })] },
    { role: 'user' as const, parts: [answer('weather', { degrees: 21 })] },
    { role: 'model' as const, parts: [{ text: '21 degrees.' }] },
    { role: 'user' as const, parts: [{ text: 'Thanks.' }] },
  ];
  expect(historyInWords(history)).toEqual([
    history[0],
    {
      role: 'model',
      parts: [
        { text: 'I look.' },
        { text: '(I called weather({"city":"Paris"}) and got {"degrees":21}.)' },
        { text: '21 degrees.' },
      ],
    },
    history[4],
  ]);
});

test('several calls of one function have their own answers, by id where there are ids', () => {
  const history = [
    { role: 'model' as const, parts: [call('f', { n: 1 }, 'a'), call('f', { n: 2 }, 'b')] },
    { role: 'user' as const, parts: [answer('f', { of: 2 }, 'b'), answer('f', { of: 1 }, 'a')] },
    { role: 'model' as const, parts: [call('f', { n: 3 }), call('f', { n: 4 })] },
    { role: 'user' as const, parts: [answer('f', { of: 3 }), answer('f', { of: 4 }), { text: 'And?' }] },
  ];
  expect(historyInWords(history)).toEqual([
    {
      role: 'model',
      parts: [1, 2, 3, 4].map((n) => ({ text: `(I called f({"n":${n}}) and got {"of":${n}}.)` })),
    },
    { role: 'user', parts: [{ text: 'And?' }] },
  ]);
});

test('no call is left for any model, and none is written twice', () => {
  const exchange = fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...CAPABILITY_TABLE.keys()), exchange, (model, numbers) => {
      const history = [
        { role: 'user', parts: [{ text: 'Go.' }] },
        { role: 'model', parts: numbers.map((n) => call('f', { n })) },
        { role: 'user', parts: numbers.map((n) => answer('f', { of: n })) },
      ];
      const metadata = JSON.stringify({ model, history });
      const read = readProfile(metadata, undefined, { deployment: NO_TOOL_DEPLOYMENT, vertex: false });
      // Models that take no history refuse it by path.
      if (!read.ok) {
        expect(read.problems.map(({ path }) => path)).toContain('history');
        return;
      }
      const text = JSON.stringify(read.profile.history);
      expect(text).not.toMatch(/functionCall|functionResponse/);
      for (const n of numbers) expect(text.split(`\\"n\\":${n}}`)).toHaveLength(2);
    }),
  );
});
