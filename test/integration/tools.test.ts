// Tools in a real room: people, webhooks and modules answer what a local Live API calls.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LiveApiServer, type LiveApiSession, startLiveApi } from '@gemini-room-agent/live-api';
import { RpcError } from '@livekit/rtc-node';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadModuleTools } from '../../src/tools/module-tools.js';
import { defineTool, z } from '../../src/tools/tool.js';
import { startCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { eventsOf, responseOf, responsesOf, startReadyCall, toolEvents } from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

type Calls = { name: string; id: string; args?: Record<string, unknown> }[];

/** What is written is answered with these calls, their responses with a word. */
function callsOn(rules: Record<string, Calls>): void {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      ...Object.entries(rules).map(([text, calls]) => ({
        when: { text },
        do: calls.length > 0 ? [{ calls }] : [],
      })),
      ...[
        ...new Set(
          Object.values(rules)
            .flat()
            .map(({ name }) => name),
        ),
      ].map((toolResponse) => ({
        when: { toolResponse },
        do: [{ say: 'Right, that is done.' }],
      })),
    ],
  });
}

const declare = (...names: string[]) => names.map((name) => ({ declaration: { name } }));

test('the client of any person in the room that has the method runs a tool', async () => {
  callsOn({ light: [{ name: 'set_light', id: 'c1', args: { on: true } }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools: declare('set_light') } });
  const ben = await call.join('ben');
  const asked: unknown[] = [];
  ben.registerRpc('set_light', async ({ callerIdentity, payload }) => {
    asked.push([callerIdentity, JSON.parse(payload)]);
    return '{"state":"on"}';
  });
  await call.person.sendChat('light');
  expect(await responseOf(call.session, 'c1')).toEqual({
    id: 'c1',
    name: 'set_light',
    response: { state: 'on' },
  });
  expect(asked).toEqual([['agent-gemini', { on: true }]]);
  await call.person.waitFor((person) => eventsOf(person, 'tool.result').length > 0, 15_000);
  expect(eventsOf(call.person, 'tool.call')[0]).toMatchObject({
    id: 'c1',
    name: 'set_light',
    args: { on: true },
  });
  expect(eventsOf(call.person, 'tool.result')[0]).toMatchObject({ ok: true, response: { state: 'on' } });
  // The model puts the answer into words.
  await call.person.waitFor((person) => person.heard().soundMs() > 0, 10_000);
});

