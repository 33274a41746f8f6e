// Workers that are frozen, and a Redis that is slow or gone in a bad moment: no call ends by it, and none has two agents.
import { randomBytes } from 'node:crypto';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker, type TestWorker } from '../support/worker.js';

const AGENT_STATE_KEY = randomBytes(32).toString('base64');
const ARRIVES_MS = 30_000;
const CALLS = 6;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let redis: TestRedis;
let names = 0;

beforeAll(async () => {
  [livekit, liveApi, redis] = await Promise.all([startLivekitServer(), startShortAnswers(), startRedis()]);
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** Starts workers of one name. */
function starter(env: Record<string, string> = {}) {
  const agentName = `frozen-${++names}`;
  return () =>
    startWorker({
      livekit,
      liveApi,
      agentName,
      env: { AGENT_ISOLATION: 'shared', AGENT_STATE_KEY, AGENT_DRAIN_MS: '300', ...env },
    });
}

const withRedis = () => starter({ REDIS_URL: redis.url });

async function join(room: string): Promise<Person> {
  const person = new Person({ microphone: false, keepSamples: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  return person;
}

async function begin(worker: TestWorker, count = CALLS): Promise<Person[]> {
  const people = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const room = `frozen-${names}-${index}`;
      const person = await join(room);
      await worker.dispatch(room, { greeting: 'Say hello.' });
      return person;
    }),
  );
  await Promise.all(people.map(isGreeted));
  return people;
}

async function isGreeted(person: Person): Promise<void> {
  await person.waitFor(() => finals(person) >= 1 && person.state() === 'listening', ARRIVES_MS);
}

/** Answers that were captioned to their end; a segment that is sent once more is the same answer. */
function finals(person: Person): number {
  const ended = person.captions().filter(({ final, identity }) => final && identity.startsWith('agent-'));
  return new Set(ended.map(({ attributes }) => attributes['lk.segment_id'])).size;
}

function epoch(person: Person): number {
  return Math.max(0, ...person.events().map((event) => event.epoch));
}

/** A later holder than this one has a session. */
async function isMoved(person: Person, from = 1): Promise<void> {
  const isOpen = () =>
    person.events().some((event) => event.type === 'session' && event.state === 'open' && event.epoch > from);
  await person.waitFor(isOpen, ARRIVES_MS);
}

/** It answers, knows all that was written, has counted each turn once, and is alone with the person. */
async function goesOn(person: Person, written: readonly string[] = []): Promise<void> {
  const before = finals(person);
  await person.sendChat('Are you there?');
  await person.waitFor(() => finals(person) > before, ARRIVES_MS);
  const page = JSON.parse(await person.rpc('get_transcript')) as { turns: { user: string }[] };
  const words = page.turns.map(({ user }) => user).join('\n');
  for (const text of [...written, 'Are you there?']) expect(words).toContain(text);
  const events = person.events();
  const turns = events.flatMap((event) =>
    event.type === 'turn' && event.phase === 'started' ? [event.turn] : [],
  );
  expect(turns).toEqual([...new Set(turns)]);
  expect(new Set(events.map(({ call }) => call)).size).toBe(1);
  expect(events.flatMap((event) => (event.type === 'session' ? [event.state] : []))).not.toContain('closed');
  expect(person.participants()).toHaveLength(1);
}

async function hosts(worker: TestWorker): Promise<number[]> {
  return (await worker.processes())
    .filter(({ command }) => command.includes('host-process'))
    .map(({ pid }) => pid);
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

async function write(people: readonly Person[], text: string): Promise<void> {
  await Promise.all(
    people.map(async (person) => {
      const before = finals(person);
      await person.sendChat(text);
      await person.waitFor(() => finals(person) > before, ARRIVES_MS);
    }),
  );
}

async function end(people: readonly Person[]): Promise<void> {
  await Promise.all(people.map((person) => person.close()));
}


function all(worker: TestWorker): Promise<number[]> {
  return worker.processes().then((processes) => [worker.pid, ...processes.map(({ pid }) => pid)]);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

const sleep = (ms: number): Promise<void> =>
  // biome-ignore lint/plugin: real time is the subject: how long a process is frozen
  new Promise((resolve) => setTimeout(resolve, ms));

test('the main process of a worker is frozen for 8 s: its calls go on where they are', async () => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  signal([old.pid], 'SIGSTOP');
  await sleep(4_000);
  await write(people, 'During it.');
  await sleep(4_000);
  signal([old.pid], 'SIGCONT');
  await sleep(2_000);
  for (const person of people) await goesOn(person, ['Before it.', 'During it.']);
  console.log(`epochs ${people.map(epoch).join(' ')}`);
  expect(people.map(epoch)).toEqual(people.map(() => 1));
  await end(people);
}, 120_000);

test.each([5_000, 25_000])('a whole worker is frozen for %i ms: its calls are taken up by another and stay there', async (frozenMs) => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  const pids = await all(old);
  signal(pids, 'SIGSTOP');
  await Promise.all(people.map((person) => isMoved(person)));
  await write(people, 'During it.');
  await sleep(Math.max(0, frozenMs - 5_000));
  signal(pids, 'SIGCONT');
  await sleep(6_000);
  console.log(`epochs ${people.map(epoch).join(' ')}`);
  for (const person of people) await goesOn(person, ['Before it.', 'During it.']);
  console.log(`epochs ${people.map(epoch).join(' ')}`);
  const status = (await (await fetch(`${old.healthUrl}/worker`)).json()) as { active_jobs: number };
  expect(status.active_jobs).toBe(0);
  await end(people);
}, 120_000);

test('the main process is frozen, its hosts are killed, and it wakes when its calls are elsewhere', async () => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  signal([old.pid], 'SIGSTOP');
  kill(await hosts(old));
  await Promise.all(people.map((person) => isMoved(person)));
  await write(people, 'During it.');
  signal([old.pid], 'SIGCONT');
  await sleep(6_000);
  console.log(`epochs ${people.map(epoch).join(' ')}`);
  for (const person of people) await goesOn(person, ['Before it.', 'During it.']);
  console.log(`epochs ${people.map(epoch).join(' ')}`);
  await end(people);
}, 120_000);

