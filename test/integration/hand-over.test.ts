// Calls that go on in another worker: handed over by one that ends, taken up from one that was killed.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';
import { handingOver, type TestWorker } from '../support/worker.js';

/** An idle session is refused for a second after its socket has closed, and a set-up takes 0.4 s. */
const SERVICE_NEEDS_MS = 1_400;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let redis: TestRedis;
let names = 0;
let reports: string;

beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), 'reports-'));
  [livekit, liveApi, redis] = await Promise.all([startLivekitServer(), startShortAnswers(), startRedis()]);
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  await rm(reports, { recursive: true });
});

function starter(env: Record<string, string> = {}) {
  return handingOver({
    livekit,
    liveApi,
    agentName: `carried-${++names}`,
    env: { CALL_REPORT_DIR: reports, ...env },
  });
}

/** The reports that any worker has written of the call in this room. */
async function reportsOf(room: string): Promise<Record<string, unknown>[]> {
  const names = (await readdir(reports)).filter(
    (name) => name.includes(`_${room}_`) && name.endsWith('.json'),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(reports, name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
}

async function call(
  worker: TestWorker,
  room: string,
  microphone = false,
): Promise<{ person: Person; dispatchId: string }> {
  const person = new Person({ microphone });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  const dispatchId = await worker.dispatch(room, { greeting: 'Say hello.' });
  await person.waitFor(() => finals(person) === 1 && person.state() === 'listening', 20_000);
  return { person, dispatchId };
}

function finals(person: Person): number {
  return person.captions().filter(({ final }) => final).length;
}

/** The next holder has reported that the session is open again. */
function isTakenOver(person: Person, epoch = 2): boolean {
  return person.events().some((event) => {
    return event.type === 'session' && event.state === 'open' && event.epoch === epoch;
  });
}

async function answers(person: Person, upTo: number): Promise<void> {
  await person.sendChat('Are you there?');
  await person.waitFor(() => finals(person) === upTo, 10_000);
}

test('SIGTERM hands a call over in mid-conversation: no goodbye, no second greeting, and it can be taken back', async () => {
  const start = starter();
  await using old = await start();
  const room = ownName('handed');
  const { person, dispatchId } = await call(old, room);
  await using young = await start();
  old.kill('SIGTERM');
  const endsMs = performance.now();
  await person.waitFor(() => isTakenOver(person), 20_000);
  console.log(`handed over ${Math.round(performance.now() - endsMs)} ms after SIGTERM`);
  await answers(person, 2);
  expect(await old.ended).toBe(143);
  expect(old.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  const states = person.events().flatMap((event) => (event.type === 'session' ? [event.state] : []));
  expect(states).not.toContain('closed');
  const opened = person.events().filter(({ type, epoch }) => type === 'session' && epoch === 2);
  expect(opened).toContainEqual(expect.objectContaining({ state: 'open', restored: 'resumed' }));
  expect(await young.jobIn(room)).toBeGreaterThan(0);
  // The dispatch that the call began with is still the one that ends it.
  const dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
  await dispatches.deleteDispatch(dispatchId, room);
  await person.waitFor(() => person.agent() === undefined, 10_000);
  // The worker that gave the call away has reported nothing; the one that took it, all of it.
  await expect.poll(async () => (await reportsOf(room)).length, { timeout: 10_000 }).toBe(1);
  expect(await reportsOf(room)).toMatchObject([
    {
      people: [{ identity: 'ana' }],
      turns: [
        { id: 1, user: '' },
        { id: 2, user: 'Are you there?' },
      ],
      losses: [],
    },
  ]);
  await person.close();
}, 90_000);

/** A call in which somebody speaks, writes and has a tool, one answer after the other, with pauses as people make them. */
class Conversation {
  readonly person = new Person();
  readonly room: string;
  /** What the person has begun, the greeting included, and what was answered. */
  asked = 1;
  tools = 0;

  constructor(room: string) {
    this.room = room;
  }

  async start(worker: TestWorker): Promise<this> {
    const { person, room } = this;
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    person.registerRpc('note', async () => {
      this.tools += 1;
      return '{}';
    });
    await worker.dispatch(room, { greeting: 'Say hello.', tools: [{ declaration: { name: 'note' } }] });
    await this.#answered();
    return this;
  }

  get answers(): number {
    return this.person.captions().filter(({ final, identity }) => final && identity.startsWith('agent-'))
      .length;
  }

  async speak(): Promise<void> {
    this.asked += 1;
    await this.person.speak(sine(440, 900, 48_000), 48_000);
    await this.#answered();
  }

  async write(text: string): Promise<void> {
    this.asked += 1;
    await this.person.sendChat(text);
    await this.#answered();
  }

  async #answered(): Promise<void> {
    await this.person.waitFor(() => this.answers === this.asked, 20_000);
    await this.person.waitFor((person) => person.state() === 'listening', 20_000);
  }
}

test('SIGTERM while several calls talk: each is handed over between two answers, and none is lost or given twice', async () => {
  await using talkative = await startShortAnswers({
    scenario: {
      rules: [
        { when: { text: 'note' }, do: [{ calls: [{ name: 'note', id: 'n1' }] }] },
        { when: { toolResponse: 'note' }, do: [{ say: 'It is noted.' }] },
        { when: { text: '.' }, do: [{ say: 'Well, that is a good question.' }] },
        { when: { speech: true }, do: [{ say: 'Yes, I have heard you.' }] },
      ],
    },
  });
  const start = starter({ GOOGLE_GEMINI_BASE_URL: talkative.url });
  await using old = await start();
  const calls = await Promise.all(
    ['one', 'two', 'three'].map((name) => new Conversation(ownName(name)).start(old)),
  );
  await using _young = await start();
  // In the middle of an answer to speech, of a tool call, and of a written turn.
  const talking = calls.map((call, index) => {
    if (index === 0) return call.speak();
    return call.write(index === 1 ? 'Make a note.' : 'How are you?');
  });
  old.kill('SIGTERM');
  await Promise.all(talking);
  await Promise.all(calls.map(({ person }) => person.waitFor(() => isTakenOver(person), 20_000)));
  expect(await old.ended).toBe(143);
  for (const call of calls) {
    await call.speak();
    await call.write('Are you there?');
    const { person } = call;
    // Every answer once, in one numbering of turns, and nobody said goodbye.
    expect(call.answers).toBe(call.asked);
    const turns = person
      .events()
      .flatMap((event) => (event.type === 'turn' && event.phase === 'started' ? [event.turn] : []));
    expect(turns).toEqual([...new Set(turns)]);
    const sessions = person.events().filter(({ type }) => type === 'session');
    expect(sessions.map(({ state }) => state)).not.toContain('closed');
  }
  expect(calls.map(({ tools }) => tools)).toEqual([0, 1, 0]);
  await Promise.all(calls.map(({ person }) => person.close()));
}, 120_000);

test('a worker with another key takes nothing over: the call ends where it was, with a goodbye', async () => {
  const start = starter();
  await using old = await start();
  const { person } = await call(old, ownName('locked'));
  await using young = await start({ AGENT_STATE_KEY: randomBytes(32).toString('base64') });
  old.kill('SIGTERM');
  await person.waitFor(() => person.agent() === undefined, 40_000);
  expect(person.events().at(-1)).toMatchObject({ type: 'session', state: 'closed' });
  const refused = young.logs.find(({ msg }) => msg === 'a call of another worker could not be taken over');
  expect(JSON.stringify(refused)).toContain('sealed with another AGENT_STATE_KEY');
  await person.close();
}, 90_000);

test('the calls of a worker that is killed go on in another one, from Redis', async () => {
  const start = starter({ REDIS_URL: redis.url });
  await using old = await start();
  const room = ownName('killed');
  const { person } = await call(old, room, true);
  await using _young = await start();
  await answers(person, 2);
  const [kept = ''] = await redis.client.keys(`*carried-${names}:call:*`);
  const entries = await redis.client.lrange(kept, 0, -1);
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) expect(entry).toMatch(/^gra1\./);
  // Killed between a question and its answer, which comes all the same.
  await person.speak(sine(440, 900, 48_000), 48_000);
  const killedMs = performance.now();
  old.kill('SIGKILL');
  await person.waitFor(() => isTakenOver(person), 20_000);
  const awayMs = performance.now() - killedMs;
  await person.waitFor(() => finals(person) === 3, 20_000);
  await answers(person, 4);
  console.log(`taken up from Redis after ${Math.round(awayMs)} ms`);
  expect(awayMs).toBeLessThan(5_000 + SERVICE_NEEDS_MS);
  const turns = person
    .events()
    .flatMap((event) => (event.type === 'turn' && event.phase === 'started' ? [event.turn] : []));
  expect(turns).toEqual([1, 2, 3, 4]);
  const transcript = JSON.parse(await person.rpc('get_transcript')) as { turns: unknown[] };
  expect(transcript.turns).toMatchObject([
    { id: 1 },
    { id: 2, user: 'Are you there?' },
    { id: 3 },
    { id: 4, user: 'Are you there?' },
  ]);
  await person.rpc('hang_up');
  await expect.poll(async () => (await reportsOf(room)).length, { timeout: 15_000 }).toBe(1);
  expect(await reportsOf(room)).toMatchObject([
    {
      call: { reason: 'hung-up: by ana' },
      turns: [
        { id: 1 },
        { id: 2, user: 'Are you there?', agent: expect.stringMatching(/\w/) },
        { id: 3, agent: expect.stringMatching(/\w/) },
        { id: 4 },
      ],
      losses: [{ code: 'taken over', restored: expect.stringMatching(/resumed|rebuilt/) }],
    },
  ]);
  await expect.poll(() => redis.client.keys(`*carried-${names}:*`), { timeout: 15_000 }).toEqual([]);
  await person.close();
}, 90_000);

test('Redis that is gone delays no call and ends none, and knows all of them when it is back', async () => {
  // A failed try may have left it stopped.
  await redis.stop();
  await redis.start();
  const start = starter({ REDIS_URL: redis.url });
  await using worker = await start();
  const { person } = await call(worker, ownName('without-redis'));
  await redis.stop();
  await answers(person, 2);
  const other = await call(worker, ownName('begun-without-redis'));
  await answers(other.person, 2);
  expect(person.events().every(({ epoch }) => epoch === 1)).toBe(true);
  await redis.start();
  await expect
    .poll(async () => (await redis.client.keys(`*carried-${names}:call:*`)).length, { timeout: 10_000 })
    .toBe(2);
  await person.close();
  await other.person.close();
}, 90_000);
