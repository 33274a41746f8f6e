// The record of a call: what its report and get_transcript say, from the facts of it.
import { describe, expect, test } from 'vitest';
import type { CallFact, CallFactBody } from '../../../src/turns/call-fact.js';
import { factReporter } from '../../../src/turns/call-fact.js';
import { CallRecord } from '../../../src/turns/call-record.js';
import { callSummary } from '../../../src/turns/call-summary.js';
import { boundedRecord, type CallRecordState } from '../../../src/turns/recorded.js';

type EventBody = Extract<CallFactBody, { type: 'event' }>['event'];
const END = { id: 'AJ_1', room: 'room', at: 9_000, reason: 'hung-up: by ana' };

class Rig {
  readonly record: CallRecord;
  #at = 1_000;

  constructor(record = new CallRecord()) {
    this.record = record;
  }

  /** A second later. */
  add(body: CallFactBody): this {
    this.record.add({ ...body, at: this.#at } as CallFact);
    this.#at += 1_000;
    return this;
  }

  event(event: EventBody): this {
    return this.add({ type: 'event', event });
  }

  get turns() {
    return this.record.transcript.turns;
  }
}

const ANA = { type: 'person', identity: 'ana', name: 'Ana', kind: 'standard' } as const;
const begun = (present: readonly string[] = []) =>
  ({ type: 'begun', room: 'room', agent: 'agent-gemini', model: 'm', present, tools: {} }) as const;

const usage = (turn: number, prompt: number, response: number): EventBody => {
  const numbers = {
    prompt,
    response,
    thoughts: 0,
    total: prompt + response,
    byModality: { prompt: { AUDIO: prompt }, response: { AUDIO: response } },
  };
  return { type: 'usage', turn, ...numbers, session: numbers };
};

describe('turns', () => {
  test('have the words that become final after the answer has begun', () => {
    const rig = new Rig()
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .add({ type: 'user', text: 'One?', identity: 'ana', turn: 1 })
      .event({ type: 'turn', turn: 1, phase: 'completed' })
      .add({ type: 'user', text: 'Two?', identity: 'ben', turn: 2 })
      .event({ type: 'turn', turn: 2, phase: 'started' });
    expect(rig.turns.map(({ id, user, by }) => [id, user, by])).toEqual([
      [1, 'One?', 'ana'],
      [2, 'Two?', 'ben'],
    ]);
  });

  test('name each for their words where several people were answered, and only there', () => {
    const rig = new Rig()
      .add({ type: 'user', text: 'Go.', identity: 'ana', turn: 1 })
      .add({ type: 'user', text: 'No, stop!', identity: 'ben', identities: ['ben', 'ana'], turn: 1 })
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .add({ type: 'user', text: 'Stop.', identity: 'ben', turn: 1 })
      .add({ type: 'user', text: 'Yes?', identity: 'ana', turn: 2 })
      .event({ type: 'turn', turn: 2, phase: 'started' });
    expect(rig.turns.map(({ user, said }) => [user, said])).toEqual([
      [
        'Go. No, stop! Stop.',
        [
          { by: ['ana'], text: 'Go.' },
          { by: ['ben', 'ana'], text: 'No, stop!' },
          { by: ['ben'], text: 'Stop.' },
        ],
      ],
      ['Yes?', undefined],
    ]);
  });

  test('a tool that is called before the answer begins belongs to that answer, not to the one before', () => {
    const call = (id: string, turn: number): EventBody => ({
      type: 'tool.call',
      id,
      name: 'f',
      args: {},
      turn,
    });
    const rig = new Rig()
      .add({ type: 'user', text: 'One?' })
      .event(call('a', 0))
      .event({ type: 'tool.result', id: 'a', name: 'f', ok: true, durationMs: 3 })
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .event(call('b', 1))
      .event({ type: 'turn', turn: 1, phase: 'completed' })
      .add({ type: 'user', text: 'Two?' })
      .event(call('c', 1))
      .event({ type: 'turn', turn: 2, phase: 'started' })
      .event(call('d', 2))
      .event({ type: 'turn', turn: 2, phase: 'completed' })
      .event(call('e', 2));
    expect(rig.turns.map(({ id, user, tools }) => [id, user, tools.map((tool) => tool.id)])).toEqual([
      [1, 'One?', ['a', 'b']],
      [2, 'Two?', ['c', 'd']],
      [null, '', ['e']],
    ]);
    expect(rig.turns[0]?.tools[0]).toMatchObject({ ok: true, durationMs: 3 });
  });

  test('of a spoken question: who asked, what was said on both sides, latency and tokens', () => {
    const rig = new Rig()
      .event({ type: 'speech', participant: 'ana', phase: 'started' })
      .add({ type: 'user', text: 'What is the time?', identity: 'ana' })
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .event({ type: 'latency', turn: 1, endOfSpeechToAudioMs: 420.5, firstAudioToPublishedMs: 1.2 })
      .event(usage(1, 100, 40))
      .event(usage(1, 10, 5))
      .event({ type: 'turn', turn: 1, phase: 'completed', playedMs: 2_000 })
      .add({ type: 'agent', turn: 1, text: 'Noon.' });
    expect(rig.turns).toEqual([
      {
        id: 1,
        at: 1_000,
        by: 'ana',
        user: 'What is the time?',
        agent: 'Noon.',
        interrupted: false,
        outcome: 'completed',
        playedMs: 2_000,
        latency: { endOfSpeechToAudioMs: 420.5, firstAudioToPublishedMs: 1.2 },
        tools: [],
        usage: { prompt: 110, response: 45, thoughts: 0, total: 155 },
      },
    ]);
  });

  test('that nobody asked for has no asker', () => {
    const rig = new Rig().event({ type: 'turn', turn: 1, phase: 'started' });
    expect(rig.turns).toMatchObject([{ id: 1, by: null, user: '' }]);
  });

  test('that was talked over is interrupted, and the words over it belong to the next', () => {
    const rig = new Rig()
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .event({ type: 'speech', participant: 'ben', phase: 'started' })
      .event({ type: 'turn', turn: 1, phase: 'interrupted', playedMs: 300 })
      .add({ type: 'agent', turn: 1, text: 'Once upon' })
      .add({ type: 'user', text: 'Stop.', identity: 'ben' })
      .event({ type: 'turn', turn: 2, phase: 'started' });
    expect(rig.turns).toMatchObject([
      { id: 1, interrupted: true, outcome: 'interrupted', agent: 'Once upon', user: '' },
      { id: 2, by: 'ben', user: 'Stop.' },
    ]);
  });

  test('words without an answer are a turn of their own', () => {
    const rig = new Rig().add({ type: 'user', text: 'Hello?' }).add({ type: 'user', text: 'Anybody?' });
    expect(rig.turns).toMatchObject([{ id: null, user: 'Hello? Anybody?', outcome: 'no_answer' }]);
  });

  test('with tools: arguments, outcome and how long', () => {
    const rig = new Rig()
      .event({ type: 'turn', turn: 1, phase: 'started' })
      .event({ type: 'tool.call', id: 'a', name: 'find', args: { q: 'x' }, turn: 1 })
      .event({ type: 'tool.call', id: 'b', name: 'find', args: {}, turn: 1 })
      .event({ type: 'tool.call', id: 'c', name: 'find', args: {}, turn: 1 })
      .event({
        type: 'tool.result',
        id: 'a',
        name: 'find',
        ok: true,
        durationMs: 12,
        response: { secret: 1 },
      })
      .event({ type: 'tool.result', id: 'b', name: 'find', ok: false, durationMs: 3, error: 'no such thing' })
      .event({ type: 'tool.cancelled', ids: ['c'] });
    expect(rig.turns[0]?.tools).toEqual([
      { id: 'a', name: 'find', args: { q: 'x' }, ok: true, durationMs: 12 },
      { id: 'b', name: 'find', args: {}, ok: false, durationMs: 3, error: 'no such thing' },
      { id: 'c', name: 'find', args: {}, cancelled: true },
    ]);
  });
});

test('losses are listed with how the conversation went on; planned rotations are none', () => {
  const rig = new Rig()
    .event({ type: 'session', state: 'connecting' })
    .event({ type: 'session', state: 'open' })
    .event({ type: 'session', state: 'rotating', reason: '1011 internal' })
    .event({ type: 'session', state: 'open', restored: 'resumed', reason: '1011 internal' })
    .event({ type: 'session', state: 'rotating', reason: 'goAway' })
    .event({ type: 'session', state: 'open', restored: 'resumed' })
    .event({ type: 'session', state: 'rotating', reason: '1006' })
    .event({ type: 'session', state: 'waiting', reason: '1006' })
    .event({ type: 'session', state: 'waiting', reason: 'max-duration', leftMs: 30_000 })
    .event({ type: 'session', state: 'closed', reason: 'alone' });
  expect(rig.record.report(END).losses).toEqual([
    { at: 3_000, code: '1011 internal', restored: 'resumed', awayMs: 1_000 },
    { at: 7_000, code: '1006', restored: null, awayMs: null },
  ]);
  expect(callSummary(rig.record.state)).toMatchObject({
    losses: { '1011 internal': 1, '1006': 1 },
    rotations: 1,
  });
});

test('the report of a call that two processes ran one after the other is one', () => {
  const rig = new Rig()
    .add({ ...begun(['ana']), profile: 'reception', data: { userId: '42' } })
    .add({ ...ANA, phase: 'joined' })
    .event(usage(1, 10, 1))
    .add(begun(['ana']))
    .add({ ...ANA, phase: 'joined' })
    .event(usage(2, 20, 2))
    .event({ type: 'error', code: 'quota', message: 'too much', fatal: false })
    .add({ ...ANA, phase: 'left' })
    .add({ type: 'audio', droppedMs: 40, underruns: 2 });
  expect(rig.record.report(END)).toMatchObject({
    v: 1,
    call: {
      id: 'AJ_1',
      room: 'room',
      agent: 'agent-gemini',
      startedAt: 1_000,
      endedAt: 9_000,
      reason: 'hung-up: by ana',
    },
    model: 'm',
    profile: 'reception',
    data: { userId: '42' },
    people: [{ identity: 'ana', name: 'Ana', kind: 'standard', joinedAt: 2_000, leftAt: 8_000 }],
    usage: { prompt: 30, response: 3, total: 33 },
    audio: { droppedMs: 40, underruns: 2 },
    errors: [{ at: 7_000, code: 'quota', message: 'too much', fatal: false }],
  });
});

/** As it reaches another process. */
const moved = (record: CallRecord): CallRecord =>
  new CallRecord(JSON.parse(JSON.stringify(record.state)) as CallRecordState);

test('a record goes on in another process: an open turn is interrupted, a move that was planned is no loss', () => {
  const rig = new Rig()
    .add(begun(['ana', 'ben']))
    .add({ ...ANA, phase: 'joined' })
    .add({ ...ANA, identity: 'ben', phase: 'joined' })
    .event({ type: 'turn', turn: 1, phase: 'started' })
    .add({ type: 'audio', droppedMs: 40, underruns: 1 })
    .add({ type: 'user', text: 'And then?', identity: 'ana' })
    .add({ type: 'moved', planned: true });
  const next = new Rig(moved(rig.record));
  next
    .add(begun(['ana']))
    .event({ type: 'session', state: 'rotating', reason: 'taken over' })
    .event({ type: 'session', state: 'open', restored: 'resumed' })
    .event({ type: 'turn', turn: 2, phase: 'started' })
    .add({ type: 'audio', droppedMs: 2, underruns: 1 })
    .event({ type: 'session', state: 'rotating', reason: '1006' });
  expect(next.record.report(END)).toMatchObject({
    people: [
      { identity: 'ana', leftAt: null },
      { identity: 'ben', leftAt: 1_000 },
    ],
    turns: [
      { id: 1, outcome: 'interrupted', interrupted: true },
      { id: 2, user: 'And then?', by: 'ana' },
    ],
    losses: [{ code: '1006', restored: null }],
    audio: { droppedMs: 42, underruns: 2 },
  });
  // Killed while its connection was away: the loss ends in the next process.
  const last = new Rig(moved(next.record));
  last
    .add({ type: 'moved', planned: false })
    .event({ type: 'session', state: 'rotating', reason: 'taken over' })
    .event({ type: 'session', state: 'open', restored: 'rebuilt' });
  expect(last.record.report(END).losses).toEqual([
    { at: 6_000, code: '1006', restored: 'rebuilt', awayMs: -3_000 },
  ]);
});

test('the process that ran a call was killed: a loss', () => {
  const rig = new Rig()
    .add({ type: 'moved', planned: false })
    .event({ type: 'session', state: 'rotating', reason: 'taken over' })
    .event({ type: 'session', state: 'open', restored: 'resumed' });
  expect(rig.record.report(END).losses).toMatchObject([{ code: 'taken over', restored: 'resumed' }]);
});

test('words that were taken back are a cancelled turn without an answer; the next answer has its number', () => {
  const rig = new Rig()
    .add({ type: 'user', text: 'Delete it all.', identity: 'ana' })
    .add({ type: 'cancelled', turn: 1 })
    .add({ type: 'user', text: 'How are you?', identity: 'ana' })
    .event({ type: 'turn', turn: 1, phase: 'started' })
    .event({ type: 'turn', turn: 1, phase: 'completed' });
  expect(rig.turns).toMatchObject([
    { id: null, user: 'Delete it all.', outcome: 'cancelled' },
    { id: 1, user: 'How are you?', outcome: 'completed' },
  ]);
});

test('the turn of a fatal error has that outcome', () => {
  const rig = new Rig()
    .event({ type: 'turn', turn: 1, phase: 'started' })
    .event({ type: 'error', code: 'refused', message: 'no', fatal: true });
  expect(rig.turns).toMatchObject([{ id: 1, outcome: 'error', interrupted: false }]);
});

test('what travels of a long record has a bound, and says how many turns it lacks', () => {
  const rig = new Rig();
  for (let turn = 1; turn <= 50; turn += 1) {
    rig.add({ type: 'user', text: 'x'.repeat(500) }).event({ type: 'turn', turn, phase: 'completed' });
  }
  const bounded = boundedRecord(rig.record.state, 10_000);
  expect(JSON.stringify(bounded).length).toBeLessThanOrEqual(10_000);
  expect(bounded.turns.at(-1)?.id).toBe(50);
  expect(bounded.turns.length + bounded.turnsLeftOut).toBe(50);
  expect(new CallRecord(bounded).report(END)).toMatchObject({ turnsLeftOut: bounded.turnsLeftOut });
  expect(boundedRecord(rig.record.state, 1_000_000)).toBe(rig.record.state);
});

test('thoughts and sources stay in the call', () => {
  const facts: CallFact[] = [];
  const report = factReporter((fact) => facts.push(fact));
  report({ type: 'event', event: { type: 'thought', text: 'hm' } });
  report({ type: 'event', event: { type: 'turn', turn: 1, phase: 'started' } });
  expect(facts).toEqual([
    { type: 'event', at: expect.any(Number), event: { type: 'turn', turn: 1, phase: 'started' } },
  ]);
});

test('of a call that had to be allowed the report says who has decided, and when', () => {
  const about = { type: 'tool.approval', id: 'a', name: 'pay', args: {}, from: ['ana', 'ben'] } as const;
  const rig = new Rig()
    .event({ type: 'tool.call', id: 'a', name: 'pay', args: {}, turn: 1 })
    .event({ ...about, state: 'waiting' });
  const approval = () => rig.turns.flatMap(({ tools }) => tools)[0]?.approval;
  expect(approval()).toEqual({ state: 'waiting', from: ['ana', 'ben'], at: 2_000 });
  rig.event({ ...about, state: 'allowed', by: 'ben' });
  expect(approval()).toEqual({ state: 'allowed', from: ['ana', 'ben'], by: 'ben', at: 3_000 });
  const { turns } = new CallRecord(rig.record.state).report(END);
  expect(turns).toMatchObject([{ tools: [{ id: 'a', approval: { by: 'ben' } }] }]);
});
