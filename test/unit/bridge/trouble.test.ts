// People who join while the service cannot be reached: each gets the state of the session at once.
import { expect, test } from 'vitest';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

const LOST = { type: 'connection', state: 'rotating', reason: '1006' } as const;
const REFUSED = { type: 'error', code: '503', message: 'unavailable', fatal: false } as const;

test('a person sees the state with its reason, and the error if there is one; an agent and a recorder get nothing', async () => {
  using clock = fakeClock();
  const { room, session, bridge, events } = bridged();
  room.join('ana');
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  await clock.advance(100);
  const joined = async (identity: string, kind: 'standard' | 'agent' | 'egress' = 'standard') => {
    const before = events().length;
    room.join(identity, kind);
    await clock.advance(2_000);
    return events().slice(before);
  };
  expect(await joined('early')).toEqual([]);
  session.emit(LOST);
  await clock.advance(100);
  expect(await joined('bea')).toMatchObject([{ type: 'session', state: 'rotating', reason: '1006' }]);
  session.emit(REFUSED);
  await clock.advance(100);
  expect(await joined('cleo')).toMatchObject([
    { type: 'error', code: '503' },
    { type: 'session', state: 'rotating', reason: '1006' },
  ]);
  expect(await joined('other-agent', 'agent')).toEqual([]);
  expect(await joined('recorder', 'egress')).toEqual([]);
  session.emit({ type: 'connection', state: 'open', restored: 'resumed' });
  await clock.advance(100);
  expect(await joined('dora')).toEqual([]);
  await bridge.close();
});
