// What an operator sees of calls: metrics, and the report of each, in both isolations.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { CountedCalls, startCountedAnswers } from '../support/counted-calls.js';
import { freePort } from '../support/free-port.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { STORY, startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker, type TestWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'));
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startLiveApi()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function metricsOf(worker: TestWorker): Promise<Map<string, number>> {
  const response = await fetch(`${worker.healthUrl}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

async function typed(person: Person, text: string): Promise<void> {
  const completed = () =>
    person.events().filter(({ type, phase }) => type === 'turn' && phase === 'completed');
  const before = completed().length;
  await person.sendChat(text);
  await person.waitFor(() => completed().length > before, 20_000);
}

describe.each(['process', 'shared'] as const)('AGENT_ISOLATION=%s', (isolation) => {
  test('metrics and report agree with what happened in the call, and get_transcript with both', async () => {
    const reports = await mkdtemp(join(folder, `${isolation}-`));
    const env = { AGENT_ISOLATION: isolation, CALL_REPORT_DIR: reports, AGENT_MAX_ROOMS: '3' };
    await using worker = await startWorker({ livekit, liveApi, env });
    const room = ownName('observe');
    await using person = new Person({ microphone: false });
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await worker.dispatch(room, { leave: { whenAloneMs: 500 } });
    await person.waitFor(() => person.state() === 'listening', 20_000);
    await typed(person, 'How are you?');
    liveApi.faults.kill();
    const states = () => person.events().filter(({ type }) => type === 'session');
    await person.waitFor(() => states().some(({ restored }) => restored !== undefined), 20_000);
    await typed(person, 'What is new?');

    const transcript = JSON.parse(await person.rpc('get_transcript')) as { turns: object[]; total: number };
    expect(transcript).toMatchObject({
      total: 2,
      next: null,
      turns: [
        { id: 1, by: 'ana', user: 'How are you?', outcome: 'completed', interrupted: false },
        { id: 2, by: 'ana', user: 'What is new?', outcome: 'completed', interrupted: false },
      ],
    });
    expect((await metricsOf(worker)).get('gemini_room_rooms')).toBe(1);
    await person.close();
    const written = async (): Promise<string> => {
      const [name] = (await readdir(reports)).filter((each) => each.endsWith('.json'));
      return await readFile(join(reports, name ?? 'none'), 'utf8');
    };
    const report = JSON.parse(await vi.waitFor(written, { timeout: 20_000, interval: 100 }));
    expect(report).toMatchObject({
      v: 1,
      call: { room, reason: 'alone' },
      model: 'gemini-3.8-live',
      people: [{ identity: 'ana', joinedAt: expect.any(Number), leftAt: expect.any(Number) }],
      turns: [
        { id: 1, by: 'ana', user: 'How are you?', agent: expect.stringMatching(/\w/), outcome: 'completed' },
        { id: 2, by: 'ana', user: 'What is new?', agent: expect.stringMatching(/\w/), outcome: 'completed' },
      ],
      losses: [{ restored: 'resumed', awayMs: expect.any(Number) }],
      errors: [],
    });
    expect(report.usage.total).toBeGreaterThan(0);
    // AgentServer counts a job until its process has ended.
    const metrics = await vi.waitFor(
      async () => {
        const now = await metricsOf(worker);
        expect(now.get('gemini_room_rooms')).toBe(0);
        return now;
      },
      { timeout: 15_000, interval: 200 },
    );
    expect(Object.fromEntries(metrics)).toMatchObject({
      gemini_room_slots: 3,
      'gemini_room_calls_total{outcome="alone"}': 1,
      'gemini_room_dispatches_total{outcome="accepted"}': 1,
      'gemini_room_sessions_total{outcome="opened"}': 1,
      'gemini_room_sessions_total{outcome="resumed"}': 1,
      gemini_room_connection_away_seconds_count: 1,
      gemini_room_end_of_speech_to_audio_seconds_count: 2,
      'gemini_room_captions_total{side="agent"}': 2,
    });
    const tokens = [...metrics].filter(([name]) => name.startsWith('gemini_room_tokens_total'));
    expect(tokens.reduce((sum, [, value]) => sum + value, 0)).toBe(
      report.usage.prompt + report.usage.response,
    );
    for (const word of ['ana', room, 'How are you']) expect([...metrics.keys()].join()).not.toContain(word);
  });

  test('metrics agree with the turns, tools and losses of several calls, counted beside them', {
    timeout: 120_000,
  }, async () => {
    await using answers = await startCountedAnswers().then(disposable);
    const env = { AGENT_ISOLATION: isolation, AGENT_MAX_ROOMS: '3' };
    await using worker = await startWorker({ livekit, liveApi: answers, env });
    const calls = await CountedCalls.start({ livekit, liveApi: answers, worker, calls: 2 });
    await calls.round();
    await calls.lose();
    await calls.ask();
    expect(calls).toMatchObject({ turns: 10, losses: 2, tools: { look: 2, break: 2, current_time: 2 } });
    await calls.end();
  });
});

function disposable(server: LiveApiServer): LiveApiServer & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

test('the report of a call with losses, a tool, an interruption and a killed host is whole, and reaches a receiver that was down', async () => {
  await using service = await startShortAnswers({
    scenario: {
      rules: [
        { when: { text: 'story' }, do: [{ say: STORY }] },
        { when: { text: 'sky' }, do: [{ call: { name: 'look', args: {} } }] },
        { when: { toolResponse: 'look' }, do: [{ say: 'Blue.' }] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
      ],
    },
  }).then(disposable);
  const port = await freePort();
  const env = {
    AGENT_ISOLATION: 'shared',
    CALL_REPORT_URL: `http://127.0.0.1:${port}/calls`,
    CALL_REPORT_SECRET: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0',
  };
  await using worker = await startWorker({ livekit, liveApi: service, env });
  const room = ownName('killed');
  await using person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  person.registerRpc('look', async () => '{"sky":"blue"}');
  await worker.dispatch(room, {
    leave: { whenAloneMs: 500 },
    tools: [{ declaration: { name: 'look' }, run: { by: 'participant' } }],
  });
  await person.waitFor(() => person.state() === 'listening', 20_000);
  const events = (type: string) => person.events().filter((event) => event.type === type);
  const restored = () => events('session').filter((event) => event.restored !== undefined).length;
  await typed(person, 'What colour has the sky?');
  service.faults.kill();
  await person.waitFor(() => restored() === 1, 20_000);
  await person.sendChat('Tell me a story.');
  await person.waitFor(() => person.state() === 'speaking', 20_000);
  await person.rpc('interrupt');
  await person.waitFor(() => events('turn').some(({ phase }) => phase === 'interrupted'), 20_000);
  process.kill(await worker.jobIn(room), 'SIGKILL');
  await person.waitFor(() => restored() === 2 && person.state() === 'listening', 30_000);
  service.faults.kill();
  await person.waitFor(() => restored() === 3, 20_000);
  await typed(person, 'What is new?');
  await person.close();

  const waits = (): void =>
    expect(worker.logs.map(({ msg }) => msg)).toContain('the report of a call is sent again later');
  await vi.waitFor(waits, { timeout: 20_000, interval: 100 });
  const receiver = createServer();
  await once(receiver.listen(port, '127.0.0.1'), 'listening');
  const [request, response] = (await once(receiver, 'request')) as [IncomingMessage, ServerResponse];
  const body = await text(request);
  response.end();
  receiver.close();
  const signed = new Webhook(env.CALL_REPORT_SECRET);
  const { type, data } = signed.verify(body, request.headers as Record<string, string>) as {
    readonly type: string;
    readonly data: Record<string, unknown>;
  };
  expect(type).toBe('call.ended');
  expect(data).toMatchObject({
    call: { room, reason: 'alone' },
    people: [{ identity: 'ana' }],
    turns: [
      { user: 'What colour has the sky?', outcome: 'completed', tools: [{ name: 'look', ok: true }] },
      { user: 'Tell me a story.', outcome: 'interrupted', interrupted: true, tools: [] },
      { user: 'What is new?', outcome: 'completed', tools: [] },
    ],
    losses: [{ restored: 'resumed' }, { code: 'taken over' }, { restored: expect.any(String) }],
  });
});
