// The session's state machine: its rules by example, and what no order of events may bring about.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/session/close-reason.js';
import {
  AFTER_CLOSE_MS,
  FIRST_BACKOFF_MS,
  HELD_SESSION_MS,
  initialTransition,
  QUICK_LOSSES,
  QUOTA_RETRY_MS,
  RESUME_BUDGET_MS,
  ROTATION_MARGIN_MS,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  STEADY_AFTER_MS,
  transition,
  WAITING_RETRY_MS,
} from '../../../src/session/state.js';

type Kind = SessionEffect['type'];

/** Runs events through the machine at moments that the test names. */
class Machine {
  state: SessionState;
  effects: readonly SessionEffect[];
  nowMs = 0;

  constructor(handle?: string) {
    ({ state: this.state, effects: this.effects } = initialTransition(handle));
  }

  at(nowMs: number): this {
    this.nowMs = nowMs;
    return this;
  }

  on(event: SessionEvent): this {
    ({ state: this.state, effects: this.effects } = transition(this.state, event, this.nowMs));
    return this;
  }

  effect<T extends Kind>(type: T): Extract<SessionEffect, { type: T }> | undefined {
    return this.effects.find((effect): effect is Extract<SessionEffect, { type: T }> => effect.type === type);
  }

  kinds(): Kind[] {
    return this.effects.map(({ type }) => type);
  }

  open(handle = 'h1'): this {
    return this.on({ type: 'ready' }).on({ type: 'handle', handle, resumable: true });
  }

  closed(verdict: Verdict, code = '1006', message = ''): this {
    return this.on({ type: 'closed', verdict, code, message });
  }
}

describe('opening', () => {
  test('connects at once and notifies the room', () => {
    const machine = new Machine();
    expect(machine.effects).toEqual([
      { type: 'notify', state: 'connecting' },
      { type: 'connect', opening: 'fresh' },
    ]);
    machine.on({ type: 'ready' });
    expect(machine.effect('notify')).toEqual({ type: 'notify', state: 'open' });
    expect(machine.effect('release')).toEqual({ type: 'release', opening: 'fresh', orderly: true });
  });

  test('takes up an earlier session by its handle', () => {
    const machine = new Machine('earlier');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'resume', handle: 'earlier' });
    machine.on({ type: 'ready' });
    expect(machine.effect('notify')).toEqual({ type: 'notify', state: 'open', restored: 'resumed' });
  });

  test('an earlier session that is refused gives way to a fresh one, at once', () => {
    const machine = new Machine('earlier').closed('handle-refused', '1008', 'session not found');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'fresh' });
  });

  test('a service that cannot be reached is reported once, then retried with growing pauses', () => {
    const machine = new Machine().closed('loss', '1006', 'connect ECONNREFUSED');
    expect(machine.effect('error')).toEqual({
      type: 'error',
      code: '1006',
      message: 'connect ECONNREFUSED',
      fatal: false,
    });
    const delays: (number | null | undefined)[] = [machine.effect('timer')?.delayMs];
    for (let i = 0; i < 3; i += 1) {
      machine.on({ type: 'timer' }).closed('loss', '1006', 'connect ECONNREFUSED');
      expect(machine.effect('error')).toBeUndefined();
      delays.push(machine.effect('timer')?.delayMs);
    }
    expect(delays[0]).toBe(FIRST_BACKOFF_MS * 1.125);
    for (const [index, delay] of delays.entries()) {
      if (index > 0) expect(Number(delay)).toBeGreaterThanOrEqual(Number(delays[index - 1]));
    }
  });

  test('a refusal ends it with the service’s own code and words', () => {
    const machine = new Machine().closed('refusal', '1007', 'API key not valid.');
    expect(machine.state.phase).toBe('closed');
    expect(machine.effect('error')).toEqual({
      type: 'error',
      code: '1007',
      message: 'API key not valid.',
      fatal: true,
    });
    expect(machine.kinds()).not.toContain('connect');
  });

  test('a full quota at the start ends it, too', () => {
    expect(new Machine().closed('quota', '1011', 'You exceeded your current quota').state.phase).toBe(
      'closed',
    );
  });
});

