import { expect, test, vi } from 'vitest';
import type { Profile } from '../../../src/profile/profile.js';
import { RpcFailure } from '../../../src/room/rpc-failure.js';
import { ParticipantTools } from '../../../src/tools/participant-tools.js';
import { whoMayAnswer } from '../../../src/tools/permission.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { runnerOf, toolOf } from './support.js';

interface SetUp {
  readonly control?: Profile['control'];
  readonly timeoutMs?: number;
  readonly speaker?: string;
}

function setUp({ control = 'anyone', timeoutMs = 2_000, speaker }: SetUp = {}) {
  const room = new FakeRoom();
  for (const identity of ['ana', 'ben', 'cleo']) room.join(identity);
  const participants = new ParticipantTools({ room, control: () => control });
  const tool = toolOf('light', (args, context) => participants.run('light', args, timeoutMs, context), {
    timeoutMs,
  });
  const { runner, answers } = runnerOf([tool], {
    speaker: () => room.participants().find(({ identity }) => identity === speaker),
    participants: () => room.participants(),
  });
  const start = (id = '1', args = { on: true }): void => void runner.start({ id, name: 'light', args });
  const asked = (): string[] => room.rpcs.map(({ identity }) => identity);
  return { room, participants, runner, answers, start, asked };
}

const unsupported = (): never => {
  throw new RpcFailure(1400, 'Method not supported at destination');
};

test('the method is called with the arguments as JSON, and its JSON is the answer', async () => {
  const { room, answers, start } = setUp();
  room.answerRpc = async () => '{"state":"on"}';
  start();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(room.rpcs).toEqual([
    {
      identity: 'ana',
      method: 'light',
      payload: '{"on":true}',
      timeoutMs: expect.toSatisfy((ms: number) => ms > 1_000 && ms <= 2_000),
    },
  ]);
  expect(answers[0]?.result.response).toEqual({ state: 'on' });
});

test('who spoke last is asked first, then the others in turn while they have no such method', async () => {
  const { room, answers, start, asked } = setUp({ speaker: 'cleo' });
  room.answerRpc = async ({ identity }) => (identity === 'ben' ? '"done by ben"' : unsupported());
  start();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(asked()).toEqual(['cleo', 'ana', 'ben']);
  expect(answers[0]?.result.response).toEqual({ output: 'done by ben' });
});

test('only those whom control allows are asked', async () => {
  const { room, start, asked, runner } = setUp({ control: ['ben'], speaker: 'ana' });
  room.answerRpc = async () => unsupported();
  start();
  await vi.waitFor(() => expect(asked()).toEqual(['ben']));
  expect(runner.open).toHaveLength(1);
});

test('agents, telephones and recorders are asked only where the profile names them', () => {
  const people = (['standard', 'agent', 'sip', 'egress', 'ingress', 'other'] as const).map((kind) => ({
    identity: kind,
    kind,
  }));
  expect(whoMayAnswer('anyone', people, undefined)).toEqual(['standard', 'other']);
  expect(whoMayAnswer(['agent', 'standard'], people, undefined)).toEqual(['standard', 'agent']);
  expect(whoMayAnswer([], people, 'standard')).toEqual([]);
});

test('an application error of the RPC is the error of the tool, at once and of nobody else', async () => {
  const { room, answers, start, asked } = setUp();
  room.answerRpc = async () => {
    throw new RpcFailure(1500, 'the lamp is broken');
  };
  start();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(asked()).toEqual(['ana']);
  expect(answers[0]?.result.response).toEqual({ error: { code: 'failed', message: 'the lamp is broken' } });
});

test.each([
  [1502, 'timeout'],
  [1503, 'unavailable'],
  [1504, 'too_large'],
  [77, 'failed'],
])('an RPC that ends with %i is answered as %s', async (code, expected) => {
  const { room, answers, start, asked } = setUp();
  room.answerRpc = async () => {
    throw new RpcFailure(code, 'words');
  };
  start();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(answers[0]?.error?.code).toBe(expected);
  expect(asked()).toEqual(['ana']);
});

test('an answer that is not JSON is an error, and an empty one is done', async () => {
  const { room, answers, start } = setUp();
  room.answerRpc = async () => 'sunny';
  start('1');
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  room.answerRpc = async () => '';
  start('2');
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(answers.map(({ result }) => result.response)).toEqual([{ output: 'sunny' }, {}]);
});

