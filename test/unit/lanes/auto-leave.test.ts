// When a call is over: nobody is left, or a limit is reached.
import { describe, expect, test } from 'vitest';
import {
  AutoLeave,
  type AutoLeaveOptions,
  type CallLimit,
  type LimitLeft,
} from '../../../src/lanes/auto-leave.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

interface Tokens extends Pick<AutoLeaveOptions, 'usedTokens'> {
  readonly maxTokens?: number;
}

class Rig {
  readonly room = new FakeRoom();
  readonly left: string[] = [];
  readonly occupied: boolean[] = [];
  readonly warnings: (number | undefined)[] = [];
  readonly near: [CallLimit, LimitLeft][] = [];

  attach(maxDurationMs?: number, ranMs?: number, tokens: Tokens = {}): AutoLeave {
    const { maxTokens, usedTokens } = tokens;
    const lane = new AutoLeave({
      room: this.room,
      limits: {
        whenAloneMs: 20_000,
        ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      },
      ...(usedTokens === undefined ? {} : { usedTokens }),
      ...(ranMs === undefined ? {} : { ranMs }),
      leave: (reason) => this.left.push(reason),
      onOccupied: (occupied) => this.occupied.push(occupied),
      onLimitNear: (limit, left) => {
        this.warnings.push(left.leftMs);
        this.near.push([limit, left]);
      },
    });
    lane.start();
    return lane;
  }
}

describe('alone', () => {
  test('the agent leaves after its time, once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    await clock.advance(19_999);
    expect(rig.left).toEqual([]);
    await clock.advance(1);
    expect(rig.left).toEqual(['alone']);
    await clock.advance(60_000);
    expect(rig.left).toEqual(['alone']);
  });

  test('it stays when somebody comes in time, and counts anew when they have gone', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    await clock.advance(19_000);
    rig.room.join('ana');
    await clock.advance(100_000);
    expect(rig.left).toEqual([]);
    rig.room.leave('ana');
    await clock.advance(19_999);
    expect(rig.left).toEqual([]);
    await clock.advance(1);
    expect(rig.left).toEqual(['alone']);
    expect(rig.occupied).toEqual([false, true, false]);
  });

  test('it does not put its leaving off for agents, recorders and hidden participants', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    await clock.advance(10_000);
    rig.room.join('another agent', 'agent');
    rig.room.join('the recorder', 'egress');
    rig.room.join('a supervisor', 'standard', { hidden: true });
    await clock.advance(10_000);
    expect(rig.left).toEqual(['alone']);
    await clock.advance(60_000);
    expect(rig.left).toEqual(['alone']);
    expect(rig.occupied).not.toContain(true);
  });

  test.each(['standard', 'sip', 'ingress'] as const)(
    'it is not with a participant of kind %s',
    async (kind) => {
      using clock = fakeClock();
      const rig = new Rig();
      rig.room.join('somebody', kind);
      rig.attach();
      await clock.advance(100_000);
      expect(rig.left).toEqual([]);
      expect(rig.occupied).toEqual([true]);
    },
  );

  test('it is not as long as one of several is there', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.room.join('ben');
    rig.attach();
    rig.room.leave('ana');
    await clock.advance(100_000);
    expect(rig.left).toEqual([]);
  });
});

test('the agent leaves when the time of the call is up, however many are there', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.join('ana');
  rig.attach(60_000);
  await clock.advance(59_999);
  expect(rig.left).toEqual([]);
  await clock.advance(1);
  expect(rig.left).toEqual(['max-duration']);
});

describe('the limit of a call', () => {
  test('is announced half a minute before, once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(60_000);
    await clock.advance(29_999);
    expect(rig.warnings).toEqual([]);
    await clock.advance(1);
    expect(rig.warnings).toEqual([30_000]);
    await clock.advance(30_000);
    expect(rig.warnings).toEqual([30_000]);
  });

  test('is announced at half the time of a short call', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(3_000);
    await clock.advance(1_500);
    expect(rig.warnings).toEqual([1_500]);
  });

  test('waits for the end of what is being said', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    const lane = rig.attach(60_000);
    lane.speaking(true);
    await clock.advance(63_000);
    expect(rig.left).toEqual([]);
    lane.speaking(false);
    expect(rig.left).toEqual(['max-duration']);
  });

  test('does not wait longer than five seconds', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(60_000).speaking(true);
    await clock.advance(64_999);
    expect(rig.left).toEqual([]);
    await clock.advance(1);
    expect(rig.left).toEqual(['max-duration']);
  });
});