describe('loss', () => {
  test('resumes at once with the last resumable handle', () => {
    const machine = new Machine()
      .open('h1')
      .on({ type: 'handle', handle: '', resumable: false })
      .closed('loss');
    expect(machine.effect('notify')?.state).toBe('rotating');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'resume', handle: 'h1' });
    machine.on({ type: 'ready' });
    expect(machine.effect('release')).toEqual({ type: 'release', opening: 'resume', orderly: false });
    expect(machine.effect('notify')).toMatchObject({ state: 'open', restored: 'resumed' });
  });

  test('tries again sooner where the upgrade was refused over HTTP', () => {
    const machine = new Machine().open().closed('loss');
    const delays = ['503', '503', '503', '1006'].map((code) => {
      machine.closed('loss', code, 'Service Unavailable');
      const delayMs = machine.effect('timer')?.delayMs;
      machine.on({ type: 'timer' });
      return delayMs;
    });
    expect(delays).toEqual([600, 600, 1_200, 3_000].map((ms) => ms * 1.125));
  });

  test('rebuilds when there never was a handle', () => {
    const machine = new Machine().on({ type: 'ready' }).closed('loss');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'rebuild' });
    expect(machine.on({ type: 'ready' }).effect('notify')).toMatchObject({ restored: 'rebuilt' });
  });

  test('gives a refused handle up and rebuilds, never both', () => {
    const machine = new Machine().open().closed('loss').closed('handle-refused', '1008', 'session expired');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'rebuild' });
    expect(machine.state.handle).toBeUndefined();
  });

  test('a session that the service goes on holding is given up after a while', () => {
    const machine = new Machine()
      .open()
      .at(1_000)
      .closed('loss')
      .at(1_500)
      .closed('loss', '1011', 'Internal error');
    expect(machine.effect('timer')?.delayMs).toBe(FIRST_BACKOFF_MS * 1.125);
    machine.at(4_000).on({ type: 'timer' }).closed('loss', '1011', 'Internal error');
    expect(machine.kinds()).not.toContain('connect');
    // The last attempt comes when that time is over, not a pause later.
    machine
      .at(1_500 + HELD_SESSION_MS - 300)
      .on({ type: 'timer' })
      .closed('loss', '1011', 'Internal error');
    expect(machine.effect('timer')?.delayMs).toBe(300);
    machine
      .at(1_500 + HELD_SESSION_MS)
      .on({ type: 'timer' })
      .closed('loss', '1011', 'Internal error');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'rebuild' });
  });

  test('after the budget it waits, reports this once, and retries only while a person is present', () => {
    const machine = new Machine().open().at(0).closed('loss').at(RESUME_BUDGET_MS).closed('loss');
    expect(machine.effect('notify')).toMatchObject({ state: 'waiting' });
    expect(machine.effect('timer')?.delayMs).toBe(WAITING_RETRY_MS);
    machine.on({ type: 'occupied', present: false });
    expect(machine.effects).toEqual([{ type: 'timer', delayMs: null }]);
    machine.on({ type: 'occupied', present: true });
    expect(machine.effects).toEqual([{ type: 'timer', delayMs: WAITING_RETRY_MS }]);
    machine.on({ type: 'timer' });
    expect(machine.effect('connect')).toMatchObject({ opening: 'resume' });
    machine.closed('loss');
    expect(machine.effect('notify')).toBeUndefined();
  });

  test('people who come and go do not put the next try off, and an empty room stops it whenever it became empty', () => {
    const machine = new Machine().open().at(0).closed('loss').at(RESUME_BUDGET_MS).closed('loss');
    machine.at(RESUME_BUDGET_MS + 5_000).on({ type: 'occupied', present: true });
    expect(machine.effects).toEqual([]);
    machine.on({ type: 'occupied', present: false });
    machine.at(RESUME_BUDGET_MS + 10_000).on({ type: 'occupied', present: true });
    expect(machine.effects).toEqual([{ type: 'timer', delayMs: WAITING_RETRY_MS - 10_000 }]);
    const empty = new Machine().open().at(0).on({ type: 'occupied', present: false });
    empty.closed('loss').at(RESUME_BUDGET_MS).closed('loss');
    expect(empty.effect('timer')?.delayMs).toBeNull();
    empty.at(RESUME_BUDGET_MS * 2).on({ type: 'occupied', present: true });
    expect(empty.effects).toEqual([{ type: 'timer', delayMs: 0 }]);
  });

  test('the third upgrade in a row that is answered with 429 is a quota', () => {
    const machine = new Machine().open().at(0).closed('loss');
    machine.at(100).closed('loss', '429', 'Too Many Requests');
    machine.at(700).on({ type: 'timer' }).closed('loss', '429', 'Too Many Requests');
    expect(machine.effect('error')).toBeUndefined();
    machine.at(1_400).on({ type: 'timer' }).closed('loss', '429', 'Too Many Requests');
    expect(machine.effect('error')).toMatchObject({
      code: '429',
      message: 'Too Many Requests',
      fatal: false,
    });
    expect(machine.effect('timer')?.delayMs).toBe(QUOTA_RETRY_MS);
  });

  test('a service that accepts each connection and ends it is left alone for longer and longer', () => {
    const machine = new Machine().open();
    const delays: number[] = [];
    for (let loss = 0; loss < 13; loss += 1) {
      machine.closed('loss', '1011');
      expect(machine.effect('notify')).toMatchObject({ state: 'rotating' });
      delays.push(machine.effect('connect') ? 0 : Number(machine.effect('timer')?.delayMs));
      if (!machine.effect('connect')) machine.on({ type: 'timer' });
      machine.open(`h${loss}`);
    }
    expect(delays.slice(0, QUICK_LOSSES)).toEqual([0, 0, 0, 0, 0]);
    expect(delays.slice(QUICK_LOSSES)).toEqual([1_000, 1_000, 2_000, 3_000, 5_000, 8_000, 8_000, 8_000]);
    machine.at(STEADY_AFTER_MS).closed('loss', '1011');
    expect(machine.effect('connect')).toEqual({ type: 'connect', opening: 'resume', handle: 'h12' });
  });

  test('a refusal of a session that worked is taken up again', () => {
    const machine = new Machine()
      .open()
      .closed('unconfirmed', '1007', 'Request contains an invalid argument.');
    expect(machine.effect('connect')).toMatchObject({ opening: 'resume' });
    expect(machine.effect('error')).toBeUndefined();
  });

  test('a used-up quota during a call is reported once and retried slowly', () => {
    const machine = new Machine().open().closed('quota', '1011', 'You exceeded your current quota');
    expect(machine.effect('error')).toMatchObject({ fatal: false });
    expect(machine.effect('timer')?.delayMs).toBe(QUOTA_RETRY_MS);
    machine.on({ type: 'timer' }).closed('quota', '1011', 'You exceeded your current quota');
    expect(machine.kinds()).toEqual(['timer']);
    expect(machine.on({ type: 'timer' }).on({ type: 'ready' }).state.phase).toBe('open');
  });
});

