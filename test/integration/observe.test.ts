// What an operator sees of calls: metrics, and the report of each, in both isolations.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
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
    const reports = join(folder, isolation);
    const env = { AGENT_ISOLATION: isolation, CALL_REPORT_DIR: reports, AGENT_MAX_ROOMS: '3' };
    await using worker = await startWorker({ livekit, liveApi, env });
    const room = `observe-${isolation}`;
    const person = new Person({ microphone: false });
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
});

test('the report of a call whose process is killed is whole', async () => {
  const reports = join(folder, 'killed');
  const env = { AGENT_ISOLATION: 'shared', CALL_REPORT_DIR: reports };
  await using worker = await startWorker({ livekit, liveApi, env });
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room: 'killed' }));
  await worker.dispatch('killed', { leave: { whenAloneMs: 500 } });
  await person.waitFor(() => person.state() === 'listening', 20_000);
  await typed(person, 'How are you?');
  const epochs = () => new Set(person.events().map(({ epoch }) => epoch));
  process.kill(await worker.jobIn('killed'), 'SIGKILL');
  await person.waitFor(() => epochs().has(2) && person.state() === 'listening', 30_000);
  await typed(person, 'What is new?');
  await person.close();
  const written = async (): Promise<string[]> => {
    const names = (await readdir(reports)).filter((each) => each.endsWith('.json'));
    expect(names).toHaveLength(1);
    return names;
  };
  const [name = ''] = await vi.waitFor(written, { timeout: 20_000, interval: 100 });
  expect(JSON.parse(await readFile(join(reports, name), 'utf8'))).toMatchObject({
    people: [{ identity: 'ana' }],
    turns: [{ user: 'How are you?' }, { user: 'What is new?' }],
    losses: [{ code: 'taken over' }],
  });
});
