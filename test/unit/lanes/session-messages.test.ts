// LiveKit's session messages: answered with what is so, to those who may know it, whatever is sent.
import { expect, test } from 'vitest';
import type { SessionAnswer, SessionMessage, SessionQuestion } from '../../../src/room/session-messages.js';
import { type Bridged, bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function started(profile: object = {}): Bridged {
  const rig = bridged(profile);
  rig.room.join('ana');
  rig.bridge.start();
  return rig;
}

let requests = 0;

async function ask(
  { room }: Bridged,
  identity: string,
  kind: SessionQuestion,
): Promise<SessionAnswer | undefined> {
  requests += 1;
  const id = `req_${requests}`;
  room.emit({ type: 'session-request', identity, request: { id, kind } });
  await settle();
  return answerTo(room.sessionMessages, id);
}

function answerTo(messages: readonly SessionMessage[], wanted: string): SessionAnswer | undefined {
  for (const message of messages) if ('answer' in message && message.id === wanted) return message.answer;
  return undefined;
}

function events({ room }: Bridged): unknown[] {
  return room.sessionMessages.flatMap((message) => ('event' in message ? [message.event] : []));
}

test('each question is answered, to the one who asked alone', async () => {
  const rig = started({
    instructions: 'Be brief.',
    voice: 'Puck',
    tools: [{ declaration: { name: 'look' } }],
  });
  expect(await ask(rig, 'ana', 'ping')).toEqual({ kind: 'pong' });
  expect(await ask(rig, 'ana', 'framework-info')).toMatchObject({ name: 'gemini-room-agent' });
  expect(await ask(rig, 'ana', 'session-state')).toMatchObject({
    agentState: 'initializing',
    userState: 'listening',
    agent: 'agent-gemini',
    options: { model: 'gemini-3.8-live', voice: 'Puck', policy: 'everyone' },
  });
  expect(await ask(rig, 'ana', 'agent-info')).toMatchObject({ instructions: 'Be brief.', tools: ['look'] });
  expect(await ask(rig, 'ana', 'rtc-stats')).toMatchObject({ subscriber: [{ inboundRtp: { bytes: 42n } }] });
  expect(await ask(rig, 'ana', 'session-usage')).toMatchObject({ usage: { inputTokens: 0 } });
  for (const message of rig.room.sessionMessages) {
    if ('answer' in message) expect(message.to).toEqual(['ana']);
  }
  await rig.bridge.close();
});

test('instructions and what was said are for those alone whom control names', async () => {
  const rig = started({ instructions: 'Be brief.', control: ['backend'], chat: 'anyone' });
  rig.room.chat('ana', 'Good morning.');
  const told = await ask(rig, 'ana', 'agent-info');
  expect(told).toMatchObject({ items: [] });
  expect(told).not.toHaveProperty('instructions');
  expect(await ask(rig, 'ana', 'chat-history')).toMatchObject({ kind: 'error' });
  expect(await ask(rig, 'backend', 'agent-info')).toMatchObject({ instructions: 'Be brief.' });
  expect(await ask(rig, 'backend', 'chat-history')).toMatchObject({
    items: [{ kind: 'message', role: 'user', text: 'Good morning.' }],
  });
  rig.room.emit({
    type: 'session-request',
    identity: 'ana',
    request: { id: 'r', kind: 'run-input', text: 'Hello' },
  });
  await settle();
  expect(answerTo(rig.room.sessionMessages, 'r')).toMatchObject({ kind: 'error' });
  await rig.bridge.close();
});

test('an unknown request gets an error, and so does one too many', async () => {
  const rig = started();
  const request = { id: 'req', kind: 'unknown', name: 'updateIo' } as const;
  rig.room.emit({ type: 'session-request', identity: 'ana', request });
  await settle();
  expect(answerTo(rig.room.sessionMessages, 'req')).toEqual({
    kind: 'error',
    message: 'the request updateIo is not supported',
  });
  const answers = [];
  for (let times = 0; times < 30; times += 1) answers.push(await ask(rig, 'ana', 'ping'));
  expect(answers.filter((answer) => answer?.kind === 'pong').length).toBeLessThan(25);
  expect(answers.at(-1)).toMatchObject({ kind: 'error', message: expect.stringContaining('too many') });
  expect(await ask(rig, 'ben', 'ping')).toEqual({ kind: 'pong' });
  await rig.bridge.close();
});

test('who asks without end gets a few answers, and takes no event of others', async () => {
  const rig = started();
  for (let nth = 0; nth < 3_000; nth += 1)
    rig.room.emit({ type: 'session-request', identity: 'mallory', request: { id: `m${nth}`, kind: 'ping' } });
  rig.room.chat('ana', 'Good morning.');
  await settle();
  expect(events(rig)).toContainEqual(
    expect.objectContaining({ kind: 'item', item: expect.objectContaining({ text: 'Good morning.' }) }),
  );
  expect(rig.room.sessionMessages.filter((message) => 'answer' in message).length).toBeLessThan(45);
  await rig.bridge.close();
});

test('an answer with the history has the newest quarter of a megabyte', async () => {
  using clock = fakeClock();
  const rig = started();
  for (let nth = 0; nth < 60; nth += 1) {
    rig.room.chat('ana', `${nth} ${'x'.repeat(7_900)}`);
    await clock.advance(1_000);
  }
  rig.room.emit({ type: 'session-request', identity: 'ana', request: { id: 'all', kind: 'chat-history' } });
  await clock.advance(1);
  const answer = answerTo(rig.room.sessionMessages, 'all') as { readonly items: readonly { text: string }[] };
  const chars = answer.items.reduce((sum, { text }) => sum + text.length, 0);
  expect(chars).toBeLessThanOrEqual(256 * 1024);
  expect(chars).toBeGreaterThan(240 * 1024);
  expect(answer.items.at(-1)?.text).toMatch(/^59 /);
  await rig.bridge.close();
});

test('clients are notified of states, what is said, tools and usage', async () => {
  const rig = started();
  const { session, room } = rig;
  session.emit({ type: 'connection', state: 'open' });
  room.chat('ana', 'Hello.');
  session.emit({ type: 'tool-calls', calls: [{ id: 'c1', name: 'nothing', args: { a: 1 } }] });
  await settle();
  expect(events(rig)).toEqual(
    expect.arrayContaining([
      { kind: 'agent-state', before: 'initializing', now: 'listening' },
      { kind: 'item', item: expect.objectContaining({ role: 'user', text: 'Hello.' }) },
      {
        kind: 'tools',
        calls: [expect.objectContaining({ id: 'c1', name: 'nothing', args: '{"a":1}' })],
        outputs: [expect.objectContaining({ id: 'c1', failed: true })],
      },
    ]),
  );
  await rig.bridge.close();
});

test('a typed turn is answered when its answer has been heard', async () => {
  using clock = fakeClock();
  const rig = started({ modality: 'text', model: 'gemini-2.0-flash-live-001' });
  const { session, room } = rig;
  session.emit({ type: 'connection', state: 'open' });
  room.emit({
    type: 'session-request',
    identity: 'ana',
    request: { id: 'r', kind: 'run-input', text: 'Hello.' },
  });
  session.emit({ type: 'text', text: 'Good morning.' });
  session.emit({ type: 'generation-complete' });
  session.emit({ type: 'turn-complete' });
  await clock.advance(2_000);
  expect(answerTo(room.sessionMessages, 'r')).toMatchObject({
    kind: 'run-input',
    items: [
      { role: 'user', text: 'Hello.' },
      { role: 'assistant', text: 'Good morning.' },
    ],
  });
  const closing = rig.bridge.close();
  await clock.advance(5_000);
  await closing;
});

test('arguments and results of tools are for those of a control list, words for everyone', async () => {
  const rig = started({ control: ['backend'], tools: [{ declaration: { name: 'look' } }] });
  rig.room.join('backend');
  rig.room.answerRpc = async () => '{"secret":"result"}';
  rig.session.emit({ type: 'tool-calls', calls: [{ id: '1', name: 'look', args: { secret: 'args' } }] });
  await settle();
  await settle();
  const withSecrets = rig.room.sessionMessages.filter((message) =>
    JSON.stringify(message).includes('secret'),
  );
  expect(withSecrets.length).toBeGreaterThanOrEqual(3);
  for (const message of withSecrets) expect(message.to).toEqual(['backend']);
  await rig.bridge.close();
});

test('a typed input counts as a text of its sender', async () => {
  const rig = started();
  for (let nth = 0; nth < 7; nth += 1)
    rig.room.emit({
      type: 'session-request',
      identity: 'ana',
      request: { id: `in_${nth}`, kind: 'run-input', text: 'Hi.' },
    });
  await settle();
  expect(answerTo(rig.room.sessionMessages, 'in_4')).toBeUndefined();
  expect(answerTo(rig.room.sessionMessages, 'in_5')).toMatchObject({
    kind: 'error',
    message: expect.stringContaining('too many'),
  });
  await rig.bridge.close();
});
