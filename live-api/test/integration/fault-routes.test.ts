// Every fault by each of its three ways: a method, the control port, and a step of a scenario. The effect is the same.
import { describe, expect, it, vi } from 'vitest';
import { connectionFault } from '../../src/faults/schema.js';
import {
  type ConnectionFaultInput,
  type LiveApiServer,
  type ServerFaultInput,
  startLiveApi,
} from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { openRaw, type RawClient, rawClient } from '../support/raw-client.js';

const ROUTES = ['method', 'http', 'scenario'] as const;
type Route = (typeof ROUTES)[number];

interface Case {
  readonly faults: readonly ConnectionFaultInput[];
  /** Sent by the server right after. */
  readonly messages?: readonly Record<string, unknown>[];
  /** Said by the client before. */
  readonly before?: string;
  check(client: RawClient, startedMs: number): Promise<void>;
}

async function post(server: LiveApiServer, fault: ConnectionFaultInput | ServerFaultInput): Promise<void> {
  const response = await fetch(`${server.url}/control/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  expect(await response.json()).toMatchObject({ ok: true });
}

const tools = [{ functionDeclarations: [{ name: 'look_up' }] }];
const model = 'models/gemini-3.8-live';

async function start(route: Route, { faults, messages = [] }: Case): Promise<LiveApiServer> {
  const steps = [...faults.map((fault) => ({ fault })), ...messages.map((message) => ({ message }))];
  return startLiveApi({
    speech: quickSpeech(),
    pace: 'prompt',
    answerer: briefAnswerer(),
    ...(route === 'scenario' && { scenario: { rules: [{ when: { text: '^now$' }, do: steps }] } }),
  });
}

async function carryOut(
  route: Route,
  { faults, messages = [] }: Case,
  server: LiveApiServer,
  client: RawClient,
) {
  if (route === 'scenario') {
    client.send({ realtimeInput: { text: 'now' } });
    return;
  }
  for (const fault of faults) {
    if (route === 'method') server.faults.apply(fault);
    else await post(server, fault);
  }
  for (const message of messages) server.faults.send(message);
}

const marks = (client: RawClient) => client.messages.flatMap(({ mark }) => (mark === undefined ? [] : mark));
const contents = (client: RawClient) =>
  client.messages.flatMap(({ serverContent }) => (serverContent ? [serverContent as object] : []));
const turnComplete = (client: RawClient) =>
  vi.waitFor(() => expect(contents(client)).toContainEqual(expect.objectContaining({ turnComplete: true })));
const call = { functionCalls: [{ id: 'call-1', name: 'look_up', args: {} }] };
const transcript = { serverContent: { outputTranscription: { text: 'hi' } } };

const CASES: Readonly<Record<string, Case>> = {
  kill: {
    faults: [{ fault: 'kill' }],
    check: async (client) => expect(await client.closed).toEqual({ code: 1006, reason: '' }),
  },
  close: {
    faults: [{ fault: 'close', code: 4321, reason: 'so it goes' }],
    check: async (client) => expect(await client.closed).toEqual({ code: 4321, reason: 'so it goes' }),
  },
  'go-away': {
    faults: [{ fault: 'go-away', timeLeftMs: 120 }],
    check: async (client, startedMs) => {
      expect(await client.next('goAway')).toEqual({ goAway: { timeLeft: '0.120s' } });
      const reason = 'Deadline expired before operation could complete.';
      expect(await client.closed).toEqual({ code: 1011, reason });
      expect(performance.now() - startedMs).toBeGreaterThan(110);
    },
  },
  'go-away without an end': {
    faults: [{ fault: 'go-away', timeLeftMs: 1, end: false }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      expect(client.messages).toContainEqual({ goAway: { timeLeft: '0.001s' } });
      client.send({ realtimeInput: { text: 'still there' } });
      await turnComplete(client);
    },
  },
  'freeze, for a while': {
    faults: [{ fault: 'freeze', forMs: 200 }],
    messages: [{ mark: 1 }],
    check: async (client, startedMs) => {
      await client.next('mark');
      expect(performance.now() - startedMs).toBeGreaterThan(190);
    },
  },
  'freeze, then thaw': {
    faults: [{ fault: 'freeze' }, { fault: 'thaw' }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      client.send({ realtimeInput: { text: 'hello' } });
      await turnComplete(client);
    },
  },
  slow: {
    faults: [{ fault: 'slow', latencyMs: 200 }],
    messages: [{ mark: 1 }, { mark: 2 }],
    check: async (client, startedMs) => {
      await vi.waitFor(() => expect(marks(client)).toEqual([1, 2]));
      expect(performance.now() - startedMs).toBeGreaterThan(190);
    },
  },
  'slow, then clear': {
    faults: [{ fault: 'slow', latencyMs: 60_000 }, { fault: 'clear' }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
    },
  },
  duplicate: {
    faults: [{ fault: 'duplicate', count: 2 }],
    messages: [{ mark: 1 }, { mark: 2 }, { mark: 3 }],
    check: (client) => vi.waitFor(() => expect(marks(client)).toEqual([1, 1, 2, 2, 3])),
  },
  reorder: {
    faults: [{ fault: 'reorder' }],
    messages: [{ mark: 1 }, { mark: 2 }, { mark: 3 }],
    check: (client) => vi.waitFor(() => expect(marks(client)).toEqual([2, 1, 3])),
  },
  'late-transcripts': {
    faults: [{ fault: 'late-transcripts', delayMs: 100 }],
    messages: [transcript, { mark: 1 }],
    check: async (client) => {
      await vi.waitFor(() => expect(client.messages).toContainEqual(transcript));
      expect(client.messages.slice(-2)).toEqual([{ mark: 1 }, transcript]);
    },
  },
  'close, as a known one with its trace': {
    faults: [{ fault: 'close', like: 'quota-prepayment', traced: true }],
    check: async (client) => {
      const { code, reason } = await client.closed;
      expect(code).toBe(1011);
      expect(reason).toMatch(
        /^Request trace id: \w+, \[ORIGINAL ERROR\] generic::resource_exhausted: Your prepayment/,
      );
      expect(Buffer.byteLength(reason)).toBe(123);
    },
  },
  'late-transcripts, after the turn': {
    faults: [{ fault: 'late-transcripts', delayMs: 100, after: 'turn-complete' }],
    messages: [transcript, { serverContent: { turnComplete: true } }, { mark: 1 }],
    check: async (client) => {
      await vi.waitFor(() => expect(client.messages).toContainEqual(transcript));
      expect(client.messages.slice(-3)).toEqual([
        { serverContent: { turnComplete: true } },
        { mark: 1 },
        transcript,
      ]);
    },
  },
  'split-transcripts': {
    faults: [{ fault: 'split-transcripts', of: 'output', gapMs: 100 }],
    messages: [transcript, { mark: 1 }],
    check: async (client) => {
      await vi.waitFor(() =>
        expect(client.messages.slice(-3)).toEqual([
          { serverContent: { outputTranscription: { text: 'h' } } },
          { mark: 1 },
          { serverContent: { outputTranscription: { text: 'i' } } },
        ]),
      );
    },
  },
  drop: {
    faults: [{ fault: 'drop', sent: '"mark":1' }],
    messages: [{ mark: 1 }, { mark: 2 }],
    check: (client) => vi.waitFor(() => expect(marks(client)).toEqual([2])),
  },
  delay: {
    faults: [{ fault: 'delay', sent: '"mark":1', delayMs: 100 }],
    messages: [{ mark: 1 }, { mark: 2 }],
    check: (client) => vi.waitFor(() => expect(marks(client)).toEqual([2, 1])),
  },
  'text-parts': {
    faults: [
      { fault: 'text-parts', text: 'Thinking aloud.' },
      { fault: 'say', text: 'Hello?' },
    ],
    check: async (client) => {
      await turnComplete(client);
      const turns = contents(client).filter((content) => 'modelTurn' in content);
      expect(turns[0]).toEqual({ modelTurn: { parts: [{ text: 'Thinking aloud.' }] } });
      expect(JSON.stringify(turns[1])).toContain('inlineData');
    },
  },
  swallow: {
    faults: [{ fault: 'swallow', input: 'text' }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      client.send({ realtimeInput: { text: 'swallowed' } });
      client.send({ realtimeInput: { text: 'heard' } });
      await turnComplete(client);
      expect(contents(client).filter((content) => 'turnComplete' in content)).toHaveLength(1);
    },
  },
  'no-answer, with an empty turn': {
    faults: [{ fault: 'no-answer' }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      client.send({ realtimeInput: { text: 'anything' } });
      await turnComplete(client);
      expect(contents(client)).toEqual([{ generationComplete: true }, { turnComplete: true }]);
    },
  },
  'no-answer, without a turn': {
    faults: [{ fault: 'no-answer', turn: 'none' }],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      client.send({ realtimeInput: { text: 'first' } });
      client.send({ realtimeInput: { text: 'second' } });
      await turnComplete(client);
      expect(contents(client).filter((content) => 'turnComplete' in content)).toHaveLength(1);
      expect(contents(client)).toContainEqual({ outputTranscription: { text: 'Yes, I can.' } });
    },
  },
  'interrupted, which ends the turn alone': {
    faults: [
      { fault: 'say', text: 'One sentence after the other, for a while.' },
      { fault: 'interrupted', turn: 'ends-alone' },
    ],
    messages: [{ mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      expect(contents(client)).toContainEqual({ interrupted: true });
      client.send({ realtimeInput: { text: 'next' } });
      await turnComplete(client);
      expect(contents(client).filter((content) => 'turnComplete' in content)).toHaveLength(1);
    },
  },
  'interrupted, which ends the turn': {
    faults: [
      { fault: 'say', text: 'One sentence after the other, for a while.' },
      { fault: 'interrupted', turn: 'ends' },
    ],
    check: async (client) => {
      await turnComplete(client);
      const ends = contents(client).filter(
        (content) => 'interrupted' in content || 'turnComplete' in content,
      );
      expect(ends).toEqual([{ interrupted: true }, { turnComplete: true }]);
    },
  },
  'double-calls': {
    faults: [{ fault: 'double-calls' }],
    messages: [{ toolCall: call }, { mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      expect(client.messages.filter(({ toolCall }) => toolCall)).toEqual([
        { toolCall: call },
        { toolCall: call },
      ]);
    },
  },
  'double-calls with new ids': {
    faults: [{ fault: 'double-calls', newIds: true }],
    messages: [{ toolCall: call }, { mark: 1 }],
    check: async (client) => {
      await client.next('mark');
      const ids = client.messages.flatMap(({ toolCall }) =>
        toolCall ? (toolCall as typeof call).functionCalls.map(({ id }) => id) : [],
      );
      expect(ids).toEqual(['call-1', expect.stringMatching(/^function-call-/)]);
    },
  },
  'cancel-calls': {
    before: 'look up',
    faults: [{ fault: 'cancel-calls' }],
    check: async (client) => {
      const { toolCall } = (await client.next('toolCall')) as { toolCall: typeof call };
      const ids = toolCall.functionCalls.map(({ id }) => id);
      expect(await client.next('toolCallCancellation')).toEqual({ toolCallCancellation: { ids } });
    },
  },
  interrupted: {
    faults: [{ fault: 'interrupted' }],
    check: async (client) =>
      expect(await client.next('serverContent')).toEqual({ serverContent: { interrupted: true } }),
  },
  'empty-turn': {
    faults: [{ fault: 'empty-turn' }],
    check: async (client) => {
      await turnComplete(client);
      expect(contents(client)).toEqual([{ generationComplete: true }, { turnComplete: true }]);
    },
  },
  'silent-turn': {
    faults: [{ fault: 'silent-turn', durationMs: 200 }],
    check: async (client) => {
      await turnComplete(client);
      const data = [...JSON.stringify(client.messages).matchAll(/"data":"([^"]+)"/g)].map(([, text]) => text);
      const pcm = Buffer.concat(data.map((text) => Buffer.from(text ?? '', 'base64')));
      expect(pcm).toHaveLength(200 * 48);
      for (let at = 0; at < pcm.length; at += 2) expect(Math.abs(pcm.readInt16LE(at))).toBe(1);
    },
  },
  malformed: {
    faults: [{ fault: 'malformed', text: '{"serverContent": {' }],
    check: (client) => vi.waitFor(() => expect(client.garbage).toEqual(['{"serverContent": {'])),
  },
  send: {
    faults: [{ fault: 'send', message: { usageMetadata: { totalTokenCount: 7 } } }],
    check: async (client) =>
      expect(await client.next('usageMetadata')).toEqual({ usageMetadata: { totalTokenCount: 7 } }),
  },
  say: {
    faults: [{ fault: 'say', text: 'Hello?' }],
    check: async (client) => {
      await turnComplete(client);
      expect(contents(client)).toContainEqual({ outputTranscription: { text: 'Hello?' } });
    },
  },
};

it('every fault of a connection is among them', () => {
  const known = connectionFault.options.map(({ shape }) => shape.fault.value);
  const tried = Object.values(CASES).flatMap(({ faults }) => faults.map(({ fault }) => fault));
  expect([...new Set(tried)].sort()).toEqual([...known].sort());
});

describe.each(ROUTES)('by %s', (route) => {
  it.each(Object.entries(CASES))('%s', async (_, fault) => {
    await using server = await start(route, fault);
    const client = await openRaw(server.url, { tools, outputAudioTranscription: {} });
    await client.next('sessionResumptionUpdate');
    if (fault.before) {
      client.send({ realtimeInput: { text: fault.before } });
      await turnComplete(client);
    }
    const startedMs = performance.now();
    await carryOut(route, fault, server, client);
    await fault.check(client, startedMs);
    client.socket.terminate();
  });
});

describe.each(ROUTES)('of connections to come, by %s', (route) => {
  const prepared = async (fault: ServerFaultInput): Promise<LiveApiServer> => {
    const server = await startLiveApi({
      speech: quickSpeech(),
      pace: 'prompt',
      ...(route === 'scenario' && { scenario: { connections: [fault] } }),
    });
    if (route === 'method') server.faults.prepare(fault);
    else if (route === 'http') await post(server, fault);
    return server;
  };

  it('an upgrade is refused with an HTTP status, as often as wanted', async () => {
    await using server = await prepared({ fault: 'refuse-upgrade', status: 429, count: 2 });
    for (let n = 0; n < 2; n++) {
      const refused = rawClient(server.url);
      await refused.closed;
      expect(refused.errors).toEqual(['Unexpected server response: 429']);
    }
    (await openRaw(server.url)).socket.terminate();
  });

  it('setupComplete is withheld', async () => {
    await using server = await prepared({ fault: 'withhold-setup' });
    const stuck = rawClient(server.url, { setup: { model } });
    await vi.waitFor(() => expect(server.sessions[0]?.received).toHaveLength(1));
    const other = await openRaw(server.url);
    expect(stuck.messages).toEqual([]);
    expect(stuck.socket.readyState).toBe(stuck.socket.OPEN);
    for (const { socket } of [stuck, other]) socket.terminate();
  });

  it('a handle is refused', async () => {
    await using server = await prepared({
      fault: 'refuse-handle',
      reason: 'Requested entity was not found.',
    });
    const refused = rawClient(server.url, { setup: { model, sessionResumption: { handle: 'any' } } });
    expect(await refused.closed).toEqual({ code: 1008, reason: 'Requested entity was not found.' });
  });
});
