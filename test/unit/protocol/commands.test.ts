// What participants send: payloads of commands and answers to tool calls, good, wrong and hostile.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMMAND_METHODS,
  MAX_COMMAND_BYTES,
  MAX_TOOL_RESPONSE_BYTES,
  parseCommand,
  parseToolResponse,
} from '../../../src/protocol/commands.js';

const turns = [{ role: 'user', parts: [{ text: 'hi' }] }];

describe('commands', () => {
  test.each([
    'start_turn',
    'end_turn',
    'cancel_turn',
    'raise_hand',
    'lower_hand',
    'interrupt',
    'hang_up',
    'get_state',
  ] as const)('%s takes nothing, or an object whatever it holds', (method) => {
    for (const payload of ['', ' ', '{}', '{"any":1}'])
      expect(parseCommand(method, payload)).toMatchObject({ ok: true });
    for (const payload of ['[]', '"x"', 'x'])
      expect(parseCommand(method, payload)).toMatchObject({ ok: false });
  });

  test('the others read their fields', () => {
    expect(parseCommand('say', '{"text":"hello"}')).toEqual({ ok: true, value: { text: 'hello' } });
    expect(parseCommand('add_context', JSON.stringify({ turns }))).toEqual({
      ok: true,
      value: { turns, turnComplete: false },
    });
    expect(parseCommand('configure', '{"listen":{"policy":"floor"}}')).toEqual({
      ok: true,
      value: { listen: { policy: 'floor' } },
    });
  });

  test.each([
    ['say', '{}', 'text'],
    ['say', '{"text":""}', 'text'],
    ['say', '{"text":3}', 'text'],
    ['add_context', '{"turns":[]}', 'turns'],
    ['add_context', '{"turns":[{"role":"system","parts":[{}]}]}', 'turns.0.role'],
    ['add_context', '', 'turns'],
    ['configure', '{"voice":"Puck"}', 'voice'],
  ] as const)('%s with %s', (method, payload, field) => {
    const result = parseCommand(method, payload);
    expect(result).toEqual({ ok: false, message: expect.stringContaining(field) });
  });

  test('a payload over the limit is refused before it is read', () => {
    const fitting = JSON.stringify({ text: 'a'.repeat(MAX_COMMAND_BYTES - '{"text":""}'.length) });
    expect(parseCommand('say', fitting)).toMatchObject({ ok: true });
    expect(parseCommand('say', `${fitting} `)).toEqual({ ok: false, message: 'must be at most 15360 bytes' });
    const wide = JSON.stringify({ text: 'ß'.repeat(MAX_COMMAND_BYTES / 2) });
    expect(parseCommand('say', wide)).toMatchObject({ ok: false });
  });

  test('any text is either read or refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...COMMAND_METHODS),
        fc.oneof(fc.string(), fc.json()),
        (method, payload) => {
          expect(typeof parseCommand(method, payload).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('answers to tool calls', () => {
  test('are a response or an error', () => {
    expect(parseToolResponse('{"id":"a","response":{"x":1}}')).toEqual({
      ok: true,
      value: { id: 'a', response: { x: 1 } },
    });
    expect(parseToolResponse('{"id":"a","error":"no"}')).toEqual({
      ok: true,
      value: { id: 'a', error: 'no' },
    });
  });

  test.each([
    '{"id":"a"}',
    '{"id":"","error":"no"}',
    '{"response":{}}',
    '{"id":"a","response":[]}',
    '{"id":"a","response":{},"error":"no"}',
    '{"id":1,"error":"no"}',
    'null',
    '{',
  ])('%s is neither', (json) => {
    expect(parseToolResponse(json)).toMatchObject({ ok: false, message: expect.stringMatching(/^must be/) });
  });

  test('have a limit', () => {
    const json = JSON.stringify({ id: 'a', error: 'x'.repeat(MAX_TOOL_RESPONSE_BYTES) });
    expect(parseToolResponse(json)).toEqual({
      ok: false,
      message: `must be at most ${MAX_TOOL_RESPONSE_BYTES} bytes`,
    });
  });
});