test('a worker stops while all of its calls only listen', async () => {
  const start = starter();
  await using old = await start();
  const people = await Promise.all(Array.from({ length: CALLS }, (_, index) => join(`listens-${names}-${index}`)));
  await Promise.all(people.map((_, index) => old.dispatch(`listens-${names}-${index}`, {})));
  await Promise.all(people.map((person) => person.waitFor(() => person.state() === 'listening', ARRIVES_MS)));
  await using _young = await start();
  old.kill('SIGTERM');
  await Promise.all(people.map((person) => isMoved(person)));
  expect(await old.ended).toBe(143);
  for (const person of people) await goesOn(person);
  await end(people);
}, 120_000);

test.each(['slow', 'gone'] as const)('Redis is %s while a worker hands its calls over, and the next worker is killed when it is back', async (how) => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  const young = await start();
  const [redisPid = 0] = [redis.pid];
  if (how === 'slow') process.kill(redisPid, 'SIGSTOP');
  else await redis.stop();
  old.kill('SIGTERM');
  await Promise.all(people.map((person) => isMoved(person)));
  await write(people, 'During it.');
  if (how === 'slow') process.kill(redisPid, 'SIGCONT');
  else await redis.start();
  expect(await old.ended).toBe(143);
  await write(people, 'After it.');
  await sleep(3_000);
  await using _next = await start();
  const epochs = people.map(epoch);
  console.log(`epochs ${epochs.join(' ')}`);
  await young[Symbol.asyncDispose]();
  await Promise.all(people.map((person, index) => isMoved(person, epochs[index])));
  for (const person of people) await goesOn(person, ['Before it.', 'During it.', 'After it.']);
  await end(people);
}, 120_000);

test('a host is killed while somebody types, and while a message is on its way', async () => {
  await using worker = await starter()();
  const people = await begin(worker);
  await write(people, 'Before it.');
  const texts = people.map((_, index) => `${'A long message. '.repeat(2_000)}End ${index}.`);
  const sending = people.map((person, index) => person.sendChat(texts[index] ?? '').catch(() => {}));
  kill(await hosts(worker));
  await Promise.all(sending);
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
}, 120_000);
