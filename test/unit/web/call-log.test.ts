// What the page makes of events and captions: bubbles that keep their place, tools, losses, turns.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoomEvent } from '../../../src/protocol/events.js';
import { costOf } from '../../../web/src/call/cost.js';
import { reduce } from '../../../web/src/call/log.js';
import { type CallLog, emptyLog, type LogAction } from '../../../web/src/call/log-types.js';
import { median, stepOf, timelineOf } from '../../../web/src/call/timeline.js';

type Body<T> = T extends RoomEvent ? Omit<T, 'v' | 'call' | 'epoch' | 'seq' | 'at'> : never;

let clock = 0;
function tick(): number {
  clock += 10;
  return clock;
}

const event = (body: Body<RoomEvent>, now = tick()): LogAction => ({
  type: 'event',
  event: { v: 1, call: 'c', epoch: 1, seq: 1, at: now, ...body } as RoomEvent,
  now,
});
const caption = (id: string, text: string, final = false, from = 'agent-gemini'): LogAction => ({
  type: 'caption',
  id,
  from,
  text,
  final,
  now: tick(),
});
const run = (...actions: LogAction[]): CallLog => actions.reduce(reduce, emptyLog(0));

describe('captions', () => {
  test('grow in their place, and nothing follows a final one', () => {
    const log = run(
      caption('SG_c_user_1', 'Go', false, 'ana'),
      caption('SG_c_agent_1', 'I'),
      caption('SG_c_user_1', 'Go forward', true, 'ana'),
      caption('SG_c_agent_1', 'I go', true),
      caption('SG_c_agent_1', 'late'),
    );
    expect(log.messages.map(({ from, text, final }) => [from, text, final])).toEqual([
      ['ana', 'Go forward', true],
      ['agent-gemini', 'I go', true],
    ]);
  });

  test('of an interrupted turn are marked, whichever comes first', () => {
    const cut = event({ type: 'turn', turn: 2, phase: 'interrupted', playedMs: 900 });
    const words = [caption('SG_c_agent_1', 'First.', true), caption('SG_c_agent_2', 'Once upon', true)];
    for (const log of [run(...words, cut), run(cut, ...words)]) {
      expect(log.messages.map(({ interrupted }) => interrupted)).toEqual([false, true]);
    }
  });

  test('of what was said before an answer stand before it, however late they come', () => {
    const speaks = (phase: 'started' | 'ended') => event({ type: 'speech', participant: 'ana', phase });
    const log = run(
      caption('SG_c_agent_1', 'Hello.', true),
      speaks('started'),
      speaks('ended'),
      caption('SG_c_agent_2', 'I go'),
      { type: 'text', id: 't', from: 'ben', text: 'Hm', now: tick() },
      caption('SG_c_user_1', 'Go forward', true, 'ana'),
      caption('SG_c_user_2', 'And back', true, 'ben'),
      speaks('started'),
      caption('SG_c_user_3', 'Stop', false, 'ana'),
      caption('SG_c_agent_3', 'Yes.', true),
    );
    expect(log.messages.map(({ text }) => text)).toEqual([
      'Hello.',
      'Go forward',
      'I go',
      'Hm',
      'And back',
      'Stop',
      'Yes.',
    ]);
  });

  test('of two things that were said stand each before its answer, also where the words of both come after both were begun', () => {
    const speaks = (phase: 'started' | 'ended') => event({ type: 'speech', participant: 'ana', phase });
    const log = run(
      speaks('started'),
      speaks('ended'),
      event({ type: 'turn', turn: 1, phase: 'started' }),
      speaks('started'),
      caption('SG_c_agent_1', 'I go', true),
      caption('SG_c_user_1', 'Go forward', true, 'ana'),
      speaks('ended'),
      event({ type: 'turn', turn: 2, phase: 'started' }),
      caption('SG_c_agent_2', 'I come'),
      caption('SG_c_user_2', 'And back', true, 'ana'),
    );
    expect(log.messages.map(({ text }) => text)).toEqual(['Go forward', 'I go', 'And back', 'I come']);
  });

  test('whatever comes, each segment has one bubble, and bubbles never change places', () => {
    const from = fc.constantFrom('ana', 'ben', 'agent-gemini');
    const action = fc.oneof(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), text: fc.string(), final: fc.boolean(), from }),
      fc.record({ speaks: fc.constantFrom('ana', 'ben'), phase: fc.constantFrom('started', 'ended') }),
    );
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        let log = emptyLog(0);
        for (const next of actions) {
          const before = log.messages.map((message) => message.id);
          log = reduce(
            log,
            'speaks' in next
              ? event({ type: 'speech', participant: next.speaks, phase: next.phase })
              : caption(next.id, next.text, next.final, next.from),
          );
          const kept = log.messages.map((message) => message.id).filter((id) => before.includes(id));
          expect(kept).toEqual(before);
        }
        expect(new Set(log.messages.map(({ id }) => id)).size).toBe(log.messages.length);
      }),
    );
  });
});