test('an error of the client is the error of the tool at once, with its words', async () => {
  callsOn({ light: [{ name: 'set_light', id: 'c1' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools: declare('set_light') } });
  call.person.registerRpc('set_light', async () => {
    throw new RpcError(42, 'the lamp is broken');
  });
  const startedMs = Date.now();
  await call.person.sendChat('light');
  expect((await responseOf(call.session, 'c1')).response).toEqual({
    error: { code: 'failed', message: 'the lamp is broken' },
  });
  expect(Date.now() - startedMs).toBeLessThan(5_000);
  await call.person.waitFor((person) => eventsOf(person, 'tool.result').length > 0, 15_000);
  expect(eventsOf(call.person, 'tool.result')[0]).toMatchObject({ ok: false, error: 'the lamp is broken' });
});

test('a client without RPC answers the event, by stream or by packet, and only if it may', async () => {
  callsOn({ one: [{ name: 'ask', id: 'c1' }], two: [{ name: 'ask', id: 'c2' }] });
  const profile = { tools: declare('ask'), control: ['ana'] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const ben = await call.join('ben');
  const { person, session } = call;
  await person.sendChat('one');
  await person.waitFor(() => toolEvents(person).includes('tool.call c1'), 15_000);
  await ben.sendText('gemini.tool_response', '{"id":"c1","response":{"by":"ben"}}');
  await person.sendText('gemini.tool_response', 'this is no answer');
  await person.waitFor(() => eventsOf(person, 'error').length > 0, 15_000);
  await person.sendText('gemini.tool_response', '{"id":"c1","response":{"by":"ana"},"scheduling":"SILENT"}');
  expect(await responseOf(session, 'c1')).toEqual({
    id: 'c1',
    name: 'ask',
    response: { by: 'ana' },
    scheduling: 'SILENT',
  });

  await person.sendChat('two');
  await person.waitFor(() => toolEvents(person).includes('tool.call c2'), 15_000);
  await person.sendData('gemini.tool_response', Buffer.from('{"id":"c2","error":"I do not know"}'));
  expect((await responseOf(session, 'c2')).response).toEqual({
    error: { code: 'failed', message: 'I do not know' },
  });
  expect(eventsOf(person, 'error')).toMatchObject([{ code: 'tool_response', fatal: false }]);
  expect(call.ended).toBeUndefined();
});

test('several calls at once run side by side, and each gets exactly one answer', async () => {
  const calls = ['a', 'b', 'c', 'd'].map((id) => ({ name: 'work', id, args: { id } }));
  callsOn({ go: [...calls, { name: 'nothing_such', id: 'e' }, { name: 'slow', id: 'f' }] });
  const tools = [...declare('work'), { ...declare('slow')[0], timeoutMs: 400 }];
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools } });
  const { person, session } = call;
  const waiting = new Map<string, (answer: string) => void>();
  person.registerRpc('work', ({ payload }) => {
    const { id } = JSON.parse(payload) as { id: string };
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      // Everyone waits for the last one: they can only be answered if they run side by side.
      if (waiting.size === 4) for (const [each, answer] of waiting) answer(JSON.stringify({ done: each }));
    });
  });
  person.registerRpc('slow', () => new Promise(() => {}));
  await person.sendChat('go');
  await Promise.all([...'abcdef'].map((id) => responseOf(session, id)));
  await person.waitFor(() => eventsOf(person, 'tool.result').length === 6, 15_000);
  const responses = Object.fromEntries(responsesOf(session).map(({ id, response }) => [id, response]));
  expect(responsesOf(session)).toHaveLength(6);
  for (const id of 'abcd') expect(responses[id]).toEqual({ done: id });
  expect(responses.e).toMatchObject({ error: { code: 'unknown_tool' } });
  expect(responses.f).toMatchObject({ error: { code: 'timeout' } });
  expect(toolEvents(person).filter((event) => event.startsWith('tool.call'))).toHaveLength(6);
}, 60_000);

