import { expect, test, vi } from 'vitest';
import { Tools } from '../../../src/lanes/tools.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import { type Profile, parseProfile } from '../../../src/profile/profile.js';
import type { RoomEventBody } from '../../../src/protocol/events.js';
import { RpcFailure } from '../../../src/room/rpc-failure.js';
import type { ToolResult } from '../../../src/session/port.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';
import { ToolError } from '../../../src/tools/tool.js';
import { FakeRoom } from '../../support/fake-room.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

function profileOf(metadata: object): Profile {
  const parsed = parseProfile({ metadata });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.profile;
}

function setUp(profile: object = { tools: [{ declaration: { name: 'light' } }] }, severalAnswers = true) {
  const room = new FakeRoom();
  room.join('ana');
  const order: string[] = [];
  const results: ToolResult[] = [];
  const events: RoomEventBody[] = [];
  const ledger: unknown[] = [];
  const tools = new Tools({
    room,
    session: {
      sendToolResults: (sent) => {
        order.push('model');
        results.push(...sent);
      },
    },
    ledger: { toolResult: (...entry) => ledger.push(entry) },
    capabilities: capabilitiesOf('gemini-3.8-live'),
    tools: NO_TOOL_DEPLOYMENT,
    severalAnswers,
    profile: profileOf(profile),
    emit: (event) => {
      order.push(event.type);
      events.push(event);
    },
    turn: () => 7,
    speaker: () => 'ana',
    by: () => 'voice',
    reply: { mark: () => 0, isReply: () => true },
    conversation: 'c1',
    onToolsFound: () => {},
    endCall: () => 'bye',
    log: quiet,
  });
  tools.start();
  return { room, tools, order, results, events, ledger };
}

const light = (id: string) => ({ id, name: 'light', args: { on: true } });

test('a call is reported, its result goes first to the model, then to the ledger and the room', async () => {
  const { room, tools, order, results, events, ledger } = setUp();
  room.answerRpc = async () => '{"state":"on"}';
  tools.called([light('1')]);
  expect(events).toEqual([
    {
      type: 'tool.call',
      id: '1',
      name: 'light',
      args: { on: true },
      run: 'participant',
      turn: 7,
      participant: 'ana',
    },
  ]);
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(order).toEqual(['tool.call', 'model', 'tool.result']);
  expect(results).toEqual([{ id: '1', name: 'light', response: { state: 'on' } }]);
  expect(ledger).toEqual([['light', { on: true }, { state: 'on' }]]);
  expect(events[1]).toEqual({
    type: 'tool.result',
    id: '1',
    name: 'light',
    ok: true,
    durationMs: expect.any(Number),
    response: { state: 'on' },
  });
});

test('an unknown name is answered, and has its events', () => {
  const { tools, results, events } = setUp();
  tools.called([{ id: '9', name: 'lihgt', args: {} }]);
  expect(results).toHaveLength(1);
  expect(events.map(({ type }) => type)).toEqual(['tool.call', 'tool.result']);
  expect(events[1]).toMatchObject({ ok: false, error: 'there is no tool lihgt; there are: light' });
});

test('a repeated id is neither reported nor run again', async () => {
  const { room, tools, events, results } = setUp();
  room.answerRpc = async () => '{}';
  tools.called([light('1'), light('1')]);
  await vi.waitFor(() => expect(results).toHaveLength(1));
  tools.called([light('1')]);
  expect(room.rpcs).toHaveLength(1);
  expect(events.map(({ type }) => type)).toEqual(['tool.call', 'tool.result']);
});

test('a cancellation reports the calls that were open, and nothing where none was', async () => {
  const { room, tools, events, results } = setUp();
  let finish: (payload: string) => void = () => {};
  room.answerRpc = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  tools.called([light('1')]);
  tools.cancelled(['1', '2']);
  tools.cancelled(['1']);
  finish('{}');
  await new Promise(setImmediate);
  expect(events.map(({ type }) => type)).toEqual(['tool.call', 'tool.cancelled']);
  expect(events[1]).toEqual({ type: 'tool.cancelled', ids: ['1'] });
  expect(results).toEqual([]);
  expect(tools.open).toEqual([]);
});

test('a message on gemini.tool_response answers; an invalid one is reported for the developer of the client', async () => {
  const { room, tools, results, events } = setUp();
  room.answerRpc = async () => {
    throw new RpcFailure(1400, 'Method not supported at destination');
  };
  tools.called([light('1')]);
  const message = (text: string, topic = 'gemini.tool_response') =>
    room.emit({ type: 'message', topic, identity: 'ana', text });
  message('{"id":"1","response":{"state":"off"}}', 'another.topic');
  message('{"id":"1"');
  expect(events.at(-1)).toEqual({
    type: 'error',
    code: 'tool_response',
    message: 'gemini.tool_response of ana: must be JSON',
    fatal: false,
  });
  message('{"id":"1","response":{"state":"on"}}');
  await vi.waitFor(() => expect(results).toHaveLength(1));
  expect(results[0]?.response).toEqual({ state: 'on' });
});

test('where the service takes one answer to a call, the last of several is it', async () => {
  const { room, tools, results } = setUp(undefined, false);
  room.answerRpc = async () => {
    throw new RpcFailure(1400, 'Method not supported at destination');
  };
  tools.called([light('1')]);
  const message = (text: string) =>
    room.emit({ type: 'message', topic: 'gemini.tool_response', identity: 'ana', text });
  message('{"id":"1","response":{"done":50},"willContinue":true}');
  message('{"id":"1","response":{"done":100}}');
  await vi.waitFor(() => expect(tools.open).toEqual([]));
  expect(results).toEqual([{ id: '1', name: 'light', response: { done: 100 } }]);
});

test('other tools hold from the moment they are configured, and running ones go on', async () => {
  const { room, tools, results } = setUp();
  let finish: (payload: string) => void = () => {};
  room.answerRpc = ({ method }) =>
    method === 'light'
      ? new Promise((resolve) => {
          finish = resolve;
        })
      : Promise.resolve('{"new":true}');
  tools.called([light('1')]);
  tools.configure(profileOf({ tools: [{ declaration: { name: 'door' } }] }));
  tools.called([{ id: '2', name: 'door', args: {} }, light('3')]);
  await vi.waitFor(() => expect(results).toHaveLength(2));
  finish('{"old":true}');
  await vi.waitFor(() => expect(results).toHaveLength(3));
  const byId = Object.fromEntries(results.map(({ id, response }) => [id, response]));
  expect(byId).toMatchObject({
    '1': { old: true },
    '2': { new: true },
    '3': { error: { code: 'unknown_tool' } },
  });
});

test('the built-in tool hangs up only where the profile declares it', () => {
  const without = setUp();
  without.tools.called([{ id: '1', name: 'end_call', args: {} }]);
  expect(without.results[0]?.response).toMatchObject({ error: { code: 'unknown_tool' } });
  const declared = setUp({ leave: { endCallTool: true } });
  declared.tools.called([{ id: '1', name: 'end_call', args: {} }]);
  return vi.waitFor(() => expect(declared.results[0]?.response).toEqual({ output: 'bye' }));
});

test('calls of words that were taken back are answered and never run', () => {
  const { room, tools, results } = setUp();
  tools.called([light('1')], new ToolError('cancelled', 'taken back'));
  expect(room.rpcs).toEqual([]);
  expect(results[0]?.response).toEqual({ error: { code: 'cancelled', message: 'taken back' } });
});

test('close() leaves nothing behind in the room', () => {
  const { room, tools } = setUp();
  tools.close();
  expect(room.listenerCount).toBe(0);
});
