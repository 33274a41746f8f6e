// People on the phone in a call: keys reach the model and the room in order, and who calls stands in the report.
import { expect, test } from 'vitest';
import { phoneOf } from '../../../src/room/people.js';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

const SIP = {
  'sip.phoneNumber': '+493012345',
  'sip.trunkID': 'ST_1',
  'sip.trunkPhoneNumber': '+4930999',
  'sip.callID': 'SCL_1',
  'sip.callStatus': 'active',
};

function press(
  room: { emit: (event: { type: 'key'; identity: string; key: string }) => void },
  identity: string,
  keys: string,
) {
  for (const key of keys) room.emit({ type: 'key', identity, key });
}

function setUp(profile: object = {}) {
  const call = bridged(profile);
  call.room.join('sip-1', 'sip', { attributes: SIP });
  call.bridge.start();
  call.session.emit({ type: 'connection', state: 'open' });
  const keys = () => call.events().filter(({ type }) => type === 'dtmf');
  return { ...call, keys };
}

test('keys are collected until # or a pause, and reach the model and the room in order', async () => {
  using clock = fakeClock();
  const { room, session, bridge, keys } = setUp();
  press(room, 'sip-1', '12#4');
  await clock.settle();
  expect(session.texts).toEqual(['(Keys pressed on the phone: 12#)']);
  await clock.advance(1_999);
  press(room, 'sip-1', '5');
  await clock.advance(1_999);
  expect(session.texts).toHaveLength(1);
  await clock.advance(1);
  expect(session.texts[1]).toBe('(Keys pressed on the phone: 45)');
  await clock.settle();
  expect(keys()).toMatchObject([
    { participant: 'sip-1', digits: '12#', direction: 'in' },
    { participant: 'sip-1', digits: '45', direction: 'in' },
  ]);
  await bridge.close();
  expect(clock.timers).toBe(0);
});

test('a # alone, the number of a card, and keys while the agent greets reach the model as they were pressed', async () => {
  using clock = fakeClock();
  const { room, session, bridge } = setUp({ greeting: 'Say hello.' });
  press(room, 'sip-1', '#');
  press(room, 'sip-1', '4929123456789012345#');
  session.emit({ type: 'audio', chunk: { samples: new Int16Array(24_000), rate: 24_000 } });
  press(room, 'sip-1', '7#');
  await clock.settle();
  expect(session.texts.filter((text) => text.includes('Keys'))).toEqual([
    '(Keys pressed on the phone: #)',
    '(Keys pressed on the phone: 4929123456789012345#)',
    '(Keys pressed on the phone: 7#)',
  ]);
  await bridge.close();
});

test('the keys of two callers do not mix, and those of one who hangs up are not lost', async () => {
  using clock = fakeClock();
  const { room, bridge, keys } = setUp({ phone: { keysPauseMs: 500 } });
  room.join('sip-2', 'sip');
  press(room, 'sip-1', '1');
  press(room, 'sip-2', '2');
  press(room, 'sip-1', '3');
  room.leave('sip-2');
  await clock.advance(500);
  expect(keys()).toMatchObject([
    { participant: 'sip-2', digits: '2' },
    { participant: 'sip-1', digits: '13' },
  ]);
  await bridge.close();
});

test.each([
  ['phone.keysToModel is false', { phone: { keysToModel: false } }],
  ['the agent listens to somebody else', { listen: { policy: 'one', participant: 'ana' } }],
])('%s: an event, and nothing for the model', async (_, profile) => {
  using clock = fakeClock();
  const { room, session, bridge, keys } = setUp(profile);
  press(room, 'sip-1', '7#');
  await clock.settle();
  expect(session.texts).toEqual([]);
  expect(keys()).toHaveLength(1);
  await bridge.close();
});

test('keys without end become pieces, and a flood of them is no flood of texts', async () => {
  using clock = fakeClock();
  const { room, session, bridge, keys } = setUp();
  press(room, 'sip-1', '1'.repeat(64 * 20));
  await clock.settle();
  expect(keys()).toHaveLength(20);
  expect(session.texts).toHaveLength(5);
  await bridge.close();
});

test('number, trunk and call are known of callers alone', () => {
  const caller = { identity: 'sip-1', kind: 'sip', attributes: SIP } as const;
  expect(phoneOf(caller)).toEqual({
    number: '+493012345',
    trunk: 'ST_1',
    trunkNumber: '+4930999',
    call: 'SCL_1',
  });
  expect(phoneOf({ ...caller, attributes: { 'sip.callID': 'SCL_2' } })).toEqual({ call: 'SCL_2' });
  // A client may give itself any attribute.
  expect(phoneOf({ ...caller, kind: 'standard' })).toBeUndefined();
});

test('keys that a client sends in a loop are 20 events, and then five a second', async () => {
  using clock = fakeClock();
  const { room, bridge, keys } = setUp();
  press(room, 'sip-1', '#'.repeat(3_000));
  await clock.settle();
  expect(keys().length).toBe(20);
  const before = keys().length;
  await clock.advance(1_000);
  press(room, 'sip-1', '12#');
  await clock.settle();
  expect(keys().slice(before)).toMatchObject([{ digits: '12#' }]);
  await bridge.close();
});
