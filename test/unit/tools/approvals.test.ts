// Calls that wait to be allowed: whatever happens, none runs without a valid decision, and none runs twice.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomEventBody } from '../../../src/protocol/events.js';
import { APPROVE_WITHIN_MS, Approvals } from '../../../src/tools/approvals.js';
import { ana, runnerOf, toolOf } from './support.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(approve: true | readonly string[], control: 'anyone' | string[] = 'anyone') {
  const events: RoomEventBody[] = [];
  const ran: string[] = [];
  const approvals = new Approvals({
    control: () => control,
    participants: () => [ana, { identity: 'ben', kind: 'standard' }, { identity: 'bot', kind: 'agent' }],
    emit: (event) => events.push(event),
  });
  const pay = toolOf('pay', (_args, { callId }) => void ran.push(callId), { approve });
  const { runner, answers } = runnerOf([pay], {
    approve: (call, { approve: from }, signal) => approvals.request(call, { from }, signal),
  });
  const call = (id: string) => runner.start({ id, name: 'pay', args: {} });
  const states = () => events.flatMap((event) => (event.type === 'tool.approval' ? event.state : []));
  return { approvals, runner, answers, events, ran, call, states };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('those whom control allows are asked where the tool names nobody', () => {
  const { call, events } = setUp(true);
  call('1');
  expect(events).toMatchObject([{ type: 'tool.approval', from: ['ana', 'ben'], state: 'waiting' }]);
});

test('nobody decides: the call is answered with an error and never runs', async () => {
  const { approvals, call, answers, ran, states } = setUp(['ana']);
  call('1');
  await vi.advanceTimersByTimeAsync(APPROVE_WITHIN_MS);
  expect(states()).toEqual(['waiting', 'timed-out']);
  expect(answers.at(-1)?.result.response).toMatchObject({ error: { code: 'timeout' } });
  expect(approvals.decide('1', true, 'ana')).toBe('not-waiting');
  await settle();
  expect(ran).toEqual([]);
});

test('the time for an answer begins when the call is allowed', async () => {
  const { approvals, call, answers } = setUp(['ana']);
  call('1');
  await vi.advanceTimersByTimeAsync(30_000);
  approvals.decide('1', true, 'ana');
  await settle();
  expect(answers.at(-1)?.error).toBeUndefined();
});

type Step =
  | { readonly do: 'call'; readonly id: string }
  | { readonly do: 'cancel'; readonly id: string }
  | { readonly do: 'decide'; readonly id: string; readonly ok: boolean; readonly by: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'close' };

const id = fc.constantFrom('1', '2');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('call' as const), id }),
  fc.record({ do: fc.constant('cancel' as const), id }),
  fc.record({
    do: fc.constant('decide' as const),
    id,
    ok: fc.boolean(),
    by: fc.constantFrom('ana', 'ben', 'mallory'),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 10_000, APPROVE_WITHIN_MS) }),
  fc.constant({ do: 'close' as const }),
);

