// Session messages on the wire, as @livekit/protocol reads and writes them.
import { AgentSession as pb } from '@livekit/protocol';
import { expect, test } from 'vitest';
import { readSessionRequest, writeSessionMessage } from '../../../src/room/session-codec.js';

function request(value: ConstructorParameters<typeof pb.SessionRequest>[0]): Uint8Array {
  const message = { case: 'request', value: new pb.SessionRequest(value) } as const;
  return new pb.AgentSessionMessage({ message }).toBinary();
}

test.each([
  ['ping', 'ping'],
  ['getChatHistory', 'chat-history'],
  ['getAgentInfo', 'agent-info'],
  ['getSessionState', 'session-state'],
  ['getRtcStats', 'rtc-stats'],
  ['getSessionUsage', 'session-usage'],
  ['getFrameworkInfo', 'framework-info'],
] as const)('%s is read', (name, kind) => {
  expect(readSessionRequest(request({ requestId: 'r', request: { case: name, value: {} } }))).toEqual({
    id: 'r',
    kind,
  });
});

test('what cannot be served is named, and what is no request is passed over', () => {
  const update = request({ requestId: 'r', request: { case: 'updateIo', value: {} } });
  expect(readSessionRequest(update)).toEqual({ id: 'r', kind: 'unknown', name: 'updateIo' });
  expect(readSessionRequest(request({ requestId: 'r' }))).toMatchObject({ kind: 'unknown' });
  expect(readSessionRequest(new Uint8Array(0))).toBeUndefined();
  expect(() => readSessionRequest(Buffer.from('no message'))).toThrow();
});

test('answers and events are what clients read', () => {
  const stats = {
    publisher: [],
    subscriber: [{ inboundRtp: { packets: 12n, lost: null, on: true, rtts: [0.5] } }],
  };
  const bytes = writeSessionMessage({ to: ['ana'], id: 'r', answer: { kind: 'rtc-stats', ...stats } });
  expect(pb.AgentSessionMessage.fromBinary(bytes).toJson()).toEqual({
    response: {
      requestId: 'r',
      getRtcStats: { subscriberStats: [{ inboundRtp: { packets: 12, lost: null, on: true, rtts: [0.5] } }] },
    },
  });
  const item = {
    kind: 'message',
    id: 'item_1',
    role: 'assistant',
    text: 'Yes.',
    interrupted: true,
    atMs: 1_500,
    latencyMs: 800,
  } as const;
  const event = writeSessionMessage({ event: { kind: 'item', item }, atMs: 2_000 });
  expect(pb.AgentSessionMessage.fromBinary(event).toJson()).toEqual({
    event: {
      createdAt: '1970-01-01T00:00:02Z',
      conversationItemAdded: {
        item: {
          message: {
            id: 'item_1',
            role: 'ASSISTANT',
            content: [{ text: 'Yes.' }],
            interrupted: true,
            createdAt: '1970-01-01T00:00:01.500Z',
            metrics: { e2eLatency: 0.8, llmNodeTtft: 0.8 },
          },
        },
      },
    },
  });
});
