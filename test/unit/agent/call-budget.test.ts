// What calls may use in an hour, of a worker and of a room: who is refused, warned and ended.
import { describe, expect, test } from 'vitest';
import { CallBudget, type LimitNotice, type SharedUsage } from '../../../agent/observe/call-budget.js';
import type { BillLimits, CallFact } from '../../../src/index.js';
import { fakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/supervised.js';

const MINUTE_MS = 60_000;
const NUMBERS = { prompt: 0, response: 0, thoughts: 0, byModality: { prompt: {}, response: {} } };

class Rig {
  nowMs = 1_800_000_000_000;
  readonly notices: [string, LimitNotice][] = [];
  readonly budget: CallBudget;

  constructor(limits: Partial<BillLimits>, usage?: SharedUsage) {
    this.budget = new CallBudget({
      limits: { call: {}, hour: {}, room: {}, ...limits },
      notify: (call, notice) => this.notices.push([call, notice]),
      usage,
      log: quietLog,
      nowMs: () => this.nowMs,
    });
  }

  async admit(id: string, room = 'hall'): Promise<string | undefined> {
    return (await this.budget.admit({ id, room }))?.message;
  }

  /** @param isCarried it began at another worker */
  begin(id: string, room = 'hall', isCarried = false): void {
    const about = { room, agent: 'agent-gemini', model: 'm', present: [], tools: {} };
    const call = { id, room, ...(isCarried ? { carried: {} } : {}) };
    this.budget.fact(call, { type: 'begun', at: this.nowMs, ...about });
  }

  use(id: string, total: number, room = 'hall'): void {
    const event = { type: 'usage', turn: 1, ...NUMBERS, total, session: { ...NUMBERS, total } } as const;
    const fact: CallFact = { type: 'event', at: this.nowMs, event };
    this.budget.fact({ id, room }, fact);
  }
}

const AGENT = 'this agent has used up its';
const ROOM = 'this room has used up its';
const LATER = 'of this hour: try again later';

describe('calls', () => {
  test('are refused when so many have begun in an hour, and admitted an hour later', async () => {
    const rig = new Rig({ hour: { calls: 2 } });
    for (const id of ['a', 'b']) {
      expect(await rig.admit(id)).toBeUndefined();
      rig.begin(id);
      rig.budget.ended(id);
    }
    expect(await rig.admit('c', 'elsewhere')).toBe(`${AGENT} calls ${LATER}`);
    expect(rig.budget.isSpent).toBe(true);
    rig.nowMs += 60 * MINUTE_MS;
    expect(rig.budget.isSpent).toBe(false);
    expect(await rig.admit('c')).toBeUndefined();
  });

  test('that are about to begin count, until they have ended or not begun in a minute', async () => {
    const rig = new Rig({ hour: { calls: 1 } });
    expect(await rig.admit('a')).toBeUndefined();
    expect(await rig.admit('b')).toBe(`${AGENT} calls ${LATER}`);
    rig.budget.ended('a');
    expect(await rig.admit('c')).toBeUndefined();
    rig.nowMs += MINUTE_MS + 1;
    expect(await rig.admit('d')).toBeUndefined();
  });

  test('of one room are limited alone', async () => {
    const rig = new Rig({ room: { calls: 1 } });
    rig.begin('a', 'hall');
    expect(await rig.admit('b', 'hall')).toBe(`${ROOM} calls ${LATER}`);
    expect(await rig.admit('c', 'library')).toBeUndefined();
    expect(rig.budget.isSpent).toBe(false);
  });

  test('that go on in another process are the same call', async () => {
    const rig = new Rig({ hour: { calls: 2 } });
    rig.begin('a');
    rig.begin('a');
    expect(await rig.admit('b')).toBeUndefined();
  });

  test('that began at another worker are no new ones', async () => {
    const rig = new Rig({ hour: { calls: 1 } });
    rig.begin('a', 'hall', true);
    expect(await rig.admit('b')).toBeUndefined();
  });

  test('that go on are not ended by their number', () => {
    const rig = new Rig({ hour: { calls: 1 } });
    rig.begin('a');
    rig.use('a', 1_000);
    expect(rig.notices).toEqual([]);
  });
});

describe('tokens', () => {
  test('of all calls together warn each call once, end it, and refuse the next', async () => {
    const rig = new Rig({ hour: { tokens: 1_000 } });
    rig.begin('a', 'hall');
    rig.begin('b', 'library');
    rig.use('a', 500, 'hall');
    rig.use('b', 399, 'library');
    expect(rig.notices).toEqual([]);
    rig.use('b', 1, 'library');
    rig.use('a', 1, 'hall');
    const near = { limit: 'hour-limit', left: { leftTokens: 100 } };
    expect(rig.notices).toEqual([
      ['a', near],
      ['b', near],
    ]);
    expect(await rig.admit('c')).toBeUndefined();
    rig.use('a', 99, 'hall');
    const reached = { limit: 'hour-limit' };
    expect(rig.notices.slice(2)).toEqual([
      ['a', reached],
      ['b', reached],
    ]);
    expect(await rig.admit('d')).toBe(`${AGENT} tokens ${LATER}`);
  });

  test('of a room end its calls alone', async () => {
    const rig = new Rig({ hour: { tokens: 1_000_000 }, room: { tokens: 100 } });
    rig.begin('a', 'hall');
    rig.begin('b', 'library');
    rig.use('a', 100, 'hall');
    expect(rig.notices).toEqual([['a', { limit: 'room-limit' }]]);
    expect(await rig.admit('c', 'hall')).toBe(`${ROOM} tokens ${LATER}`);
  });

  test('are announced again by the process that takes a call over', () => {
    const rig = new Rig({ hour: { tokens: 100 } });
    rig.begin('a');
    rig.use('a', 95);
    rig.begin('a');
    const near: LimitNotice = { limit: 'hour-limit', left: { leftTokens: 5 } };
    expect(rig.notices).toEqual([
      ['a', near],
      ['a', near],
    ]);
  });
});

test('minutes of calls that go on are counted as they pass', async () => {
  using clock = fakeClock();
  const rig = new Rig({ hour: { minutes: 10 } });
  rig.begin('a');
  rig.begin('b', 'library');
  const pass = async (ms: number): Promise<void> => {
    rig.nowMs += ms;
    await clock.advance(1_000);
  };
  await pass(4.5 * MINUTE_MS - 600);
  expect(rig.notices).toEqual([]);
  await pass(1_200);
  // Two calls share what is left of the last minute.
  const near = { limit: 'hour-limit', left: { leftMs: 29_400 } };
  expect(rig.notices).toEqual([
    ['a', near],
    ['b', near],
  ]);
  rig.budget.ended('b');
  await pass(MINUTE_MS);
  expect(rig.notices.at(-1)).toEqual(['a', { limit: 'hour-limit' }]);
  rig.budget.ended('a');
  expect(await rig.admit('c')).toBe(`${AGENT} minutes ${LATER}`);
  await rig.budget.close();
  expect(clock.timers).toBe(0);
});

test('without limits nothing is counted or refused', async () => {
  using clock = fakeClock();
  const rig = new Rig({ call: { tokens: 1, minutes: 1 } });
  rig.begin('a');
  rig.use('a', 1_000_000);
  expect([await rig.admit('b'), rig.notices, rig.budget.isSpent, clock.timers]).toEqual([
    undefined,
    [],
    false,
    0,
  ]);
});