test('losses, cancellations, two approvers, late and doubled decisions: none runs without a valid one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { approvals, runner, ran, answers, call } = setUp(['ana', 'ben']);
      const waiting = new Set<string>();
      const seen = new Set<string>();
      const allowed: string[] = [];
      let closed = false;
      for (const next of steps) {
        if (next.do === 'call') {
          if (call(next.id)) waiting.add(next.id);
          seen.add(next.id);
        } else if (next.do === 'cancel') {
          runner.cancel([next.id]);
          waiting.delete(next.id);
        } else if (next.do === 'decide') {
          const verdict = approvals.decide(next.id, next.ok, next.by);
          const valid = waiting.has(next.id) && !closed && next.by !== 'mallory';
          expect(verdict === 'decided').toBe(valid);
          if (valid && next.ok) allowed.push(next.id);
          if (valid) waiting.delete(next.id);
        } else if (next.do === 'close') {
          runner.close();
          waiting.clear();
          closed = true;
        } else if (next.ms === APPROVE_WITHIN_MS) {
          await vi.advanceTimersByTimeAsync(next.ms);
          waiting.clear();
        }
        await settle();
      }
      expect(ran).toEqual(allowed);
      for (const one of seen) {
        const last = answers.filter(({ call, result }) => call.id === one && !result.willContinue);
        expect(last.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});

type Heard = Parameters<Approvals['decideAloud']>[2];

/** A call that ana has made in turn 1 and has to allow aloud. */
function setUpAloud({ identity }: { readonly identity: string | undefined } = { identity: 'ana' }) {
  const events: RoomEventBody[] = [];
  const ran: string[] = [];
  const approvals = new Approvals({
    control: () => 'anyone',
    participants: () => [ana],
    emit: (event) => events.push(event),
  });
  const pay = toolOf('pay', (_args, { callId }) => void ran.push(callId), { approveBy: 'voice' });
  const { runner, answers } = runnerOf([pay], {
    approve: (call, _tool, signal) =>
      approvals.request(call, { voice: { identity, turn: 1, since: 5 } }, signal),
  });
  runner.start({ id: '1', name: 'pay', args: { call: '1', allowed: true } });
  return { approvals, runner, answers, events, ran };
}

test('a spoken yes in a later turn runs the call, and the model is instructed to ask for it', async () => {
  const { approvals, answers, events, ran } = setUpAloud();
  expect(answers[0]?.result).toMatchObject({
    willContinue: true,
    response: { status: 'waiting', call: '1', reason: expect.stringContaining('confirm_call') },
  });
  expect(
    approvals.decideAloud('1', true, { identity: 'ana', turn: 2, by: 'voice', isReply: () => true }),
  ).toBe('decided');
  await settle();
  expect(ran).toEqual(['1']);
  expect(events).toMatchObject([
    { state: 'waiting', from: ['ana'] },
    { state: 'allowed', by: 'ana' },
  ]);
  expect(
    approvals.decideAloud('1', true, { identity: 'ana', turn: 3, by: 'voice', isReply: () => true }),
  ).toBe('not-waiting');
});

test('a button does not allow what has to be allowed aloud', () => {
  const { approvals } = setUpAloud();
  expect(approvals.decide('1', true, 'ana')).toBe('not-allowed');
});

test('without a later turn that this person alone has caused by speaking, it never runs', async () => {
  const heard: fc.Arbitrary<Heard> = fc.record({
    identity: fc.constantFrom('ana', 'ben', undefined),
    turn: fc.integer({ min: 0, max: 3 }),
    by: fc.constantFrom('voice' as const, 'chat' as const, 'say' as const, null),
    isReply: fc.constantFrom(
      () => true,
      () => false,
    ),
  });
  const said = fc.record({ heard, ok: fc.boolean(), cancel: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('ana', undefined),
      fc.array(said, { maxLength: 6 }),
      async (who, all) => {
        const { approvals, runner, ran } = setUpAloud({ identity: who });
        let waits = true;
        let allowed = false;
        for (const { heard, ok, cancel } of all) {
          if (cancel) {
            runner.cancel(['1']);
            waits = false;
          }
          const valid =
            waits &&
            who === 'ana' &&
            heard.identity === 'ana' &&
            heard.turn > 1 &&
            heard.by === 'voice' &&
            heard.isReply('ana', 5);
          expect(approvals.decideAloud('1', ok, heard) === 'decided').toBe(valid);
          if (!valid) continue;
          allowed = ok;
          waits = false;
          await settle();
        }
        await settle();
        expect(ran).toEqual(allowed ? ['1'] : []);
        runner.close();
      },
    ),
  );
});

test('where it is not known who has asked, the call is refused at once, and the model learns what to do', async () => {
  const { answers, events, ran } = setUpAloud({ identity: undefined });
  await settle();
  expect(events).toMatchObject([{ type: 'tool.approval', from: [], state: 'refused' }]);
  expect(answers).toMatchObject([
    {
      result: {
        response: { error: { code: 'refused', message: expect.stringContaining('ask one person') } },
      },
    },
  ]);
  expect(ran).toEqual([]);
});
