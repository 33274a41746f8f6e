// A call's state on its way between workers: whole at the other end, and of no use to anybody else.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type CarriedCall, carried, isSealed, open, seal } from '../../../agent/worker/sealed-state.js';

const KEY = randomBytes(32);
const NOW_MS = 1_800_000_000_000;
const CALL = {
  state: { v: 1, epoch: 3, seq: 7, turn: 2, handle: 'secret-handle' },
  dispatchId: 'AD_1',
  metadata: '{"voice":"Puck"}',
  sealedAtMs: NOW_MS,
} as unknown as CarriedCall;

test('what is sealed is opened whole, and shows nothing of itself meanwhile', () => {
  const sealed = seal(CALL, 'room', KEY);
  expect(isSealed(sealed)).toBe(true);
  expect(Buffer.from(sealed.slice(5), 'base64url').toString('latin1')).not.toContain('secret-handle');
  expect(open(sealed, 'room', KEY, NOW_MS)).toEqual(CALL);
});

test('a profile is no sealed state', () => {
  expect(isSealed('{"voice":"Puck"}')).toBe(false);
  expect(carried('{"voice":"Puck"}', 'room', KEY)).toEqual({});
});

test.each([
  [
    'another key',
    () => open(seal(CALL, 'room', KEY), 'room', randomBytes(32), NOW_MS),
    'another AGENT_STATE_KEY',
  ],
  ['another room', () => open(seal(CALL, 'room', KEY), 'other', KEY, NOW_MS), 'for another room'],
  [
    'a changed text',
    () => open(`${seal(CALL, 'room', KEY).slice(0, -4)}AAAA`, 'room', KEY, NOW_MS),
    'sealed with',
  ],
  ['a cut text', () => open('gra1.AAAA', 'room', KEY, NOW_MS), 'no sealed state'],
  ['an old text', () => open(seal(CALL, 'room', KEY), 'room', KEY, NOW_MS + 8_000_000), 'two hours old'],
  ['no key', () => carried(seal(CALL, 'room', KEY), 'room', undefined), 'AGENT_STATE_KEY is not set'],
])('%s opens nothing, and the error says why', (_name, attempt, words) => {
  expect(attempt).toThrow(words);
});