describe('rotation', () => {
  test('waits for a quiet moment, closes the old socket first, and resumes a second later', () => {
    const machine = new Machine().open().at(1_000).on({ type: 'go-away', timeLeftMs: 50_000 });
    expect(machine.effect('timer')?.delayMs).toBe(50_000 - ROTATION_MARGIN_MS);
    machine.on({ type: 'quiet' });
    expect(machine.kinds()).toEqual(['timer', 'notify', 'close-socket']);
    machine.closed('loss', '1000');
    expect(machine.effects).toEqual([{ type: 'timer', delayMs: AFTER_CLOSE_MS }]);
    machine.on({ type: 'timer' });
    expect(machine.effect('connect')).toMatchObject({ opening: 'resume', handle: 'h1' });
    machine.on({ type: 'ready' });
    expect(machine.effect('release')).toMatchObject({ orderly: true });
  });

  test('does not wait past the deadline, and then the utterance is sent again', () => {
    const machine = new Machine().open().at(0).on({ type: 'go-away', timeLeftMs: 10_000 });
    machine.at(10_000).on({ type: 'timer' });
    expect(machine.kinds()).toContain('close-socket');
    machine.closed('loss', '1000').on({ type: 'timer' }).on({ type: 'ready' });
    expect(machine.effect('release')).toMatchObject({ orderly: false });
  });

  test('without any time left it goes at once', () => {
    const machine = new Machine().open().on({ type: 'go-away', timeLeftMs: 0 });
    expect(machine.effect('timer')?.delayMs).toBe(0);
  });

  test('an earlier deadline counts, a later one does not', () => {
    const machine = new Machine().open().at(0).on({ type: 'go-away', timeLeftMs: 50_000 });
    expect(machine.on({ type: 'go-away', timeLeftMs: 60_000 }).effects).toEqual([]);
    expect(machine.on({ type: 'go-away', timeLeftMs: 5_000 }).effect('timer')?.delayMs).toBe(3_000);
  });

  test('waits a moment for the first handle rather than build a session again', () => {
    const machine = new Machine().at(0).on({ type: 'ready' }).on({ type: 'go-away', timeLeftMs: 50_000 });
    expect(machine.at(100).on({ type: 'quiet' }).effects).toEqual([]);
    machine.on({ type: 'handle', handle: 'h1', resumable: true }).at(200).on({ type: 'quiet' });
    expect(machine.kinds()).toContain('close-socket');
    const never = new Machine().at(0).on({ type: 'ready' }).on({ type: 'go-away', timeLeftMs: 50_000 });
    expect(never.at(4_000).on({ type: 'quiet' }).kinds()).toContain('close-socket');
  });

  test('quiet moments mean nothing while no rotation is wanted', () => {
    expect(new Machine().open().on({ type: 'quiet' }).effects).toEqual([]);
  });

  test('the end of a session is announced, and it is rebuilt instead of resumed', () => {
    const machine = new Machine()
      .open()
      .at(0)
      .on({ type: 'limit', leftMs: 45_000, reason: '15 min are over' });
    expect(machine.effect('notify')).toEqual({ type: 'notify', state: 'open', reason: '15 min are over' });
    machine.on({ type: 'go-away', timeLeftMs: 10_000 }).on({ type: 'quiet' }).closed('loss', '1000');
    expect(machine.on({ type: 'timer' }).effect('connect')).toEqual({ type: 'connect', opening: 'rebuild' });
    expect(machine.on({ type: 'ready' }).effect('notify')).toMatchObject({
      state: 'open',
      restored: 'rebuilt',
    });
  });

  test('a timer that fires early by our clock is set again', () => {
    const machine = new Machine().open().at(0).on({ type: 'go-away', timeLeftMs: 10_000 });
    machine.at(7_999).on({ type: 'timer' });
    expect(machine.effects).toEqual([{ type: 'timer', delayMs: 1 }]);
    expect(machine.at(8_000).on({ type: 'timer' }).kinds()).toContain('close-socket');
  });

  test('a known lifetime asks for a rotation ahead of its end', () => {
    const machine = new Machine().on({ type: 'ready', lifetimeMs: 60_000 });
    expect(machine.effect('timer')?.delayMs).toBe(60_000);
    machine.at(60_000).on({ type: 'timer' });
    expect(machine.state).toMatchObject({ phase: 'open', rotation: { reason: 'lifetime' } });
  });
});