describe('tools', () => {
  const call = event({ type: 'tool.call', id: 'f1', name: 'get', args: { a: 1 }, turn: 1 });

  test('run, and end with a result or an error', () => {
    expect(run(call).tools).toMatchObject([{ id: 'f1', state: 'open', args: { a: 1 } }]);
    const result = event({
      type: 'tool.result',
      id: 'f1',
      name: 'get',
      ok: true,
      durationMs: 12,
      response: { b: 2 },
    });
    expect(run(call, result).tools).toMatchObject([{ state: 'done', result: { b: 2 }, durationMs: 12 }]);
    const error = event({
      type: 'tool.result',
      id: 'f1',
      name: 'get',
      ok: false,
      durationMs: 12,
      error: 'no',
    });
    expect(run(call, error).tools).toMatchObject([{ state: 'failed', result: 'no' }]);
    expect(run(call, event({ type: 'tool.cancelled', ids: ['f1', 'f2'] })).tools).toMatchObject([
      { state: 'cancelled' },
    ]);
  });

  test('are answered here where they run in a participant’s client', () => {
    expect(run(call).tools).toMatchObject([{ ours: false }]);
    const ours = event({ type: 'tool.call', id: 'f1', name: 'get', args: {}, turn: 1, run: 'participant' });
    expect(run(ours).tools).toMatchObject([{ ours: true }]);
  });

  test('that ask first wait for permission', () => {
    const asks = (state: 'waiting' | 'allowed' | 'refused') =>
      event({ type: 'tool.approval', id: 'f1', name: 'get', args: {}, from: ['ana'], state });
    expect(run(call, asks('waiting')).tools).toMatchObject([{ state: 'approval', from: ['ana'] }]);
    const waits = event({
      type: 'tool.result',
      id: 'f1',
      name: 'get',
      ok: true,
      durationMs: 1,
      willContinue: true,
      response: { status: 'waiting' },
    });
    expect(run(call, asks('waiting'), waits).tools).toMatchObject([{ state: 'approval', from: ['ana'] }]);
    expect(run(call, asks('waiting'), asks('allowed')).tools).toMatchObject([{ state: 'open' }]);
    expect(run(call, asks('waiting'), asks('refused')).tools).toMatchObject([{ state: 'failed' }]);
  });
});

