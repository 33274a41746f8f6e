// The room's events: one of each type goes through JSON and comes back as it was.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  parseRoomEvent,
  ROOM_EVENT_TYPES,
  type RoomEvent,
  type RoomEventBody,
  type RoomEventOf,
  roomEventSchema,
} from '../../../src/protocol/events.js';

const numbers = {
  prompt: 10,
  response: 5,
  thoughts: 1,
  total: 16,
  byModality: { prompt: { AUDIO: 8, TEXT: 2 }, response: { AUDIO: 5 } },
};

const bodies = {
  session: { type: 'session', state: 'open', restored: 'resumed', reason: 'goAway' },
  turn: { type: 'turn', turn: 3, phase: 'interrupted', playedMs: 812.5 },
  speech: { type: 'speech', participant: 'ana', phase: 'started' },
  'tool.call': { type: 'tool.call', id: 'c1', name: 'f', args: { x: [1, null] }, turn: 3 },
  'tool.result': { type: 'tool.result', id: 'c1', name: 'f', ok: true, durationMs: 12, response: { y: 1 } },
  'tool.cancelled': { type: 'tool.cancelled', ids: ['c1'] },
  grounding: { type: 'grounding', turn: 3, metadata: { webSearchQueries: ['q'] } },
  url_context: { type: 'url_context', turn: 3, metadata: { urlMetadata: [] } },
  'tool.approval': {
    type: 'tool.approval',
    id: 'c1',
    name: 'pay',
    args: { euros: 4 },
    from: ['ana'],
    state: 'allowed',
    by: 'ana',
  },
  code: { type: 'code', language: 'PYTHON', code: 'print(1)' },
  code_result: { type: 'code_result', outcome: 'OUTCOME_OK', output: '1' },
  thought: { type: 'thought', text: 'Hm' },
  usage: { type: 'usage', turn: 3, ...numbers, session: numbers },
  latency: { type: 'latency', turn: 3, endOfSpeechToAudioMs: 400, interruptToClearedMs: 7 },
  floor: { type: 'floor', holder: null, waiting: ['bo'] },
  dtmf: { type: 'dtmf', participant: 'ana', digits: '12#', direction: 'in' },
  vision: { type: 'vision', source: 'camera', participant: 'ana' },
  error: { type: 'error', code: '1007', message: 'API key not valid.', fatal: true },
} as const satisfies { [T in RoomEvent['type']]: Extract<RoomEventBody, { type: T }> };

const envelope = { v: 1, call: 'c', epoch: 1, seq: 7, at: 1_790_000_000_000 } as const;

test('the table of types is whole', () => {
  expect([...ROOM_EVENT_TYPES].sort()).toEqual(Object.keys(bodies).sort());
});

test.each(Object.values(bodies))('$type', (body) => {
  const event = { ...envelope, ...body };
  expect(parseRoomEvent(JSON.stringify(event))).toEqual(event);
});

test('a body is an event without its envelope', () => {
  expectTypeOf<RoomEventOf<'thought'>['text']>().toBeString();
  expectTypeOf<keyof Extract<RoomEventBody, { type: 'thought' }>>().toEqualTypeOf<'type' | 'text'>();
  expect(roomEventSchema.safeParse(bodies.thought).success).toBe(false);
});

describe('a reader', () => {
  test('overlooks fields that a later version may add', () => {
    const event = { ...envelope, ...bodies.thought };
    expect(parseRoomEvent(JSON.stringify({ ...event, mood: 'good' }))).toEqual(event);
  });

  test.each([
    ['another version', { ...envelope, v: 2, ...bodies.thought }],
    ['an unknown type', { ...envelope, type: 'mood' }],
    ['a missing field', { ...envelope, type: 'thought' }],
    ['a field of another kind', { ...envelope, ...bodies.turn, turn: 'three' }],
    ['an unknown state', { ...envelope, type: 'session', state: 'asleep' }],
  ])('takes no event of %s', (_, event) => {
    expect(parseRoomEvent(JSON.stringify(event))).toBeUndefined();
  });

  test('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseRoomEvent(text)).toBeUndefined();
      }),
    );
  });
});
