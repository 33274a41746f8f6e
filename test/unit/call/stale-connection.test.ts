// A connection that is open again and carries nothing: the server lists what the agent neither sees nor has published.
import { describe, expect, test } from 'vitest';
import type { ListedParticipant } from '../../../src/call/room-end.js';
import { watchForStaleConnection } from '../../../src/call/stale-connection.js';
import type { Participant, RoomEvent } from '../../../src/room/port.js';
import { fakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/supervised.js';

const ANA: Participant = { identity: 'ana', kind: 'standard' };
const AGENT: ListedParticipant = { identity: 'agent-gemini', isPerson: false, tracks: 1 };
const person = (identity: string): ListedParticipant => ({ identity, isPerson: true, tracks: 1 });

/** A room whose server lists `listed`, while the agent sees `seen`. */
function watchedRoom(modality: 'audio' | 'text' = 'audio') {
  const listeners = new Set<(event: RoomEvent) => void>();
  const emit = (event: RoomEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const room = {
    identity: AGENT.identity,
    seen: [] as Participant[],
    listed: [AGENT] as ListedParticipant[],
    asked: 0,
    abandoned: 0,
    failing: false,
    participants: () => room.seen,
    onEvent: (listener: (event: RoomEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    abandon: () => {
      room.abandoned += 1;
    },
    reconnecting: () => emit({ type: 'connection', state: 'reconnecting' }),
    reconnected: () => emit({ type: 'connection', state: 'reconnected' }),
  };
  const service = {
    deleteRoom: async () => {},
    removeParticipant: async () => {},
    participants: async () => {
      room.asked += 1;
      if (room.failing) throw new Error('no server');
      return room.listed;
    },
  };
  const end = watchForStaleConnection({ room, service, profile: { modality }, log: quietLog });
  return Object.assign(room, { end });
}

describe('after a reconnection the connection is abandoned, once, where', () => {
  test('somebody is listed and not seen', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.listed = [AGENT, person('ana')];
    room.reconnected();
    await clock.advance(7_900);
    expect(room.abandoned).toBe(0);
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([1, 0]);
  });

  test('somebody is seen, and another one never', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.seen = [ANA];
    room.listed = [AGENT, person('ana'), person('ben')];
    room.reconnected();
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([1, 0]);
  });

  test('somebody joins later, while the agent is alone', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.reconnected();
    await clock.advance(120_000);
    room.listed = [AGENT, person('ana')];
    await clock.advance(45_000);
    expect([room.abandoned, clock.timers]).toEqual([1, 0]);
  });

  test('everybody is seen, and its voice is not published', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.seen = [ANA];
    room.listed = [{ ...AGENT, tracks: 0 }, person('ana')];
    room.reconnected();
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([1, 0]);
  });

  test('the server could not be asked for a while', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.failing = true;
    room.listed = [AGENT, person('ana')];
    room.reconnected();
    await clock.advance(10_000);
    room.failing = false;
    await clock.advance(10_000);
    expect(room.abandoned).toBe(1);
  });
});

describe('it is kept', () => {
  test('where the server and the room agree, which is asked once', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.seen = [ANA];
    room.listed = [AGENT, person('ana')];
    room.reconnected();
    await clock.advance(60_000);
    expect([room.asked, room.abandoned, clock.timers]).toEqual([1, 0, 0]);
  });

  test('where the agent is alone, which is asked at most every 3 s, and later every 15 s', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.reconnected();
    await clock.advance(30_000);
    expect(room.asked).toBe(10);
    await clock.advance(60_000);
    expect([room.asked, room.abandoned]).toEqual([14, 0]);
    room.end();
    expect(clock.timers).toBe(0);
  });

  test('where somebody is seen a moment after the server has listed them', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.listed = [AGENT, person('ana')];
    room.reconnected();
    await clock.advance(5_500);
    room.seen = [ANA];
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([0, 0]);
  });

  test('where its voice is published a moment later', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.seen = [ANA];
    room.listed = [{ ...AGENT, tracks: 0 }, person('ana')];
    room.reconnected();
    await clock.advance(5_500);
    room.listed = [AGENT, person('ana')];
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([0, 0]);
  });

  test('where it publishes no voice', async () => {
    using clock = fakeClock();
    const room = watchedRoom('text');
    room.seen = [ANA];
    room.listed = [{ ...AGENT, tracks: 0 }, person('ana')];
    room.reconnected();
    await clock.advance(60_000);
    expect(room.abandoned).toBe(0);
  });

  test('where people come and go, each listed for a moment', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.reconnected();
    for (let index = 0; index < 5; index += 1) {
      room.listed = [AGENT, person(`guest-${index}`)];
      await clock.advance(3_000);
    }
    expect(room.abandoned).toBe(0);
    room.end();
  });

  test('where agents and recorders are listed and not seen', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.seen = [ANA];
    room.listed = [AGENT, person('ana'), { identity: 'EG_1', isPerson: false, tracks: 0 }];
    room.reconnected();
    await clock.advance(60_000);
    expect(room.abandoned).toBe(0);
  });

  test('where the connection is lost again before it is known', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.listed = [AGENT, person('ana')];
    room.reconnected();
    await clock.advance(5_500);
    room.reconnecting();
    await clock.advance(60_000);
    expect([room.abandoned, clock.timers]).toEqual([0, 0]);
  });

  test('before any reconnection, and after the end', async () => {
    using clock = fakeClock();
    const room = watchedRoom();
    room.listed = [AGENT, person('ana')];
    await clock.advance(60_000);
    room.end();
    room.reconnected();
    await clock.advance(60_000);
    expect([room.asked, room.abandoned, clock.timers]).toEqual([0, 0, 0]);
  });
});
