// A whole talk in a room of a real server: the file goes to the agent, its answer comes back as a file.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CliFailure } from '../../cli/failure.js';
import { Person } from '../../cli/person.js';
import type { TalkOutput, TalkRecord } from '../../cli/talk-output.js';
import { type TalkOptions, type TalkPorts, type TalkResult, talk } from '../../cli/talk-session.js';
import { parseWav } from '../../cli/wav.js';
import { dispatchApi } from '../../src/index.js';
import { type EchoAgent, startEchoAgent } from '../support/echo-agent.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startStandInWorker } from '../support/stand-in-worker.js';
import { agentToken } from '../support/tokens.js';
import { amplitudeAt, concat, gaps, silence, sine } from '../support/tone.js';

let server: LiveKitServer;
let folder = '';
let talks = 0;

beforeAll(async () => {
  server = await startLivekitServer();
  folder = await mkdtemp(join(tmpdir(), 'talk-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Call {
  readonly records: TalkRecord[];
  readonly room: string;
  readonly out: string;
  readonly stop: AbortController;
  start(more?: Partial<TalkOptions>, ports?: Partial<TalkPorts>): Promise<TalkResult>;
}

function call(): Call {
  const number = ++talks;
  const room = `talk-${number}`;
  const out = join(folder, `answer-${number}.wav`);
  const records: TalkRecord[] = [];
  const output: TalkOutput = { write: (record) => records.push(record) };
  const stop = new AbortController();
  return {
    records,
    room,
    out,
    stop,
    async start(more = {}, ports = {}) {
      const connection = {
        url: server.url,
        apiKey: server.apiKey,
        apiSecret: server.apiSecret,
        agentName: 'gemini',
      };
      const options: TalkOptions = {
        connection,
        room,
        identity: 'ana',
        wav: await readFixture('card001'),
        name: 'card001.wav',
        out,
        metadata: '',
        greets: false,
        waitMs: 30_000,
        ...more,
      };
      const dispatches = dispatchApi({ connection: options.connection, room, metadata: options.metadata });
      return talk(options, { output, signal: stop.signal, dispatches, ...ports });
    },
  };
}

function types(records: readonly TalkRecord[]): string[] {
  return records.map(({ type }) => type);
}

test('a worker is dispatched with the profile, hears the file, and its answer is in the file', async () => {
  const { start, records, room, out } = call();
  const rate = 24_000;
  const answer = { samples: concat(sine(660, 500, rate), silence(700, rate), sine(880, 500, rate)), rate };
  await using worker = await startStandInWorker(server, {
    run: (job) => startEchoAgent({ ...job, answer, heardText: 'ten of clubs', answerText: 'good card' }),
  });
  const metadata = '{ "instructions": "Be brief." }';
  const result = await start({ metadata });

  expect(worker.jobs.map((job) => [job.room, job.metadata])).toEqual([[room, metadata]]);
  expect(result).toMatchObject({
    answered: true,
    turns: 1,
    out,
    captions: [
      { participant: 'ana', text: 'ten of clubs' },
      { participant: 'agent-gemini', text: 'good card' },
    ],
  });
  // The stand-in takes a turn as over after 400 ms of quiet.
  expect(result.firstAnswerMs).toBeGreaterThan(250);
  expect(result.firstAnswerMs).toBeLessThan(2500);

  const wav = parseWav(await readFile(out));
  expect(wav.rate).toBe(rate);
  expect(Math.abs(wav.durationMs - 1900)).toBeLessThan(350);
  const [hole, ...others] = gaps(wav.samples, rate, { minMs: 300 });
  expect(others).toEqual([]);
  expect(Math.abs(hole!.toMs - hole!.fromMs - 700)).toBeLessThan(200);
  const part = (fromMs: number, toMs: number) =>
    wav.samples.slice((fromMs * rate) / 1000, (toMs * rate) / 1000);
  expect(amplitudeAt(part(hole!.fromMs - 300, hole!.fromMs - 100), rate, 660)).toBeGreaterThan(3000);
  expect(amplitudeAt(part(hole!.toMs + 100, hole!.toMs + 300), rate, 880)).toBeGreaterThan(3000);

  const seen = types(records);
  for (const [first, then] of [
    ['joined', 'dispatched'],
    ['dispatched', 'agent_joined'],
    ['agent_joined', 'playing'],
    ['playing', 'played'],
    ['playing', 'heard'],
  ] as const) {
    expect(seen.indexOf(first)).toBeGreaterThanOrEqual(0);
    expect(seen.indexOf(then)).toBeGreaterThan(seen.indexOf(first));
  }
  expect(seen.filter((type) => type === 'dispatched')).toHaveLength(1);
  expect(seen.filter((type) => type === 'heard')).toHaveLength(2);
  expect(seen.at(-1)).toBe('summary');
  expect(records).toContainEqual({
    type: 'caption',
    participant: 'agent-gemini',
    segment: 'SG_2',
    final: true,
    text: 'good card',
  });
});

test('an agent that is in the room already is not dispatched again', async () => {
  const { start, records, room } = call();
  await using worker = await startStandInWorker(server, { run: (job) => startEchoAgent(job) });
  await using agent = await startEchoAgent({ url: server.url, room });
  const { answered } = await start();
  expect(answered).toBe(true);
  expect(agent.answers).toBe(1);
  expect(worker.offers).toBe(0);
  expect(types(records)).not.toContain('dispatched');
});

test('an agent that comes by itself is waited for', async () => {
  const { start, records, room } = call();
  const talking = start({ connection: { ...local(), agentName: '' } });
  await vi.waitFor(() => expect(types(records)).toContain('joined'), { timeout: 10_000 });
  await using agent = await startEchoAgent({ url: server.url, room, identity: 'agent-AJ_1234' });
  expect((await talking).answered).toBe(true);
  expect(agent.answers).toBe(1);
});

test('the file waits for the end of a greeting, which is no answer', async () => {
  const { start, records } = call();
  const greeting = { samples: sine(440, 1200, 24_000), rate: 24_000 };
  const agents: EchoAgent[] = [];
  await using _worker = await startStandInWorker(server, {
    run: async (job) => {
      const agent = await startEchoAgent({ ...job, greeting, mute: true });
      agents.push(agent);
      return agent;
    },
  });
  const { answered, heardMs, turns, out } = await start({ greets: true, metadata: '{"greeting":"Hello."}' });
  const greeted = records.findIndex(
    (record) => record.type === 'event' && record.event.phase === 'completed',
  );
  expect(types(records).indexOf('playing')).toBeGreaterThan(greeted);
  expect(agents.map((agent) => agent.answers)).toEqual([1]);
  expect({ answered, heardMs, turns }).toEqual({ answered: false, heardMs: 0, turns: 1 });
  // The greeting is in the file all the same: it was heard.
  expect(parseWav(await readFile(out!)).durationMs).toBeGreaterThan(1000);
});

test('an agent that says nothing leaves no file, and the talk ends when its turn has', async () => {
  const { start, out, room } = call();
  await using _agent = await startEchoAgent({ url: server.url, room, mute: true });
  const result = await start();
  expect(result).toMatchObject({ answered: false, turns: 1, heardMs: 0, firstAnswerMs: null, out: null });
  await expect(stat(out)).rejects.toThrow('ENOENT');
});

test('without a worker the talk says so in one line', async () => {
  const { start, records } = call();
  await expect(start({}, { joinMs: 1000 })).rejects.toThrow(
    'no agent "gemini" came into room talk-6 within 1 s: is a worker with this AGENT_NAME running (`npm start` or `npm run agent`)?',
  );
  expect(records.at(-1)).toMatchObject({ type: 'summary', heardMs: 0, out: null });
});

test('an agent that leaves with a fatal error ends the talk with its words', async () => {
  const { start, room, records } = call();
  await using agent = await startEchoAgent({ url: server.url, room });
  await agent.setState('initializing');
  const talking = start();
  const failed = expect(talking).rejects.toThrow(new CliFailure('the agent left: voice: no such voice'));
  await vi.waitFor(() => expect(types(records)).toContain('agent_joined'), { timeout: 10_000 });
  await agent.send({ type: 'error', code: 'profile', message: 'voice: no such voice', fatal: true });
  await vi.waitFor(() => expect(types(records)).toContain('event'), { timeout: 10_000 });
  await agent.person.close();
  await failed;
});

test('an agent that never gets ready is not talked to', async () => {
  const { start, room, records } = call();
  await using agent = await startEchoAgent({ url: server.url, room });
  await agent.setState('initializing');
  await expect(start({}, { joinMs: 1500 })).rejects.toThrow(
    /not ready after 1.5 s \(its state is initializing\)/,
  );
  expect(types(records)).not.toContain('playing');
});

test('an agent that has published no state yet is not talked to before it listens', async () => {
  const { start, room, records } = call();
  const states = () => records.flatMap((record) => (record.type === 'agent_state' ? record.state : []));
  await using agent = new Person({ keepSamples: false });
  await agent.connect(server.url, await agentToken({ identity: 'agent-gemini', room }));
  const talking = start({ waitMs: 200 });
  for (const state of ['initializing', 'listening']) {
    await vi.waitFor(() => expect(types(records)).toContain('agent_joined'), { timeout: 10_000 });
    // What is heard of the microphone shows that the agent is subscribed: nothing but its state is missing.
    await agent.waitFor((person) => person.heard('ana').durationMs > 200, 10_000);
    expect(types(records)).not.toContain('playing');
    const told = agent.room.localParticipant?.setAttributes({ 'lk.agent.state': state });
    // rtc-node may take 5 s to say what the room has known at once; leaving before that rejects it.
    told?.catch(() => undefined);
    await vi.waitFor(() => expect(states()).toContain(state), { timeout: 10_000 });
  }
  expect((await talking).answered).toBe(false);
  expect(types(records)).toContain('played');
});

test('an agent that never publishes its state is talked to all the same', async () => {
  const { start, room } = call();
  await using agent = new Person({ keepSamples: false });
  await agent.connect(server.url, await agentToken({ identity: 'agent-gemini', room }));
  await start({ waitMs: 200 });
  expect(agent.heard('ana').soundMs()).toBeGreaterThan(300);
});

test('a talk that is broken off leaves a file that can be played', async () => {
  const { start, room, records, stop, out } = call();
  const answer = { samples: sine(660, 20_000, 24_000), rate: 24_000 };
  await using agent = await startEchoAgent({ url: server.url, room, answer });
  const talking = start();
  const ended = expect(talking).rejects.toThrow('interrupted');
  await vi.waitFor(() => expect(agent.answers).toBe(1), { timeout: 20_000 });
  await vi.waitFor(async () => expect((await stat(out)).size).toBeGreaterThan(48_000), { timeout: 10_000 });
  stop.abort(new CliFailure('interrupted', 130));
  await ended;
  const wav = parseWav(await readFile(out));
  expect(wav.durationMs).toBeGreaterThan(900);
  expect(records.at(-1)).toMatchObject({ type: 'summary', out, turns: 0 });
});

test('a talk does not wait for an answer longer than --wait-ms', async () => {
  const { start, room, records } = call();
  const answer = { samples: sine(660, 20_000, 24_000), rate: 24_000 };
  await using _agent = await startEchoAgent({ url: server.url, room, answer });
  const { answered, turns, heardMs } = await start({ waitMs: 2500 });
  expect({ answered, turns }, JSON.stringify(records)).toEqual({ answered: true, turns: 0 });
  expect(heardMs).toBeLessThan(3500);
});

test('a wrong secret and a server that cannot be reached are reported in one line', async () => {
  const { start } = call();
  const wrong = { ...local(), apiSecret: 'anothersecretanothersecretanother' };
  await expect(start({ connection: wrong })).rejects.toThrow(
    `${server.url} refuses the key: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its own`,
  );
  await expect(start({ connection: { ...local(), url: 'ws://127.0.0.1:9' } })).rejects.toThrow(
    'nothing answers at ws://127.0.0.1:9: run `npm start` in another shell',
  );
});

test('a server that goes away ends the talk', async () => {
  await using other = await startLivekitServer();
  const { start, room, records } = call();
  await using _agent = await startEchoAgent({ url: other.url, room });
  const wav = await readFixture('jfk');
  const talking = start({ connection: { ...local(), url: other.url }, wav }, { reconnectMs: 2000 });
  const ended = expect(talking).rejects.toThrow(/the connection to the server is lost|the room is over/);
  await vi.waitFor(() => expect(types(records)).toContain('playing'), { timeout: 10_000 });
  await other.stop();
  await ended;
});

function local() {
  return { url: server.url, apiKey: server.apiKey, apiSecret: server.apiSecret, agentName: 'gemini' };
}