test('a call that comes twice runs once', async () => {
  callsOn({ go: [{ name: 'work', id: 'c1' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools: declare('work') } });
  let runs = 0;
  call.person.registerRpc('work', async () => {
    runs += 1;
    return '{}';
  });
  liveApi.faults.apply({ fault: 'double-calls' });
  await call.person.sendChat('go');
  await responseOf(call.session, 'c1');
  await call.person.waitFor((person) => eventsOf(person, 'tool.result').length > 0, 15_000);
  const calls = call.session.sent.filter((message) => message.toolCall !== undefined);
  expect(calls).toHaveLength(2);
  expect(runs).toBe(1);
  expect(responsesOf(call.session)).toHaveLength(1);
  expect(toolEvents(call.person)).toEqual(['tool.call c1', 'tool.result c1']);
});

test('a call that the model cancels is not answered any more', async () => {
  callsOn({ go: [{ name: 'work', id: 'c1' }], again: [{ name: 'work', id: 'c2' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools: declare('work') } });
  const { person, session } = call;
  const finish: ((answer: string) => void)[] = [];
  person.registerRpc('work', () => new Promise((resolve) => finish.push(resolve)));
  await person.sendChat('go');
  await expect.poll(() => finish.length).toBe(1);
  liveApi.faults.apply({ fault: 'cancel-calls' });
  await person.waitFor(() => toolEvents(person).includes('tool.cancelled c1'), 15_000);
  finish[0]?.('{"late":true}');
  // The next call is answered after the late answer came in, which was not.
  await person.sendChat('again');
  await expect.poll(() => finish.length).toBe(2);
  finish[1]?.('{"late":false}');
  await responseOf(session, 'c2');
  expect(responsesOf(session).map(({ id }) => id)).toEqual(['c2']);
  expect(toolEvents(person)).not.toContain('tool.result c1');
});

test('an interruption alone cancels nothing, and the microphone goes on while a tool runs', async () => {
  callsOn({ go: [{ name: 'work', id: 'c1' }], 'something else': [] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools: declare('work') } });
  const { person, session } = call;
  const finish: ((answer: string) => void)[] = [];
  person.registerRpc('work', () => new Promise((resolve) => finish.push(resolve)));
  const audioFrames = (): number =>
    session.received.filter((message) => (message.realtimeInput as { audio?: unknown })?.audio).length;
  await person.sendChat('go');
  await expect.poll(() => finish.length).toBe(1);
  const before = audioFrames();
  liveApi.faults.apply({ fault: 'interrupted' });
  await person.sendChat('something else');
  await expect.poll(audioFrames, { timeout: 10_000 }).toBeGreaterThan(before + 25);
  finish[0]?.('{"done":true}');
  expect((await responseOf(session, 'c1')).response).toEqual({ done: true });
  await person.waitFor(() => toolEvents(person).includes('tool.result c1'), 15_000);
  expect(toolEvents(person)).toEqual(['tool.call c1', 'tool.result c1']);
});

test('a webhook is called with a signed request, at an allowed origin', async () => {
  const bodies: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => {
      bodies.push({ headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"booked":4}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  try {
    callsOn({ book: [{ name: 'book_table', id: 'c1', args: { people: 4 } }] });
    const tools = [{ declaration: { name: 'book_table' }, run: { by: 'webhook', url: `${origin}/book` } }];
    await using call = await startReadyCall({
      livekit,
      liveApi,
      profile: { tools },
      tools: { modules: new Map(), webhooks: { origins: [origin], secret } },
    });
    await call.person.sendChat('book');
    expect((await responseOf(call.session, 'c1')).response).toEqual({ booked: 4 });
    const [{ headers, body } = { headers: {}, body: '' }] = bodies;
    expect(JSON.parse(body)).toMatchObject({
      type: 'tool.call',
      data: { id: 'c1', name: 'book_table', args: { people: 4 }, room: call.room },
    });
    const signed = headers as Record<string, string>;
    expect(new Webhook(secret).verify(body, signed)).toEqual(JSON.parse(body));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a module is declared by itself, and answers with the time', async () => {
  const modules = await loadModuleTools(new URL('../../agent/tools/', import.meta.url));
  callsOn({ time: [{ name: 'current_time', id: 'c1', args: { timeZone: 'Asia/Tokyo' } }] });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    profile: {
      tools: [{ declaration: { name: 'current_time' }, run: { by: 'module', name: 'current-time' } }],
    },
    tools: { modules, webhooks: { origins: [], secret: undefined } },
  });
  const setup = call.session.received[0]?.setup as { tools: { functionDeclarations: object[] }[] };
  expect(setup.tools[0]?.functionDeclarations).toEqual([
    {
      name: 'current_time',
      description: expect.stringContaining('current date'),
      parameters: {
        type: 'OBJECT',
        properties: { timeZone: { type: 'STRING', maxLength: 64, description: expect.any(String) } },
      },
    },
  ]);
  await call.person.sendChat('time');
  expect((await responseOf(call.session, 'c1')).response).toMatchObject({ timeZone: 'Asia/Tokyo' });
});

test('an immediate module is answered within 5 ms on the wire, also while speech is playing', async () => {
  const ping = defineTool({
    name: 'ping',
    description: 'Pings.',
    parameters: z.object({}),
    run: () => 'pong',
  });
  const rounds = 40;
  const ids = (prefix: string) => Array.from({ length: rounds }, (_, index) => `${prefix}${index}`);
  const pings = (prefix: string) =>
    ids(prefix).flatMap((id) => [{ call: { name: 'ping', id } }, { wait: 30 }]);
  const long = 'This is a long sentence that takes its time, and another one. '.repeat(6);
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      { when: { text: 'quiet' }, do: pings('q') },
      { when: { text: 'aloud' }, do: [{ say: long }, ...pings('s')] },
    ],
  });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    profile: {
      tools: [
        {
          declaration: { name: 'ping' },
          run: { by: 'module', name: 'ping' },
          scheduling: 'SILENT',
        },
      ],
    },
    tools: { modules: new Map([['ping', ping]]), webhooks: { origins: [], secret: undefined } },
  });
  const { person, session } = call;
  await person.sendChat('quiet');
  await responseOf(session, `q${rounds - 1}`);
  await person.sendChat('aloud');
  await responseOf(session, `s${rounds - 1}`);
  const playedOut = eventsOf(person, 'turn').some(({ phase }) => phase === 'completed');
  expect(playedOut).toBe(false);

  expect(medianMs(session, ids('q'))).toBeLessThanOrEqual(5);
  expect(medianMs(session, ids('s'))).toBeLessThanOrEqual(5);
}, 60_000);