describe('the limit of a call that was taken over', () => {
  test('counts what the call has run before', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(60_000, 20_000);
    await clock.advance(9_999);
    expect(rig.warnings).toEqual([]);
    await clock.advance(1);
    expect(rig.warnings).toEqual([30_000]);
    await clock.advance(29_999);
    expect(rig.left).toEqual([]);
    await clock.advance(1);
    expect(rig.left).toEqual(['max-duration']);
  });

  test('is not announced a second time', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(60_000, 50_000);
    await clock.advance(10_000);
    expect(rig.warnings).toEqual([]);
    expect(rig.left).toEqual(['max-duration']);
  });

  test('ends at once a call whose time was up meanwhile', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    rig.attach(60_000, 70_000);
    await clock.advance(0);
    expect(rig.left).toEqual(['max-duration']);
  });
});

describe('a limit of tokens', () => {
  function limited(tokens: Tokens): { readonly rig: Rig; readonly lane: AutoLeave } {
    const rig = new Rig();
    rig.room.join('ana');
    return { rig, lane: rig.attach(undefined, undefined, tokens) };
  }

  test('is announced at nine tenths, once, and ends the call', async () => {
    using _clock = fakeClock();
    const { rig, lane } = limited({ maxTokens: 1_000 });
    lane.used(899);
    expect(rig.near).toEqual([]);
    lane.used(900);
    lane.used(950);
    expect(rig.near).toEqual([['max-tokens', { leftTokens: 100 }]]);
    expect(rig.left).toEqual([]);
    lane.used(1_000);
    expect(rig.left).toEqual(['max-tokens']);
  });

  test('waits for the end of what is being said, and not for what is said after it', async () => {
    using clock = fakeClock();
    const { rig, lane } = limited({ maxTokens: 1_000 });
    lane.speaking(true);
    lane.used(2_000);
    await clock.advance(3_000);
    expect(rig.left).toEqual([]);
    lane.speaking(false);
    expect(rig.left).toEqual(['max-tokens']);
  });

  test.each([
    ['announced', 950, []],
    ['reached', 1_000, ['max-tokens']],
  ])(
    'that was %s in an earlier holder of the call is not announced again',
    async (_what, usedTokens, left) => {
      using clock = fakeClock();
      const { rig, lane } = limited({ maxTokens: 1_000, usedTokens });
      await clock.advance(0);
      lane.used(Math.max(usedTokens, 960));
      expect([rig.near, rig.left]).toEqual([[], left]);
    },
  );

  test('does not end a call that is over', async () => {
    using clock = fakeClock();
    const { rig, lane } = limited({ maxTokens: 1_000 });
    lane.speaking(true);
    lane.close();
    lane.used(2_000);
    expect([rig.left, clock.timers]).toEqual([[], 0]);
  });
});

test('a limit of the worker is announced once, and ends the call with its name', async () => {
  using _clock = fakeClock();
  const rig = new Rig();
  const lane = rig.attach();
  lane.near('hour-limit', { leftMs: 4_000 });
  lane.near('hour-limit', { leftMs: 3_000 });
  lane.near('room-limit', { leftTokens: 5 });
  expect(rig.near).toEqual([
    ['hour-limit', { leftMs: 4_000 }],
    ['room-limit', { leftTokens: 5 }],
  ]);
  lane.reached('room-limit');
  lane.reached('hour-limit');
  expect(rig.left).toEqual(['room-limit']);
});

test('a call without a limit goes on for a day', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.join('ana');
  rig.attach();
  await clock.advance(24 * 3_600_000);
  expect(rig.left).toEqual([]);
});

test('the longest limit that a profile may set, a week, holds', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.join('ana');
  rig.attach(7 * 24 * 3_600_000);
  await clock.advance(7 * 24 * 3_600_000 - 1);
  expect(rig.left).toEqual([]);
  await clock.advance(1);
  expect(rig.left).toEqual(['max-duration']);
});

test('detached, it never leaves', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  const lane = rig.attach(60_000);
  lane.close();
  await clock.advance(100_000);
  expect(rig.left).toEqual([]);
  expect(rig.room.listenerCount).toBe(0);
  expect(clock.timers).toBe(0);
});
