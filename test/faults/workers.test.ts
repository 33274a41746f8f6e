// What strikes a worker's processes at once or in a bad moment: no call ends by it, none is begun anew, none has two agents.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { handingOver, type TestWorker } from '../support/worker.js';
import {
  ARRIVES_MS,
  end,
  epoch,
  finals,
  goesOn,
  hosts,
  isGreeted,
  isMoved,
  kill,
  write,
} from './struck-calls.js';

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
  return handingOver({ livekit, liveApi, agentName: `struck-${++names}`, env });
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
      const room = `struck-${names}-${index}`;
      const person = await join(room);
      await worker.dispatch(room, { greeting: 'Say hello.' });
      return person;
    }),
  );
  await Promise.all(people.map(isGreeted));
  return people;
}

test('all hosts of a worker are killed at once', async () => {
  await using worker = await starter()();
  const people = await begin(worker);
  await write(people, 'Before it.');
  const all = await hosts(worker);
  expect(all.length).toBeGreaterThan(1);
  const killedMs = performance.now();
  kill(all);
  await Promise.all(people.map((person) => isMoved(person)));
  console.log(`all hosts at once: away for ${Math.round(performance.now() - killedMs)} ms`);
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a host is killed, and the one that has just taken its calls too', async () => {
  await using worker = await starter()();
  const people = await begin(worker);
  await write(people, 'Before it.');
  const all = await hosts(worker);
  kill(all);
  // As soon as there is another, and before its calls have their sessions.
  await vi.waitFor(async () => {
    const next = (await hosts(worker)).filter((pid) => !all.includes(pid));
    expect(next).not.toEqual([]);
    expect(people.some((person) => person.agent() === undefined || epoch(person) > 1)).toBe(true);
    kill(next);
  }, ARRIVES_MS);
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a worker and one of its hosts are killed together', async () => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  const [host = 0] = await hosts(old);
  const killedMs = performance.now();
  kill([host, old.pid]);
  await Promise.all(people.map((person) => isMoved(person)));
  console.log(`worker and host: away for ${Math.round(performance.now() - killedMs)} ms`);
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a host is killed, and its worker while its calls are on their way to the next host', async () => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  kill(await hosts(old));
  await people[0]?.waitFor(() => people.some((person) => epoch(person) > 1), ARRIVES_MS).catch(() => {});
  kill([old.pid]);
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test.each([
  { moment: 'before', waitsMs: 0 },
  { moment: 'during', waitsMs: 150 },
  { moment: 'after', waitsMs: 1_500 },
])('a host is killed in a rotation, $moment its new connection', async ({ waitsMs }) => {
  await using worker = await starter()();
  const people = await begin(worker, 4);
  await write(people, 'Before it.');
  liveApi.faults.goAway({ timeLeftMs: 5_000, end: false });
  // biome-ignore lint/plugin: real time is the subject: the moments of a rotation
  await new Promise((resolve) => setTimeout(resolve, waitsMs));
  kill(await hosts(worker));
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a worker is killed in a rotation', async () => {
  const start = withRedis();
  await using old = await start();
  const people = await begin(old, 4);
  await write(people, 'Before it.');
  await using _young = await start();
  liveApi.faults.goAway({ timeLeftMs: 5_000, end: false });
  kill([old.pid]);
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a worker stops in a rotation', async () => {
  const start = starter();
  await using old = await start();
  const people = await begin(old, 4);
  await write(people, 'Before it.');
  await using _young = await start();
  liveApi.faults.goAway({ timeLeftMs: 5_000, end: false });
  old.kill('SIGTERM');
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test('a worker stops, and its hosts are killed before their calls are handed over', async () => {
  const start = starter();
  await using old = await start();
  const people = await begin(old);
  await write(people, 'Before it.');
  await using _young = await start();
  old.kill('SIGTERM');
  kill(await hosts(old));
  expect(await old.ended).toBe(143);
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await end(people);
});

test.each([0, 150, 400])('a worker stops %i ms into a burst of dispatches', async (waitsMs) => {
  const start = starter();
  await using old = await start();
  await using young = await start();
  const rooms = Array.from({ length: 10 }, (_, index) => `burst-${names}-${index}`);
  const people = await Promise.all(rooms.map(join));
  const dispatched = rooms.map((room) => young.dispatch(room, { greeting: 'Say hello.' }));
  // biome-ignore lint/plugin: real time is the subject: the moments of a burst
  await new Promise((resolve) => setTimeout(resolve, waitsMs));
  old.kill('SIGTERM');
  await Promise.all(dispatched);
  await Promise.all(people.map(isGreeted));
  expect(await old.ended).toBe(143);
  const epochs = people.map(epoch);
  for (const person of people) await goesOn(person);
  // No second greeting: the greeting and the answer, in one holder or over two.
  console.log(
    `stopped ${waitsMs} ms into the burst: holders ${epochs.join(' ')}, answers ${people.map(finals).join(' ')}`,
  );
  expect(people.map(finals)).toEqual(people.map(() => 2));
  await end(people);
});

test.each([30, 150])('a worker is killed %i ms into a burst of dispatches', async (waitsMs) => {
  const start = withRedis();
  await using old = await start();
  await using young = await start();
  const rooms = Array.from({ length: 10 }, (_, index) => `killed-${names}-${index}`);
  const people = await Promise.all(rooms.map(join));
  const dispatched = rooms.map((room) => young.dispatch(room, { greeting: 'Say hello.' }));
  // biome-ignore lint/plugin: real time is the subject: the moments of a burst
  await new Promise((resolve) => setTimeout(resolve, waitsMs));
  kill([old.pid]);
  await Promise.all(dispatched);
  await Promise.all(people.map(isGreeted));
  for (const person of people) await goesOn(person);
  console.log(`killed ${waitsMs} ms into the burst: holders ${people.map(epoch).join(' ')}`);
  await end(people);
});
