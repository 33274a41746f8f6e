// `idle` in a call: what the model is sent, what the room's attributes say, and how the call ends.
import { expect, test } from 'vitest';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

const IDLE = { afterMs: 5_000, say: '(Nobody has spoken for a while.)', times: 1, hangUpAfterMs: 7_000 };

test('a silent room is reminded, shown as away, and left', async () => {
  using clock = fakeClock();
  const { room, session, bridge, ends, events } = bridged({ idle: IDLE, leave: { deleteRoom: 'never' } });
  room.join('ana');
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  await clock.advance(4_999);
  expect(session.texts).toEqual([]);
  expect(room.attributes).not.toHaveProperty(['lk.user.state']);
  await clock.advance(1);
  expect(session.texts).toEqual([IDLE.say]);
  await clock.settle();
  expect(room.attributes).toMatchObject({ 'lk.agent.state': 'listening', 'lk.user.state': 'away' });
  const userStates = () =>
    room.sessionMessages.flatMap((message) =>
      'event' in message && message.event.kind === 'user-state' ? [message.event.now] : [],
    );
  expect(userStates()).toEqual(['away']);

  room.chat('ana', 'I am here.');
  await clock.settle();
  expect(room.attributes).toMatchObject({ 'lk.user.state': 'listening' });
  expect(userStates()).toEqual(['away', 'listening']);
  await clock.advance(30_000);
  expect(session.texts).toEqual([IDLE.say, 'I am here.', IDLE.say]);
  expect(ends).toEqual([{ reason: 'idle' }]);
  await bridge.close();
  expect(events().at(-1)).toMatchObject({ type: 'session', state: 'closed', reason: 'idle' });
});

test('without `idle` nothing is sent and no state of people is set', async () => {
  using clock = fakeClock();
  const { room, session, bridge, ends } = bridged();
  room.join('ana');
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  await clock.advance(3_600_000);
  expect(session.texts).toEqual([]);
  expect(ends).toEqual([]);
  expect(room.attributes).toEqual({ 'lk.agent.state': 'listening' });
  await bridge.close();
});