describe('another access', () => {
  test('gets a new session from the ledger at once, and a budget of its own', () => {
    const machine = new Machine().at(0).open().at(1_000).closed('moved', '1008', 'leaked');
    expect(machine.effects).toEqual([
      { type: 'timer', delayMs: null },
      { type: 'notify', state: 'rotating', reason: '1008 leaked' },
      { type: 'connect', opening: 'rebuild' },
    ]);
    machine.at(32_000).closed('moved', '1006');
    expect(machine.effects).toEqual([{ type: 'connect', opening: 'rebuild' }]);
    machine.at(40_000).closed('loss');
    expect(machine.state).toMatchObject({ phase: 'pausing', outage: { sinceMs: 32_000 } });
    expect(machine.on({ type: 'timer' }).on({ type: 'ready' }).effect('notify')).toMatchObject({
      restored: 'rebuilt',
    });
  });

  test('begins a call that no access has opened yet', () => {
    const machine = new Machine().closed('moved', '1007', 'API key not valid');
    expect(machine.effects).toEqual([{ type: 'connect', opening: 'fresh' }]);
  });
});

test('the last attempt of an outage comes when its budget is over', () => {
  const machine = new Machine().at(0).open().closed('loss').at(28_000).closed('loss');
  expect(machine.effect('timer')?.delayMs).toBeLessThanOrEqual(2_000);
});

const verdicts: readonly Verdict[] = ['loss', 'handle-refused', 'moved', 'quota', 'unconfirmed', 'refusal'];
const events: fc.Arbitrary<SessionEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<SessionEvent>({ type: 'ready' }) },
  { weight: 4, arbitrary: fc.constant<SessionEvent>({ type: 'timer' }) },
  fc.record({
    type: fc.constant('handle' as const),
    handle: fc.constantFrom('', 'a', 'b'),
    resumable: fc.boolean(),
  }),
  fc.record({ type: fc.constant('go-away' as const), timeLeftMs: fc.nat(60_000) }),
  fc.record({ type: fc.constant('limit' as const), leftMs: fc.nat(60_000), reason: fc.constant('limit') }),
  fc.constant<SessionEvent>({ type: 'quiet' }),
  fc.constant<SessionEvent>({ type: 'unhealthy', reason: 'stalled' }),
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('closed' as const),
      verdict: fc.constantFrom(...verdicts),
      code: fc.constantFrom('1006', '1007', '1008', '1011', '429'),
      message: fc.constant('x'),
    }),
  },
  fc.record({ type: fc.constant('occupied' as const), present: fc.boolean() }),
  { weight: 1, arbitrary: fc.constant<SessionEvent>({ type: 'stop' }) },
);
const script = fc.array(fc.record({ event: events, waitMs: fc.nat(20_000) }), { maxLength: 60 });

