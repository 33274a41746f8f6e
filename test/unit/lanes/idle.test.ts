// When nobody speaks: reminders, the state `away`, the end of the call, and what counts as silence.
import { describe, expect, test } from 'vitest';
import { Idle } from '../../../src/lanes/idle.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

class Rig {
  readonly room = new FakeRoom();
  readonly happened: string[] = [];
  readonly lane: Idle;

  constructor(idle: { afterMs: number; say?: string; times: number; hangUpAfterMs?: number } | undefined) {
    this.lane = new Idle({
      room: this.room,
      ...(idle ? { idle } : { idle: undefined }),
      say: (text) => this.happened.push(`say ${text}`),
      onAway: (away) => this.happened.push(away ? 'away' : 'back'),
      hangUp: () => this.happened.push('hang up'),
    });
    this.lane.start();
    this.lane.event({ type: 'session', state: 'open' });
    this.lane.state('listening');
  }

  speech(phase: 'started' | 'ended', participant = 'ana'): void {
    this.lane.event({ type: 'speech', participant, phase });
  }

  /** The model answers, and is heard for so long. */
  async answers(clock: FakeClock, ms: number): Promise<void> {
    this.lane.state('thinking');
    await clock.advance(500);
    this.lane.state('speaking');
    await clock.advance(ms);
    this.lane.state('listening');
  }
}

const REMINDING = { afterMs: 5_000, say: 'hello?', times: 2, hangUpAfterMs: 8_000 };

test('reminds as often as it may, each time from the end of the answer, and then hangs up', async () => {
  using clock = fakeClock();
  const rig = new Rig(REMINDING);
  await clock.advance(4_999);
  expect(rig.happened).toEqual([]);
  await clock.advance(1);
  expect(rig.happened).toEqual(['away', 'say hello?']);
  await rig.answers(clock, 10_000);
  await clock.advance(4_999);
  expect(rig.happened).toHaveLength(2);
  await clock.advance(1);
  expect(rig.happened.slice(2)).toEqual(['say hello?']);
  await rig.answers(clock, 3_000);
  await clock.advance(7_999);
  expect(rig.happened).toHaveLength(3);
  await clock.advance(1);
  expect(rig.happened.slice(3)).toEqual(['hang up']);
  await clock.advance(60_000);
  expect(rig.happened).toHaveLength(4);
});

test('a person who speaks again is back, and all reminders are there again', async () => {
  using clock = fakeClock();
  const rig = new Rig({ afterMs: 5_000, say: 'hello?', times: 1 });
  await clock.advance(5_000);
  await clock.advance(60_000);
  expect(rig.happened).toEqual(['away', 'say hello?']);
  rig.speech('started');
  await clock.advance(20_000);
  expect(rig.happened.slice(2)).toEqual(['back']);
  rig.speech('ended');
  await clock.advance(4_999);
  expect(rig.happened).toHaveLength(3);
  await clock.advance(1);
  expect(rig.happened.slice(3)).toEqual(['away', 'say hello?']);
});

test.each([
  ['a text', (rig: Rig) => rig.lane.active()],
  ['somebody who joins', (rig: Rig) => rig.room.join('bo')],
])('%s sets the clock to zero', async (_, happens) => {
  using clock = fakeClock();
  const rig = new Rig({ afterMs: 5_000, say: 'hello?', times: 1 });
  await clock.advance(4_000);
  happens(rig);
  await clock.advance(4_999);
  expect(rig.happened).toEqual([]);
  await clock.advance(1);
  expect(rig.happened).toEqual(['away', 'say hello?']);
});

test('a tool that runs stops the clock and does not set it', async () => {
  using clock = fakeClock();
  const rig = new Rig({ afterMs: 5_000, say: 'hello?', times: 1 });
  await clock.advance(3_000);
  rig.lane.state('thinking');
  await clock.advance(100_000);
  rig.lane.state('listening');
  await clock.advance(1_999);
  expect(rig.happened).toEqual([]);
  await clock.advance(1);
  expect(rig.happened).toEqual(['away', 'say hello?']);
});

describe('silence is not counted', () => {
  test.each<[string, (rig: Rig) => void, (rig: Rig) => void]>([
    [
      'while the session is away',
      ({ lane }) => lane.event({ type: 'session', state: 'rotating' }),
      ({ lane }) => lane.event({ type: 'session', state: 'open' }),
    ],
    ['while nobody is there', ({ lane }) => lane.state('idle'), ({ lane }) => lane.state('listening')],
    ['while somebody speaks', (rig) => rig.speech('started'), (rig) => rig.speech('ended')],
    [
      'while the second of two speaks',
      (rig) => {
        rig.speech('started');
        rig.speech('started', 'bo');
        rig.speech('ended');
      },
      (rig) => rig.speech('ended', 'bo'),
    ],
    [
      'until somebody who leaves in mid-word has gone',
      (rig) => {
        rig.room.join('ana');
        rig.speech('started');
      },
      (rig) => rig.room.leave('ana'),
    ],
  ])('%s', async (_, stops, goesOn) => {
    using clock = fakeClock();
    const rig = new Rig({ afterMs: 5_000, times: 1 });
    stops(rig);
    await clock.advance(100_000);
    expect(rig.happened).toEqual([]);
    goesOn(rig);
    await clock.advance(5_000);
    expect(rig.happened).toEqual(['away']);
  });

  test('after the end of the call, and without `idle` at all', async () => {
    using clock = fakeClock();
    const [closed, without] = [new Rig(REMINDING), new Rig(undefined)];
    closed.lane.close();
    await clock.advance(100_000);
    expect([...closed.happened, ...without.happened]).toEqual([]);
    expect(closed.room.listenerCount + without.room.listenerCount).toBe(0);
  });
});

test('without a text only the state is set, once; a loss inside speech does not stop the clock permanently', async () => {
  using clock = fakeClock();
  const rig = new Rig({ afterMs: 5_000, times: 3 });
  rig.speech('started');
  rig.lane.event({ type: 'session', state: 'rotating' });
  rig.lane.event({ type: 'session', state: 'open' });
  await clock.advance(60_000);
  expect(rig.happened).toEqual(['away']);
});

test('the end of the call may come before any reminder', async () => {
  using clock = fakeClock();
  const rig = new Rig({ afterMs: 5_000, say: 'hello?', times: 1, hangUpAfterMs: 2_000 });
  await clock.advance(10_000);
  expect(rig.happened).toEqual(['hang up']);
});
