// When a call is over: nobody is left, or its time is up.
import { describe, expect, test } from 'vitest';
import { attachAutoLeave } from '../../../src/lanes/auto-leave.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

class Rig {
  readonly room = new FakeRoom();
  readonly left: string[] = [];
  readonly company: boolean[] = [];

  attach(maxDurationMs?: number): () => void {
    return attachAutoLeave({
      room: this.room,
      whenAloneMs: 20_000,
      ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
      leave: (reason) => this.left.push(reason),
      onOccupied: (occupied) => this.company.push(occupied),
    });
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

  test('it stays when somebody comes in time, and counts anew when he has gone', async () => {
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
    expect(rig.company).toEqual([false, true, false]);
  });

  test('it does not put its leaving off for those who are no company', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    await clock.advance(10_000);
    rig.room.join('another agent', 'agent');
    rig.room.join('the recorder', 'egress');
    await clock.advance(10_000);
    expect(rig.left).toEqual(['alone']);
    await clock.advance(60_000);
    expect(rig.left).toEqual(['alone']);
    expect(rig.company).not.toContain(true);
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
      expect(rig.company).toEqual([true]);
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
  const detach = rig.attach(60_000);
  detach();
  await clock.advance(100_000);
  expect(rig.left).toEqual([]);
  expect(rig.room.listenerCount).toBe(0);
  expect(clock.timers).toBe(0);
});