describe('whatever happens, in whatever order', () => {
  test('two sockets are never open at once, and a closed session stays closed', () => {
    fc.assert(
      fc.property(script, fc.option(fc.constant('first'), { nil: undefined }), (steps, handle) => {
        let { state, effects } = initialTransition(handle);
        let sockets = 0;
        let nowMs = 0;
        const count = (performed: readonly SessionEffect[]): void => {
          for (const effect of performed) if (effect.type === 'connect') sockets += 1;
        };
        count(effects);
        for (const { event, waitMs } of steps) {
          nowMs += waitMs;
          // A socket ends once: `closed` comes only of one that is there.
          if (event.type === 'closed' && sockets === 0) continue;
          if (event.type === 'ready' && state.phase !== 'connecting') continue;
          if (event.type === 'closed') sockets -= 1;
          const wasClosed = state.phase === 'closed';
          ({ state, effects } = transition(state, event, nowMs));
          count(effects);
          expect(sockets).toBeLessThanOrEqual(1);
          if (wasClosed) expect([state.phase, effects]).toEqual(['closed', []]);
        }
      }),
    );
  });

  test('it is never stuck: without a socket there is a timer, or nobody to try for', () => {
    fc.assert(
      fc.property(script, (steps) => {
        let { state, effects } = initialTransition();
        let socket = true;
        let timer = false;
        let company = true;
        let nowMs = 0;
        const perform = (performed: readonly SessionEffect[]): void => {
          for (const effect of performed) {
            if (effect.type === 'connect') socket = true;
            if (effect.type === 'timer') timer = effect.delayMs !== null;
          }
        };
        perform(effects);
        for (const { event, waitMs } of steps) {
          nowMs += waitMs;
          if (event.type === 'closed' && !socket) continue;
          if (event.type === 'timer' && !timer) continue;
          if (event.type === 'ready' && state.phase !== 'connecting') continue;
          if (event.type === 'occupied') company = event.present;
          if (event.type === 'closed') socket = false;
          if (event.type === 'timer') timer = false;
          ({ state, effects } = transition(state, event, nowMs));
          perform(effects);
          if (state.phase === 'closed') return;
          if (!socket) expect(timer || (state.phase === 'waiting' && !company)).toBe(true);
        }
      }),
    );
  });

  test('the room hears of every change: every transition out of `open` and back is reported', () => {
    fc.assert(
      fc.property(script, (steps) => {
        let state: SessionState = initialTransition().state;
        let nowMs = 0;
        for (const { event, waitMs } of steps) {
          nowMs += waitMs;
          const before: SessionState['phase'] = state.phase;
          const step = transition(state, event, nowMs);
          state = step.state;
          const told = step.effects
            .filter((effect) => effect.type === 'notify')
            .map((effect) => effect.state);
          if (before === 'open' && state.phase !== 'open') expect(told).toHaveLength(1);
          const after: SessionState['phase'] = step.state.phase;
          if (before !== 'open' && after === 'open') expect(told).toEqual(['open']);
          if (before !== 'closed' && after === 'closed') expect(told).toEqual(['closed']);
        }
      }),
    );
  });

  test('a session is resumed or rebuilt, and a greeting is due only the first time', () => {
    fc.assert(
      fc.property(script, (steps) => {
        let { state, effects } = initialTransition();
        let began = false;
        let nowMs = 0;
        for (const { event, waitMs } of steps) {
          nowMs += waitMs;
          ({ state, effects } = transition(state, event, nowMs));
          for (const effect of effects) {
            if (effect.type === 'connect') {
              expect(effect.opening === 'resume').toBe(effect.handle !== undefined);
              if (began) expect(effect.opening).not.toBe('fresh');
            }
            if (effect.type === 'release') began = true;
          }
        }
      }),
    );
  });
});
