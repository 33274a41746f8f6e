// What the service has been seen to do to healthy sessions, each made by faults of the local Live API.
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { knownCloseNames, type LiveApiOptions, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { openRaw, type RawClient, rawClient } from '../support/raw-client.js';

const model = 'models/gemini-3.8-live';
const start = (options: LiveApiOptions = {}) =>
  startLiveApi({ speech: quickSpeech(), pace: 'prompt', answerer: briefAnswerer(), ...options });

type Content = Record<string, unknown> & { outputTranscription?: { text: string } };
const contents = ({ messages }: RawClient) =>
  messages.flatMap(({ serverContent }) => (serverContent ? [serverContent as Content] : []));
const turns = (client: RawClient) =>
  contents(client).filter(({ turnComplete }) => turnComplete === true).length;
const turnsEnd = (client: RawClient, count = 1) =>
  vi.waitFor(() => expect(turns(client)).toBe(count), { timeout: 10_000 });
const say = (client: RawClient, text: string) => client.send({ realtimeInput: { text } });
/** 0.4 s of a tone, then silence that ends the utterance. */
function speak(client: RawClient): void {
  const samples = Int16Array.from({ length: 6400 }, (_, n) => 8000 * Math.sin(n / 5));
  for (const pcm of [samples, new Int16Array(24_000)]) {
    const data = Buffer.from(pcm.buffer).toString('base64');
    client.send({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
  }
}

describe('a close in mid-call', () => {
  it.each([
    ['audio-not-supported', 1007, /^The audio content type \(CONTENT_TYPE_AUDIO\) is not supported/],
    ['aborted', 1008, /^The operation was aborted/],
    ['invalid-argument', 1007, /^Request contains an invalid argument\.$/],
    ['no-turn', 1007, /^No turn to complete$/],
  ] as const)('as %s, with and without its trace', async (like, code, words) => {
    await using server = await start();
    const plain = await openRaw(server.url);
    server.faults.closeLike(like);
    expect(await plain.closed).toEqual({ code, reason: expect.stringMatching(words) });
    const traced = await openRaw(server.url);
    server.faults.closeLike(like, { traced: true });
    const { reason } = await traced.closed;
    expect(reason).toMatch(/^Request trace id: \w+, \[ORIGINAL ERROR\] generic::\w+: /);
    expect(reason.replace(/^.*generic::\w+: /, '')).toMatch(new RegExp(words.source.slice(0, 12)));
  });

  it('comes after a chosen input, and again after the same input on the next connection', async () => {
    await using server = await start();
    server.faults.on({
      received: '"text":"poison"',
      do: [{ fault: 'close', like: 'invalid-argument' }],
    });
    for (let connection = 0; connection < 2; connection++) {
      const client = await openRaw(server.url);
      say(client, 'harmless');
      await turnsEnd(client);
      say(client, 'poison');
      expect((await client.closed).code).toBe(1007);
    }
  });

  it('comes as often as wanted over all connections', async () => {
    await using server = await start();
    server.faults.on({ received: 'poison', times: 1, do: [{ fault: 'close', code: 1008, reason: 'once' }] });
    const first = await openRaw(server.url);
    say(first, 'poison');
    expect(await first.closed).toEqual({ code: 1008, reason: 'once' });
    const second = await openRaw(server.url);
    say(second, 'poison');
    await turnsEnd(second);
  });

  it.each([
    ['the first sound', 'inlineData', 0],
    ['generationComplete', 'generationComplete', 0],
    ['turnComplete', 'turnComplete', 1],
  ])('comes at a chosen output: %s', async (_, sent, ended) => {
    await using server = await start();
    const client = await openRaw(server.url);
    server.faults.on({ sent, do: [{ fault: 'close', like: 'aborted' }] });
    say(client, 'hello');
    expect((await client.closed).code).toBe(1008);
    expect(JSON.stringify(contents(client).at(-1))).toContain(sent);
    expect(turns(client)).toBe(ended);
  });

  it('comes at a chosen time after setupComplete', async () => {
    await using server = await start();
    server.faults.on({ openedMs: 150, do: [{ fault: 'close', like: 'unavailable' }] });
    const client = await openRaw(server.url);
    const openMs = performance.now();
    expect((await client.closed).code).toBe(1011);
    expect(performance.now() - openMs).toBeGreaterThan(130);
  });

  it('comes instead of setupComplete, as often as wanted', async () => {
    await using server = await start();
    server.faults.refuseSetups({ like: 'audio-not-supported' }, 2);
    for (let n = 0; n < 2; n++) {
      const refused = rawClient(server.url, { setup: { model } });
      expect((await refused.closed).code).toBe(1007);
      expect(refused.messages).toEqual([]);
    }
    (await openRaw(server.url)).socket.terminate();
  });

  it('stays away once the faults are cleared', async () => {
    await using server = await start();
    server.faults.on({ received: 'poison', do: [{ fault: 'kill' }] });
    server.faults.refuseSetups({ like: 'internal' });
    server.faults.clear();
    const client = await openRaw(server.url);
    say(client, 'poison');
    await turnsEnd(client);
  });
});

describe('quota', () => {
  const quotas = knownCloseNames.filter((name) => name.startsWith('quota'));

  it('has many spellings, each of which closes a call', async () => {
    await using server = await start();
    const reasons: string[] = [];
    for (const like of quotas) {
      const client = await openRaw(server.url);
      server.faults.closeLike(like);
      const { code, reason } = await client.closed;
      expect(code).toBe(1011);
      reasons.push(reason);
    }
    expect(reasons).toEqual([
      expect.stringMatching(/^You exceeded your current quota/),
      expect.stringMatching(/^Your prepayment credits are depleted/),
      expect.stringMatching(/^Resource exhausted/),
      expect.stringMatching(/^Resource has been exhausted/),
      'RESOURCE_EXHAUSTED',
      expect.stringMatching(/^429/),
      expect.stringMatching(/^Quota exceeded for/),
    ]);
  });

  it.each(quotas)('%s refuses a key of that name', async (name) => {
    await using server = await start();
    const path = `/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=${name}`;
    const refused = rawClient(server.url, { path, setup: { model } });
    expect((await refused.closed).code).toBe(1011);
    expect(refused.messages).toEqual([]);
  });
});

describe('transcripts', () => {
  it.each([700, 1500, 4000])('of the output come %i ms after turnComplete', async (delayMs) => {
    await using server = await start();
    const client = await openRaw(server.url, { outputAudioTranscription: {} });
    server.faults.apply({ fault: 'late-transcripts', of: 'output', after: 'turn-complete', delayMs });
    say(client, 'hello');
    await turnsEnd(client);
    const completeMs = performance.now();
    expect(contents(client).some(({ outputTranscription }) => outputTranscription)).toBe(false);
    await vi.waitFor(() => expect(contents(client).at(-1)).toHaveProperty('outputTranscription'), {
      timeout: delayMs + 2000,
    });
    expect(performance.now() - completeMs).toBeGreaterThan(delayMs - 50);
  });

  it('of the output come with their last fragment late, into the next turn', async () => {
    await using server = await start({ speech: 'tones' });
    const client = await openRaw(server.url, { outputAudioTranscription: {} });
    server.faults.apply({
      fault: 'late-transcripts',
      of: 'output',
      after: 'turn-complete',
      fragments: 'last',
      delayMs: 200,
    });
    server.faults.say('It is noon in the whole of Italy.');
    await turnsEnd(client);
    server.faults.say('Goodbye.');
    await turnsEnd(client, 2);
    await vi.waitFor(() => {
      const said = contents(client).flatMap(({ outputTranscription }) => outputTranscription?.text ?? []);
      expect(said.join('')).toBe('It is noon in the whole of Italy.Goodbye.');
    });
    const first = contents(client).findIndex(({ turnComplete }) => turnComplete);
    const late = contents(client).findIndex(
      ({ outputTranscription }) => outputTranscription?.text === ' Italy.',
    );
    expect(late).toBeGreaterThan(first);
  });

  it.each(['first-audio', 'generation-complete', 'turn-complete'] as const)(
    'of the input come after the answer has reached %s',
    async (after) => {
      await using server = await start();
      const client = await openRaw(server.url, { inputAudioTranscription: {} });
      server.faults.apply({ fault: 'late-transcripts', of: 'input', after });
      server.faults.send({ serverContent: { inputTranscription: { text: 'What time is it?' } } });
      server.faults.say('It is noon.');
      await turnsEnd(client);
      await vi.waitFor(() =>
        expect(contents(client)).toContainEqual({ inputTranscription: { text: 'What time is it?' } }),
      );
      const order = contents(client).flatMap((content) => Object.keys(content));
      const anchor = {
        'first-audio': 'modelTurn',
        'generation-complete': 'generationComplete',
        'turn-complete': 'turnComplete',
      }[after];
      expect(order.indexOf('inputTranscription')).toBeGreaterThan(order.indexOf(anchor));
    },
  );

  it('of the input come in fragments far apart', async () => {
    await using server = await start();
    const client = await openRaw(server.url, { inputAudioTranscription: {} });
    server.faults.apply({ fault: 'split-transcripts', into: 3, gapMs: 300 });
    server.faults.send({ serverContent: { inputTranscription: { text: 'Hello there.' } } });
    const fragments = () =>
      contents(client).flatMap(({ inputTranscription }) =>
        inputTranscription ? [(inputTranscription as { text: string }).text] : [],
      );
    await vi.waitFor(() => expect(fragments()).toEqual(['Hell']));
    await vi.waitFor(() => expect(fragments()).toEqual(['Hell', 'o th', 'ere.']), { timeout: 2000 });
  });
});

describe('turns', () => {
  it.each(['before', 'inside', 'after'] as const)('carry a text part %s the first sound', async (place) => {
    await using server = await start();
    const client = await openRaw(server.url);
    server.faults.apply({ fault: 'text-parts', text: 'A thought.', place });
    say(client, 'hello');
    await turnsEnd(client);
    const parts = contents(client).flatMap(
      ({ modelTurn }) => (modelTurn as { parts: Record<string, unknown>[] } | undefined)?.parts ?? [],
    );
    expect(parts.map((part) => Object.keys(part)[0])).toEqual(
      place === 'after' ? ['inlineData', 'text'] : ['text', 'inlineData'],
    );
  });

  it('miss their turnComplete, and the next has its own', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    server.faults.apply({ fault: 'drop', sent: 'turnComplete' });
    say(client, 'hello');
    await vi.waitFor(() => expect(contents(client)).toContainEqual({ generationComplete: true }));
    say(client, 'again');
    await turnsEnd(client);
    expect(contents(client).filter(({ generationComplete }) => generationComplete)).toHaveLength(2);
  });

  it('get their turnComplete late', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    server.faults.apply({ fault: 'delay', sent: 'turnComplete', delayMs: 600 });
    say(client, 'hello');
    await vi.waitFor(() => expect(contents(client)).toContainEqual({ generationComplete: true }));
    const generatedMs = performance.now();
    await turnsEnd(client);
    expect(performance.now() - generatedMs).toBeGreaterThan(550);
  });

  it('are interrupted by speech without a turnComplete', async () => {
    await using server = await start({ speech: 'tones' });
    const client = await openRaw(server.url);
    server.faults.apply({ fault: 'drop', sent: 'turnComplete' });
    server.faults.say('A long sentence that is going to be interrupted in its middle.');
    await vi.waitFor(() => expect(JSON.stringify(contents(client))).toContain('inlineData'));
    speak(client);
    await turnsEnd(client);
    expect(contents(client).filter(({ interrupted }) => interrupted)).toHaveLength(1);
  });
});

describe('swallowed input', () => {
  it('has no activity, no transcript and no answer when it is speech', async () => {
    await using server = await start();
    const client = await openRaw(server.url, { inputAudioTranscription: {} });
    server.faults.apply({ fault: 'swallow', input: 'speech' });
    speak(client);
    await vi.waitFor(() => expect(server.sessions.at(-1)?.received).toHaveLength(3));
    speak(client);
    await turnsEnd(client);
    expect(client.messages.filter(({ voiceActivity }) => voiceActivity)).toHaveLength(2);
  });

  it('has no effect under manual detection either', async () => {
    await using server = await start();
    const detection = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const client = await openRaw(server.url, detection);
    server.faults.apply({ fault: 'swallow' });
    const talk = () => {
      client.send({ realtimeInput: { activityStart: {} } });
      speak(client);
      client.send({ realtimeInput: { activityEnd: {} } });
    };
    talk();
    talk();
    await turnsEnd(client);
  });

  it('leaves a tool call unanswered', async () => {
    await using server = await start();
    const client = await openRaw(server.url, { tools: [{ functionDeclarations: [{ name: 'look_up' }] }] });
    say(client, 'look up');
    const { toolCall } = (await client.next('toolCall')) as {
      toolCall: { functionCalls: { id: string; name: string }[] };
    };
    await turnsEnd(client);
    server.faults.apply({ fault: 'swallow', input: 'tool-response' });
    const functionResponses = toolCall.functionCalls.map(({ id, name }) => ({ id, name, response: {} }));
    client.send({ toolResponse: { functionResponses } });
    client.send({ toolResponse: { functionResponses } });
    await turnsEnd(client, 2);
  });
});

describe('the instant of setupComplete', () => {
  const messages = [
    { toolCall: { functionCalls: [{ id: 'early', name: 'look_up', args: {} }] } },
    { serverContent: { inputTranscription: { text: 'Hello.' } } },
  ];

  it('holds messages and a close in one TCP segment', async () => {
    await using server = await start();
    server.faults.withSetup({ messages, close: { code: 1008, reason: 'early' } });
    const chunks: Buffer[] = [];
    const socket = connect(server.port, '127.0.0.1');
    const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await vi.waitFor(() => expect(Buffer.concat(chunks).toString()).toContain('\r\n\r\n'));
    const setup = Buffer.from(JSON.stringify({ setup: { model } }));
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | setup.length, 0, 0, 0, 0]), setup]));
    await vi.waitFor(() => expect(Buffer.concat(chunks).toString()).toContain('early'));
    const frames = chunks.find((chunk) => chunk.includes('setupComplete'))?.toString() ?? '';
    for (const part of ['setupComplete', 'look_up', 'Hello.', 'early']) expect(frames).toContain(part);
    socket.destroy();
  });

  it('holds them in order, and the session goes on', async () => {
    await using server = await start();
    server.faults.withSetup({ messages });
    const client = await openRaw(server.url);
    await client.next('sessionResumptionUpdate');
    expect(client.messages.slice(0, 3)).toEqual([{ setupComplete: {} }, ...messages]);
    say(client, 'hello');
    await turnsEnd(client);
  });
});

it.each([
  [{ fault: 'close' }, /needs a code, or `like`/],
  [{ fault: 'close', like: 'nonsense' }, /like: /],
  [{ fault: 'drop', sent: '(' }, /sent: not a regular expression/],
])('a fault that cannot be read says why: %j', async (fault, problem) => {
  await using server = await start();
  expect(() => server.faults.apply(fault as never)).toThrow(problem);
});

it('a moment has to be one', async () => {
  await using server = await start();
  expect(() => server.faults.on({ do: [{ fault: 'kill' }] })).toThrow(
    /exactly one of openedMs, received, sent/,
  );
  expect(() => server.faults.on({ openedMs: 1, sent: 'x', do: [{ fault: 'kill' }] })).toThrow(/exactly one/);
});