test('when nobody has the method the call stays open for a message, until its time is up', async () => {
  using clock = fakeClock();
  const { room, participants, answers, start, asked } = setUp({ timeoutMs: 1_000 });
  room.answerRpc = async () => unsupported();
  start('1');
  await clock.settle();
  expect(asked()).toEqual(['ana', 'ben', 'cleo']);
  expect(participants.message('ben', '{"id":"1","response":{"state":"on"}}')).toEqual({ taken: true });
  await clock.settle();
  expect(answers[0]?.result.response).toEqual({ state: 'on' });

  start('2');
  await clock.advance(1_000);
  expect(answers[1]?.error?.code).toBe('timeout');
  expect(participants.message('ben', '{"id":"2","response":{}}')).toMatchObject({ reason: 'not-open' });
});

test('a message may answer while an RPC is under way; the first answer counts', async () => {
  const { room, participants, answers, start } = setUp();
  let finish: (payload: string) => void = () => {};
  room.answerRpc = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  start();
  await vi.waitFor(() => expect(room.rpcs).toHaveLength(1));
  participants.message('ana', '{"id":"1","error":"no lamp"}');
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  finish('{"state":"on"}');
  await Promise.resolve();
  expect(answers.map(({ result }) => result.response)).toEqual([
    { error: { code: 'failed', message: 'no lamp' } },
  ]);
});

test('messages can give several answers, each with its own word on when to speak', async () => {
  const { room, participants, answers, start, runner } = setUp();
  room.answerRpc = async () => unsupported();
  start();
  await vi.waitFor(() => expect(room.rpcs).toHaveLength(3));
  participants.message('ana', '{"id":"1","response":{"done":50},"willContinue":true,"scheduling":"SILENT"}');
  participants.message('ana', '{"id":"1","response":{"done":100}}');
  await vi.waitFor(() => expect(runner.open).toEqual([]));
  expect(answers.map(({ result }) => result)).toEqual([
    { id: '1', name: 'light', response: { done: 50 }, scheduling: 'SILENT', willContinue: true },
    { id: '1', name: 'light', response: { done: 100 } },
  ]);
});

test.each([
  ['not JSON', 'not JSON', 'malformed'],
  ['neither response nor error', '{"id":"1"}', 'malformed'],
  ['both', '{"id":"1","response":{},"error":"x"}', 'malformed'],
  ['too large', JSON.stringify({ id: '1', response: { text: 'x'.repeat(300_000) } }), 'malformed'],
  ['of another call', '{"id":"2","response":{}}', 'not-open'],
])('a message that is %s is not taken', async (_name, text, reason) => {
  const { room, participants, start, runner } = setUp();
  room.answerRpc = async () => unsupported();
  start();
  await vi.waitFor(() => expect(room.rpcs).toHaveLength(3));
  expect(participants.message('ana', text)).toMatchObject({ taken: false, reason });
  expect(runner.open).toHaveLength(1);
});

test('a message of somebody whom control does not name is not taken', async () => {
  const { room, participants, start, runner } = setUp({ control: ['ben'] });
  room.answerRpc = async () => unsupported();
  start();
  await vi.waitFor(() => expect(room.rpcs).toHaveLength(1));
  expect(participants.message('ana', '{"id":"1","response":{}}')).toMatchObject({ reason: 'not-allowed' });
  expect(runner.open).toHaveLength(1);
});

test('arguments that an RPC cannot carry leave the call to a message', async () => {
  const { room, participants, answers, runner } = setUp();
  runner.start({ id: '1', name: 'light', args: { text: 'ä'.repeat(8_000) } });
  expect(participants.message('ana', '{"id":"1","response":{"ok":true}}')).toEqual({ taken: true });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(room.rpcs).toEqual([]);
});

test('a participant who joins while a call is open is called too, after the time to register methods', async () => {
  using clock = fakeClock();
  const { room, start, asked, answers } = setUp();
  room.answerRpc = async ({ identity }) => (identity === 'dan' ? '{"by":"dan"}' : unsupported());
  start();
  await clock.settle();
  room.join('dan');
  await clock.advance(100);
  expect(asked()).toEqual(['ana', 'ben', 'cleo']);
  await clock.advance(400);
  expect(asked()).toEqual(['ana', 'ben', 'cleo', 'dan']);
  expect(answers[0]?.result.response).toEqual({ by: 'dan' });
  expect(room.listenerCount).toBe(0);
  expect(clock.timers).toBe(0);
});

test('a cancelled call is not put to anybody else', async () => {
  const { room, runner, start, asked, answers } = setUp();
  let refuse: () => void = () => {};
  room.answerRpc = () =>
    new Promise((_resolve, reject) => {
      refuse = () => reject(new RpcFailure(1400, 'Method not supported at destination'));
    });
  start();
  await vi.waitFor(() => expect(asked()).toEqual(['ana']));
  runner.cancel(['1']);
  refuse();
  await new Promise(setImmediate);
  expect(asked()).toEqual(['ana']);
  expect(answers).toEqual([]);
});