test("a client's tool takes the room's round trip and at most 10 ms more", async () => {
  const rounds = ['one', 'two', 'three'];
  const ids = (round: string) => Array.from({ length: 10 }, (_, index) => `${round}${index}`);
  liveApi.setScenario({
    otherwise: 'silence',
    rules: rounds.map((round) => ({
      when: { text: round },
      do: ids(round).flatMap((id) => [{ call: { name: 'echo', id } }, { wait: 40 }]),
    })),
  });
  const tools = [{ declaration: { name: 'echo' }, scheduling: 'SILENT' }];
  await using call = await startReadyCall({ livekit, liveApi, profile: { tools } });
  const { person, session } = call;
  person.registerRpc('echo', async () => '{}');
  const moreMs: number[] = [];
  for (const round of rounds) {
    const tripsMs: number[] = [];
    for (let trip = 0; trip < 10; trip += 1) {
      const startedMs = performance.now();
      await person.rpc('get_state');
      tripsMs.push(performance.now() - startedMs);
    }
    await person.sendChat(round);
    await responseOf(session, `${round}9`);
    moreMs.push(medianMs(session, ids(round)) - medianOf(tripsMs));
  }
  // A machine that is busy with something else for a moment says nothing of the agent.
  expect(Math.min(...moreMs)).toBeLessThanOrEqual(10);
}, 60_000);

test('the model hangs up, once its goodbye was heard', async () => {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      {
        when: { text: 'goodbye' },
        do: [
          { say: 'Goodbye, and thank you very much for the call.' },
          { call: { name: 'end_call', id: 'c1' } },
        ],
      },
    ],
  });
  await using call = await startReadyCall({ livekit, liveApi, profile: { leave: { endCallTool: true } } });
  const { person, session } = call;
  await person.sendChat('goodbye');
  expect(await responseOf(session, 'c1')).toMatchObject({ name: 'end_call', scheduling: 'SILENT' });
  expect(call.ended).toBeUndefined();
  const { reason, failed } = await call.end;
  expect([reason, failed]).toEqual(['hung-up: by the model', false]);
  const turns = eventsOf(person, 'turn');
  expect(turns.map(({ phase }) => phase)).toEqual(['started', 'generated', 'completed']);
  const spokenMs = Number(turns.at(-1)?.playedMs);
  expect(spokenMs).toBeGreaterThan(500);
  expect(person.heard('agent-gemini').durationMs).toBeGreaterThan(spokenMs - 300);
}, 60_000);

test.each([
  ['an origin that is not allowed', { by: 'webhook', url: 'https://evil.example/x' }, 'tools[0].run.url'],
  ['a module that is not there', { by: 'module', name: 'nothing' }, 'tools[0].run.name'],
])('%s is refused before any session is opened', async (_name, run, field) => {
  const before = liveApi.sessions.length;
  await using call = await startCall({
    livekit,
    liveApi,
    profile: { tools: [{ declaration: { name: 'a' }, run }] },
  });
  await call.person.waitFor((person) => eventsOf(person, 'error').length > 0, 10_000);
  expect(eventsOf(call.person, 'error')[0]).toMatchObject({
    code: 'profile',
    fatal: true,
    message: expect.stringContaining(field),
  });
  expect(await call.end).toMatchObject({ failed: true });
  expect(liveApi.sessions.length).toBe(before);
});

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** From the calls on the wire to their responses on the wire. */
function medianMs(session: LiveApiSession, ids: readonly string[]): number {
  const timeOf = (from: 'client' | 'server', id: string): number =>
    session.frames.find(
      (frame) => frame.from === from && JSON.stringify(frame.message).includes(`"id":"${id}"`),
    )?.atMs ?? Number.NaN;
  return medianOf(ids.map((id) => timeOf('client', id) - timeOf('server', id)));
}
