// Processes that hang and go on: a whole worker whose calls are another's by then, and Redis in the middle of a hand-over.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { delay } from '../../src/util/abort.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { callsOf, handingOver, type TestWorker } from '../support/worker.js';
import { ARRIVES_MS, end, epoch, finals, goesOn, hosts, isGreeted, isMoved, write } from './struck-calls.js';

const CALLS = 6;
/** LiveKit puts a participant out from whom it has heard nothing for 20 s. */
const PUT_OUT_MS = 22_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let redis: TestRedis;
let backend: Server;
/** The rooms whose calls have noted something, a room for each note. */
const noted: string[] = [];
let names = 0;

beforeAll(async () => {
  backend = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { room: string } };
    noted.push(data.room);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  const listens = once(backend.listen(0, '127.0.0.1'), 'listening');
  [livekit, liveApi, redis] = await Promise.all([
    startLivekitServer(),
    startShortAnswers({
      scenario: {
        rules: [
          { when: { text: 'Note it' }, afterMs: 1_000, do: [{ call: { name: 'note', args: {} } }] },
          { when: { toolResponse: 'note' }, do: [{ say: 'It is noted.' }] },
          { when: { text: '.' }, do: [{ say: 'Well.' }] },
        ],
      },
    }),
    startRedis(),
  ]);
  await listens;
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  backend?.close();
});

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

function origin(): string {
  return `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
}

/** Starts workers of one name. */
function starter() {
  return handingOver({
    livekit,
    liveApi,
    agentName: `hung-${++names}`,
    env: {
      REDIS_URL: redis.url,
      TOOL_WEBHOOK_ORIGINS: origin(),
      TOOL_WEBHOOK_SECRET: randomBytes(32).toString('base64'),
    },
  });
}

interface HeldCall {
  readonly room: string;
  readonly person: Person;
}

async function begin(worker: TestWorker, count = CALLS): Promise<HeldCall[]> {
  const tools = [{ declaration: { name: 'note' }, run: { by: 'webhook', url: `${origin()}/note` } }];
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const room = `${worker.agentName}-${index}`;
      const person = new Person({ microphone: false, keepSamples: false });
      await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
      await worker.dispatch(room, { greeting: 'Say hello.', tools });
      await isGreeted(person);
      return { room, person };
    }),
  );
}

/** Main process first: what its hosts do meanwhile does not reach it. */
async function processesOf(worker: TestWorker): Promise<number[]> {
  return [worker.pid, ...(await hosts(worker))];
}

/** It lets all its calls go, and they do not notice. */
async function goesOnWithoutCalls(worker: TestWorker, stopped: readonly number[], people: readonly Person[]) {
  const epochs = people.map(epoch);
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  await vi.waitFor(async () => expect(await callsOf(worker)).toBe(0), { timeout: ARRIVES_MS });
  for (const person of people) await goesOn(person);
  expect(people.map(epoch)).toEqual(epochs);
  expect(people.map((person) => person.agent()?.trackPublications.size)).toEqual(people.map(() => 1));
}

test('a worker hangs with all its hosts: others take its calls up, and it has none when it goes on', async () => {
  const start = starter();
  await using old = await start();
  const calls = await begin(old);
  const people = calls.map(({ person }) => person);
  await write(people, 'Before it.');
  await using _young = await start();
  const stopped = await processesOf(old);
  const noting = calls.slice(0, 3);
  // The service asks for the tool when nobody reads it: the old holder finds that when it goes on.
  await Promise.all(
    noting.map(async ({ person }) => {
      await person.sendChat('Note it.');
      await person.waitFor(() => person.state() === 'thinking', ARRIVES_MS);
    }),
  );
  // biome-ignore lint/plugin: real time is the subject: what was written is in Redis by then, and the tool not yet asked for
  await delay(300);
  // The times are printed only.
  const hungMs = performance.now();
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  const away = await Promise.all(
    people.map(async (person) => {
      await isMoved(person);
      return Math.round(performance.now() - hungMs);
    }),
  );
  console.log(`a whole worker hangs: away for ${away.sort((a, b) => a - b).join(', ')} ms`);
  await vi.waitFor(() => expect(noted).toEqual(expect.arrayContaining(noting.map(({ room }) => room))), {
    timeout: ARRIVES_MS,
  });
  for (const person of people) await goesOn(person, ['Before it.']);
  await goesOnWithoutCalls(old, stopped, people);
  expect(noted.toSorted()).toEqual(noting.map(({ room }) => room));
  await end(people);
});

test('a worker hangs until it was put out of its rooms, and goes on when others have its calls', async () => {
  const start = starter();
  await using old = await start();
  const people = (await begin(old, 3)).map(({ person }) => person);
  await write(people, 'Before it.');
  const stopped = await processesOf(old);
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  await Promise.all(people.map((person) => person.waitFor(() => !person.agent(), PUT_OUT_MS + ARRIVES_MS)));
  await using _young = await start();
  await Promise.all(people.map((person) => isMoved(person)));
  for (const person of people) await goesOn(person, ['Before it.']);
  await goesOnWithoutCalls(old, stopped, people);
  await end(people);
});

test.each([
  { how: 'hangs', moment: 'before' },
  { how: 'hangs', moment: 'during' },
  { how: 'ends', moment: 'before' },
  { how: 'ends', moment: 'during' },
])(
  'Redis $how $moment a hand-over: it is made all the same, and Redis knows the calls when it is back',
  async ({ how, moment }) => {
    const strike = async () => (how === 'hangs' ? redis.hang() : await redis.stop());
    const start = starter();
    await using old = await start();
    const people = (await begin(old)).map(({ person }) => person);
    await write(people, 'Before it.');
    await using young = await start();
    if (moment === 'before') await strike();
    old.kill('SIGTERM');
    // Printed only.
    const beganMs = performance.now();
    if (moment === 'during') {
      await Promise.race(people.map((person) => isMoved(person)));
      await strike();
    }
    await Promise.all(people.map((person) => isMoved(person)));
    console.log(`Redis ${how} ${moment} a hand-over of ${Math.round(performance.now() - beganMs)} ms`);
    expect(await old.ended).toBe(143);
    for (const person of people) await goesOn(person, ['Before it.']);
    if (how === 'hangs') redis.goOn();
    else await redis.start();
    const keys = (kind: string) => redis.client.keys(`*${young.agentName}:${kind}:*`);
    await vi.waitFor(
      async () => expect([(await keys('call')).length, (await keys('lease')).length]).toEqual([CALLS, CALLS]),
      { timeout: ARRIVES_MS },
    );
    for (const person of people) await goesOn(person, ['Before it.', 'Are you there?']);
    // Nobody has taken up what had a holder.
    expect(people.map(epoch)).toEqual(people.map(() => 2));
    expect(people.map(finals)).toEqual(people.map(() => 4));
    await end(people);
  },
);
