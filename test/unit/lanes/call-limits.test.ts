// What a fault of the service may cause: calls by the thousand are answered, few of them run, and one event reports them.
import { expect, test, vi } from 'vitest';
import { mapServerMessage } from '../../../src/gemini/messages.js';
import { Tools } from '../../../src/lanes/tools.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import { parseProfile } from '../../../src/profile/profile.js';
import type { RoomEventBody } from '../../../src/protocol/events.js';
import type { ToolCall, ToolResult } from '../../../src/session/port.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

function setUp() {
  const parsed = parseProfile({ metadata: { tools: [{ declaration: { name: 'light' } }] } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const room = new FakeRoom();
  room.join('ana');
  const sent: (readonly ToolResult[])[] = [];
  const events: RoomEventBody[] = [];
  const tools = new Tools({
    room,
    conversation: 'c1',
    session: { sendToolResults: (results) => sent.push(results) },
    ledger: { toolResult: () => {} },
    capabilities: capabilitiesOf('gemini-3.8-live'),
    tools: NO_TOOL_DEPLOYMENT,
    severalAnswers: true,
    profile: parsed.profile,
    emit: (event) => events.push(event),
    turn: () => 1,
    speaker: () => 'ana',
    by: () => 'voice',
    reply: { mark: () => 0, isReply: () => true },
    onToolsFound: () => {},
    endCall: () => 'bye',
    log: quietLog,
  });
  tools.start();
  return { room, tools, sent, events };
}

const calls = (count: number, from = 0): ToolCall[] =>
  Array.from({ length: count }, (_, nth) => ({ id: `c${from + nth}`, name: 'light', args: {} }));
const codeOf = ({ response }: ToolResult) => (response.error as { code?: string } | undefined)?.code;

test('of ten thousand calls 32 run, each of the rest is answered once, and one event reports them', async () => {
  const { room, tools, sent, events } = setUp();
  room.answerRpc = () => new Promise(() => {});
  tools.called(calls(10_000));
  expect(tools.open).toHaveLength(32);
  await vi.waitFor(() => expect(sent.flat()).toHaveLength(9_968));
  expect(new Set(sent.flat().map(codeOf))).toEqual(new Set(['too_many']));
  expect(new Set(sent.flat().map(({ id }) => id)).size).toBe(9_968);
  expect(Math.max(...sent.map((batch) => batch.length))).toBeLessThanOrEqual(250);
  expect(events.filter(({ type }) => type === 'tool.call')).toHaveLength(32);
  expect(events.filter(({ type }) => type !== 'tool.call')).toEqual([
    { type: 'error', code: 'too_many_calls', message: expect.stringContaining('9968'), fatal: false },
  ]);
  tools.close();
});

test('a call that is repeated is neither run nor answered again', async () => {
  const { room, tools, sent } = setUp();
  room.answerRpc = () => new Promise(() => {});
  tools.called(calls(1));
  tools.called(calls(1));
  expect(tools.open).toHaveLength(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual([]);
  tools.close();
});

test('a minute has 120 calls, however quickly they are answered', async () => {
  using clock = fakeClock();
  const { room, tools, sent } = setUp();
  room.answerRpc = async () => '{}';
  for (let nth = 0; nth < 130; nth += 1) {
    tools.called(calls(1, nth));
    await Promise.resolve();
    await clock.advance(1);
  }
  const refused = () => sent.flat().filter((result) => codeOf(result) === 'too_many').length;
  expect(refused()).toBe(10);
  await clock.advance(60_000);
  tools.called(calls(1, 200));
  await clock.advance(10);
  expect(refused()).toBe(10);
  tools.close();
});

test('arguments that nest too deep, or are too large, are left out, and their call is answered', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`) as object;
  const message = { toolCall: { functionCalls: [{ id: '1', name: 'light', args: deep }] } };
  const large = {
    toolCall: { functionCalls: [{ id: '2', name: 'light', args: { text: 'x'.repeat(300_000) } }] },
  };
  const { tools, sent, events } = setUp();
  for (const event of [message, large].flatMap(mapServerMessage)) {
    if (event.type === 'tool-calls') tools.called(event.calls);
  }
  expect(sent.flat().map(({ id, response }) => [id, response])).toEqual([
    ['1', { error: { code: 'invalid_arguments', message: expect.stringContaining('64 levels') } }],
    ['2', { error: { code: 'invalid_arguments', message: expect.stringContaining('characters') } }],
  ]);
  expect(events.map(({ type }) => type)).toEqual(['tool.call', 'tool.result', 'tool.call', 'tool.result']);
  tools.close();
});

test('calls with long arguments run until there are 256 KB of them in a minute, and the rest is refused', async () => {
  using clock = fakeClock();
  const { room, tools, sent, events } = setUp();
  room.answerRpc = async () => '{}';
  const call = (id: string): ToolCall => ({ id, name: 'light', args: { text: 'x'.repeat(60_000) } });
  const runs = (): string[] => events.flatMap((event) => (event.type === 'tool.call' ? [event.id] : []));
  tools.called(Array.from({ length: 10 }, (_, nth) => call(`${nth}`)));
  await clock.advance(10);
  expect(runs()).toEqual(['0', '1', '2', '3']);
  expect(sent.flat().map((result) => `${result.id} ${codeOf(result)}`)).toEqual(
    Array.from({ length: 6 }, (_, nth) => `${nth + 4} too_many`),
  );
  tools.called([{ id: 'small', name: 'light', args: {} }]);
  await clock.advance(30_000);
  tools.called([call('later')]);
  await clock.settle();
  expect(runs()).toEqual(['0', '1', '2', '3', 'small', 'later']);
  tools.close();
});
