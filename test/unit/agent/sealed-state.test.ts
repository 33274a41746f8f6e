// A call's state on its way between workers: whole at the other end, and of no use to anybody else.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sealForDispatch } from '../../../agent/worker/hand-over.js';
import { carried, isSealed, openCall, type SealedCall, seal } from '../../../agent/worker/sealed-state.js';
import { CallRecord, NO_INPUTS } from '../../../src/index.js';

const KEY = randomBytes(32);
const NOW_MS = 1_800_000_000_000;
const CALL = {
  state: { v: 1, epoch: 3, seq: 7, turn: 2, handle: 'secret-handle' },
  record: new CallRecord().state,
  inputs: NO_INPUTS,
  dispatchId: 'AD_1',
  metadata: '{"voice":"Puck"}',
  sealedAtMs: NOW_MS,
} as unknown as SealedCall;

test('what is sealed is opened whole, and shows nothing of itself meanwhile', () => {
  const sealed = seal(CALL, 'room', KEY);
  expect(isSealed(sealed)).toBe(true);
  expect(Buffer.from(sealed.slice(5), 'base64url').toString('latin1')).not.toContain('secret-handle');
  expect(openCall(sealed, 'room', KEY, NOW_MS)).toEqual(CALL);
});

test('the record of the call goes with it, and knows whether the call was given away or lost', () => {
  const record = new CallRecord();
  record.add({ type: 'user', at: NOW_MS, text: 'How are you?' });
  const taken = (isLost: boolean) => {
    const call = {
      ...CALL,
      record: record.state,
      sealedAtMs: Date.now(),
      ...(isLost ? { isLost } : {}),
    } as SealedCall;
    return carried(sealForDispatch(call, 'room', KEY), 'room', KEY).carried?.record;
  };
  expect(taken(false)).toMatchObject({ asked: { texts: ['How are you?'] }, movePlanned: true });
  expect(taken(true)).toMatchObject({ asked: { texts: ['How are you?'] }, movePlanned: false });
});

test('a call that has not begun brings its dispatch and its profile, and nothing to go on with', () => {
  const { dispatchId, metadata } = CALL;
  const sealed = sealForDispatch({ dispatchId, metadata, isLost: true, sealedAtMs: Date.now() }, 'room', KEY);
  expect(isSealed(sealed)).toBe(true);
  expect(carried(sealed, 'room', KEY)).toEqual({ taken: 'lost', dispatchId, metadata });
  const { record: _, ...half } = CALL;
  expect(() => carried(seal(half, 'room', KEY), 'room', KEY)).toThrow('not complete');
});

test('a record that no dispatch can carry is cut to its newest turns', () => {
  const record = new CallRecord();
  for (let turn = 1; turn <= 2_000; turn += 1) {
    record.add({ type: 'user', at: NOW_MS, text: randomBytes(300).toString('base64') });
    record.add({ type: 'event', at: NOW_MS, event: { type: 'turn', turn, phase: 'completed' } });
  }
  const sealed = sealForDispatch({ ...CALL, record: record.state, sealedAtMs: Date.now() }, 'room', KEY);
  expect(sealed.length).toBeLessThan(512 * 1024);
  const carriedRecord = carried(sealed, 'room', KEY).carried?.record;
  expect(carriedRecord?.turns.at(-1)?.id).toBe(2_000);
  expect(carriedRecord?.turnsLeftOut).toBe(2_000 - (carriedRecord?.turns.length ?? 0));
});

test('a profile is no sealed state', () => {
  expect(isSealed('{"voice":"Puck"}')).toBe(false);
  expect(carried('{"voice":"Puck"}', 'room', KEY)).toEqual({});
});

test.each([
  [
    'another key',
    () => openCall(seal(CALL, 'room', KEY), 'room', randomBytes(32), NOW_MS),
    'another AGENT_STATE_KEY',
  ],
  ['another room', () => openCall(seal(CALL, 'room', KEY), 'other', KEY, NOW_MS), 'for another room'],
  [
    'a changed text',
    () => openCall(`${seal(CALL, 'room', KEY).slice(0, -4)}AAAA`, 'room', KEY, NOW_MS),
    'sealed with',
  ],
  ['a cut text', () => openCall('gra1.AAAA', 'room', KEY, NOW_MS), 'no sealed state'],
  ['an old text', () => openCall(seal(CALL, 'room', KEY), 'room', KEY, NOW_MS + 8_000_000), 'two hours old'],
  ['no key', () => carried(seal(CALL, 'room', KEY), 'room', undefined), 'AGENT_STATE_KEY is not set'],
])('%s opens nothing, and the error says why', (_name, attempt, words) => {
  expect(attempt).toThrow(words);
});
