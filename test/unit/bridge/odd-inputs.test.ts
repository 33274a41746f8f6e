// Payloads of odd forms from those who may command: each is refused by name or without effect, and the call goes on.
import { describe, expect, test } from 'vitest';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

const DEEP = `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`;
const webhook = {
  declaration: { name: 'pay' },
  run: { by: 'webhook', url: 'https://tools.example.com/all' },
};

/** Each is refused: with 400 and words for the one who sent it. */
const REFUSED: readonly (readonly [what: string, method: string, payload: string])[] = [
  ['nesting', 'configure', `{"see":${DEEP}}`],
  ['nesting in tools', 'configure', `{"tools":[{"declaration":{"name":"x","parameters":${DEEP}}}]}`],
  ['a prototype', 'configure', '{"__proto__":{"tools":[]}}'],
  ['a prototype inside', 'configure', '{"listen":{"__proto__":{"policy":"one"},"policy":"floor","x":1}}'],
  ['a constructor', 'configure', '{"constructor":{"prototype":{"polluted":1}}}'],
  ['numbers beyond all', 'configure', '{"see":{"framesPerSecond":1e999}}'],
  ['numbers below all', 'configure', '{"see":{"maxEdge":-1e308,"quality":-0.5}}'],
  ['no number', 'configure', '{"see":{"quality":"NaN"}}'],
  ['fields that configure has not', 'configure', '{"control":["mallory"]}'],
  ['powers of others', 'configure', '{"mcp":{"orders":{}}}'],
  ['powers inside live', 'configure', '{"live":{"tools":[{"googleSearch":{}}]}}'],
  ['a webhook', 'configure', JSON.stringify({ tools: [webhook] })],
  [
    'a webhook under the name of another tool',
    'configure',
    JSON.stringify({ tools: [{ ...webhook, declaration: { name: 'light' } }] }),
  ],
  [
    'a module',
    'configure',
    '{"tools":[{"declaration":{"name":"light"},"run":{"by":"module","name":"current_time"}}]}',
  ],
  [
    'a server',
    'configure',
    '{"tools":[{"declaration":{"name":"light"},"run":{"by":"mcp","server":"orders","tool":"x"}}]}',
  ],
  [
    'a tool twice',
    'configure',
    '{"tools":[{"declaration":{"name":"light"}},{"declaration":{"name":"light"}}]}',
  ],
  ['a list', 'configure', '[]'],
  ['nothing', 'say', 'null'],
  ['a text that is none', 'say', '{"text":{"toString":1}}'],
  ['a text that is too long', 'say', JSON.stringify({ text: 'x'.repeat(8_001) })],
  ['a role that is none', 'add_context', '{"turns":[{"role":"system","parts":[{"text":"x"}]}]}'],
  [
    'parts of other kinds',
    'add_context',
    '{"turns":[{"role":"user","parts":[{"inlineData":{"data":"AA=="}}]}]}',
  ],
  ['a place before the first', 'get_transcript', '{"from":-1}'],
  ['a place beyond all', 'get_transcript', '{"from":1e999}'],
  ['half a payload', 'approve', '{"id":"c1"'],
  ['more than fits', 'say', `{"text":"${'x'.repeat(600_000)}"}`],
];

describe('refused', () => {
  test.each(REFUSED)('%s (%s)', async (_what, method, payload) => {
    const { room, bridge, ends } = bridged({ control: ['ana'], tools: [{ declaration: { name: 'light' } }] });
    room.join('ana');
    bridge.start();
    const before = await room.call('ana', 'get_state');
    await expect(room.call('ana', method, payload)).rejects.toMatchObject({
      code: 400,
      message: expect.stringMatching(new RegExp(`^${method}: `)),
    });
    expect(await room.call('ana', 'get_state')).toBe(before);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(ends).toEqual([]);
    await bridge.close();
  });
});

test('the prototype of nothing changes, and answers of odd forms answer no call', async () => {
  using clock = fakeClock();
  const { room, session, bridge } = bridged({ tools: [{ declaration: { name: 'light' } }] });
  room.join('ana');
  bridge.start();
  session.emit({ type: 'tool-calls', calls: [{ id: 'c1', name: 'light', args: {} }] });
  const odd = [
    '{"id":"__proto__","response":{"polluted":1}}',
    '{"id":"constructor","error":"x"}',
    '{"__proto__":{"id":"c1","response":{}}}',
    `{"id":"c1","response":"${'x'.repeat(300_000)}"}`,
    '{"id":["c1"],"response":{}}',
    '[{"id":"c1","response":{}}]',
  ];
  for (const text of odd)
    room.emit({ type: 'message', topic: 'gemini.tool_response', identity: 'mallory', text });
  await clock.advance(10);
  expect(session.results).toEqual([]);
  const deep = `{"id":"c1","response":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`;
  room.emit({ type: 'message', topic: 'gemini.tool_response', identity: 'ana', text: deep });
  await clock.advance(10);
  expect(session.results).toMatchObject([{ id: 'c1', response: { error: { code: 'bad_answer' } } }]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await bridge.close();
});