describe('losses', () => {
  const session = (
    state: 'connecting' | 'open' | 'rotating' | 'waiting' | 'closed',
    restored?: 'resumed' | 'rebuilt',
  ) => event({ type: 'session', state, ...(restored ? { restored } : {}) } as Body<RoomEvent>);

  test('the first connection is none; one that was away and came back is one, however many states it had', () => {
    expect(run(session('connecting'), session('open')).losses).toEqual([]);
    const log = run(
      session('open'),
      session('connecting'),
      session('waiting'),
      session('connecting'),
      session('open', 'rebuilt'),
    );
    expect(log.losses).toHaveLength(1);
    expect(log.losses[0]).toMatchObject({ what: 'model', restored: 'rebuilt' });
    expect(log.losses[0]?.endedAt).toBeGreaterThan(log.losses[0]?.at ?? 0);
  });

  test('of the room stand beside those of the model', () => {
    const log = run(
      session('open'),
      { type: 'room-lost', now: 100 },
      session('connecting'),
      { type: 'room-back', now: 200 },
      session('open', 'resumed'),
    );
    expect(log.losses.map(({ what, endedAt }) => [what, endedAt !== undefined])).toEqual([
      ['room', true],
      ['model', true],
    ]);
  });
});

test('errors of a profile are shown as such, others by their code', () => {
  const log = run(
    event({ type: 'error', code: 'profile', message: 'voice: must be a string', fatal: true }),
    event({ type: 'error', code: '1011', message: 'internal', fatal: false }),
  );
  expect(log.notices.map(({ title }) => title)).toEqual(['The profile is wrong', 'Error 1011']);
});

test('an event of a later version changes nothing and is kept for the download', () => {
  const log = run({ type: 'event', event: { v: 1, type: 'later', at: 1 } as unknown as RoomEvent, now: 1 });
  expect(log).toEqual({ ...emptyLog(0), events: [{ v: 1, type: 'later', at: 1 }] });
});

describe('the timeline', () => {
  const names = new Map([['ana', 'You']]);

  test('has speech, wait, answer, tool and loss on one axis', () => {
    const log = run(
      event({ type: 'session', state: 'open' }, 0),
      event({ type: 'speech', participant: 'ana', phase: 'started' }, 1_000),
      event({ type: 'speech', participant: 'ana', phase: 'ended' }, 2_000),
      event({ type: 'turn', turn: 1, phase: 'started' }, 2_500),
      event({ type: 'latency', turn: 1, endOfSpeechToAudioMs: 500 }, 2_500),
      event({ type: 'tool.call', id: 'f', name: 'get', args: {}, turn: 1 }, 3_000),
      event({ type: 'tool.result', id: 'f', name: 'get', ok: false, durationMs: 200, error: 'no' }, 3_200),
      event({ type: 'turn', turn: 1, phase: 'interrupted' }, 4_000),
      event({ type: 'session', state: 'waiting' }, 5_000),
    );
    expect(timelineOf(log, names, 6_000)).toEqual([
      { name: 'You', spans: [{ fromMs: 1_000, toMs: 2_000, kind: 'speech', label: 'speaks' }] },
      {
        name: 'Agent',
        spans: [
          { fromMs: 2_000, toMs: 2_500, kind: 'wait', label: 'waits for turn 1' },
          { fromMs: 2_500, toMs: 4_000, kind: 'interrupted', label: 'turn 1, interrupted' },
        ],
      },
      { name: 'Tools', spans: [{ fromMs: 3_000, toMs: 3_200, kind: 'tool-failed', label: 'get, failed' }] },
      { name: 'Losses', spans: [{ fromMs: 5_000, toMs: 6_000, kind: 'loss', label: 'model away' }] },
    ]);
  });

  test('has marks that stand apart at every zoom', () => {
    for (const zoom of [0.5, 1, 7, 12, 80, 200]) expect(stepOf(zoom) * zoom).toBeGreaterThanOrEqual(80);
    expect(median([])).toBeUndefined();
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

test('the cost counts each modality at its price, and what has none as text', () => {
  const usage = { prompt: 3_000_000, response: 1_000_000, thoughts: 0, total: 4_000_000 };
  expect(
    costOf({ ...usage, byModality: { prompt: { AUDIO: 1_000_000 }, response: { AUDIO: 1_000_000 } } }),
  ).toBeCloseTo(16);
});
