// Beginnings and ends of a bridge: nothing happens before start(), and a start that fails leaves nothing behind.
import { describe, expect, test } from 'vitest';
import type { RoomPort } from '../../../src/room/port.js';
import { type Bridged, bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

/** Everything by which a lane takes hold of a room. */
const HOLDS = [
  'onEvent',
  'onRpc',
  'select',
  'admitStreams',
  'listen',
  'watch',
  'participants',
  'tracks',
  'videos',
] as const;

/** Throws at the so-manieth time that a lane takes hold of it. */
function roomThatThrowsAt(nth: number): { readonly room: FakeRoom; readonly calls: () => number } {
  let calls = 0;
  const room = new FakeRoom();
  room.join('ana');
  room.publish('ana');
  room.publish('ana', { source: 'camera' });
  for (const method of HOLDS) {
    const original = room[method].bind(room) as (...args: unknown[]) => unknown;
    const counted = (...args: unknown[]): unknown => {
      calls += 1;
      if (calls === nth) throw new Error(`${method} fails`);
      return original(...args);
    };
    Object.defineProperty(room, method, { value: counted as RoomPort[typeof method] });
  }
  return { room, calls: () => calls };
}

const NO_TOKENS = {
  response: 0,
  thoughts: 0,
  toolPrompt: 0,
  cached: 0,
  promptByModality: {},
  responseByModality: {},
};

const PROFILES = {
  'open microphones': { leave: { maxDurationMs: 60_000 }, greeting: 'Hello.' },
  'push-to-talk': { listen: { policy: 'push-to-talk' }, leave: { maxDurationMs: 60_000 } },
};

describe.each(Object.entries(PROFILES))('a bridge with %s', (_name, profile) => {
  test('takes hold of nothing before start()', async () => {
    using clock = fakeClock();
    const { room, calls } = roomThatThrowsAt(Number.POSITIVE_INFINITY);
    const { session, bridge } = bridged(profile, room);
    expect(calls()).toBe(0);
    expect(clock.timers).toBe(0);
    expect(session.state).toBe('new');
    await bridge.close();
  });

  test('leaks neither a listener nor a timer nor the session, whatever throws in start()', async () => {
    const { room: sound, calls } = roomThatThrowsAt(Number.POSITIVE_INFINITY);
    {
      using _clock = fakeClock();
      const { bridge } = bridged(profile, sound);
      bridge.start();
      await bridge.close();
    }
    const holds = calls();
    expect(holds).toBeGreaterThan(15);
    for (let nth = 1; nth <= holds; nth += 1) {
      using clock = fakeClock();
      const { room } = roomThatThrowsAt(nth);
      const { session, bridge } = bridged(profile, room);
      try {
        bridge.start();
      } catch (error) {
        expect(String(error)).toMatch(/ fails$/);
      }
      const closing = bridge.close();
      await clock.advance(10_000);
      await closing;
      expect([nth, room.listenerCount, room.methods, room.listenedTo, [...room.watched]]).toEqual([
        nth,
        0,
        [],
        [],
        [],
      ]);
      expect([nth, session.state, clock.timers]).toEqual([nth, 'closed', 0]);
    }
  });

  test('begins nothing after close()', async () => {
    using clock = fakeClock();
    const { room, calls } = roomThatThrowsAt(Number.POSITIVE_INFINITY);
    const { session, bridge, ends } = bridged(profile, room);
    await bridge.close();
    bridge.start();
    expect([calls(), room.listenerCount, room.methods, clock.timers]).toEqual([0, 0, [], 0]);
    expect([session.state, ends]).toEqual(['closed', [{ reason: 'closed' }]]);
  });

  test('leaks nothing when the session cannot start', async () => {
    using clock = fakeClock();
    const { room, session, bridge } = bridged(profile);
    session.failsToStart = true;
    expect(() => bridge.start()).toThrow('cannot start');
    await bridge.close();
    expect([room.listenerCount, room.methods, session.state, clock.timers]).toEqual([0, [], 'closed', 0]);
  });
});

test.each([
  ['of its own', (_: Bridged) => {}, 'max-tokens'],
  ['of the worker', ({ bridge }: Bridged) => bridge.limit('hour-limit'), 'hour-limit'],
])('a limit %s warns before, and ends the call with its reason', async (_whose, end, reason) => {
  using clock = fakeClock();
  const rig = bridged({ leave: { maxTokens: 100 } });
  const { room, session, bridge, ends, events } = rig;
  const uses = (total: number): void =>
    session.emit({
      type: 'usage',
      usage: { ...NO_TOKENS, prompt: total, total },
    });
  room.join('ana');
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  uses(60);
  uses(35);
  await clock.settle();
  expect(events()).toContainEqual(
    expect.objectContaining({ type: 'session', state: 'open', reason: 'max-tokens', leftTokens: 5 }),
  );
  expect(ends).toEqual([]);
  end(rig);
  uses(5);
  expect(ends).toEqual([{ reason }]);
  await bridge.close();
  expect(events().at(-1)).toMatchObject({ type: 'session', state: 'closed', reason });
});

test('the last session event has the reason for which the call ended', async () => {
  using clock = fakeClock();
  const { room, session, bridge, ends, events } = bridged({ leave: { maxDurationMs: 10_000 } });
  room.join('ana');
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  await clock.advance(5_000);
  expect(events().at(-1)).toMatchObject({
    type: 'session',
    state: 'open',
    reason: 'max-duration',
    leftMs: 5_000,
  });
  await clock.advance(5_000);
  expect(ends).toEqual([{ reason: 'max-duration' }]);
  await bridge.close();
  expect(events().at(-1)).toMatchObject({ type: 'session', state: 'closed', reason: 'max-duration' });
});
