// Eight calls that talk while hosts and workers are killed: `npm run soak -- chaos`. SOAK_MINUTES (10) makes it shorter.
import { randomBytes } from 'node:crypto';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { delay } from '../../src/util/abort.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker, type TestWorker } from '../support/worker.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const CALLS = 8;
const KILL_EVERY_MS = 20_000;
const ANSWERED_WITHIN_MS = 15_000;
const AGENT_NAME = 'chaos';
const AGENT_STATE_KEY = randomBytes(32).toString('base64');

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let redis: TestRedis;

beforeAll(async () => {
  [livekit, liveApi, redis] = await Promise.all([startLivekitServer(), startShortAnswers(), startRedis()]);
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

function start(): Promise<TestWorker> {
  const env = { AGENT_ISOLATION: 'shared', AGENT_STATE_KEY, REDIS_URL: redis.url, AGENT_MAX_ROOMS: '16' };
  return startWorker({ livekit, liveApi, agentName: AGENT_NAME, env });
}

interface TranscriptPage {
  readonly turns: readonly { readonly user: string }[];
  readonly next: number | null;
}

interface Talk {
  readonly person: Person;
  /** Messages that were written, each until it was answered. */
  written: number;
  /** Times that one was written again: nobody was there to read it, or to answer. */
  again: number;
}

function finals(person: Person): number {
  return person.captions().filter(({ final, identity }) => final && identity.startsWith('agent-')).length;
}

function messageOf(number: number): string {
  return `This is message ${number}.`;
}

/** What the person has said or written, as the agent knows it at the end, whichever processes have run the call. */
async function wordsOf({ person }: Talk): Promise<string> {
  let words = '';
  for (let from: number | null = 0; from !== null; ) {
    const page = JSON.parse(await person.rpc('get_transcript', JSON.stringify({ from }))) as TranscriptPage;
    words += page.turns.map(({ user }) => `${user}\n`).join('');
    from = page.next;
  }
  return words;
}

/** Writes one message after the other; one that reaches nobody, because its agent has just been killed, is written again. */
async function talk(each: Talk, signal: AbortSignal): Promise<void> {
  const { person } = each;
  while (!signal.aborted) {
    each.written += 1;
    for (;;) {
      const before = finals(person);
      await person.sendChat(messageOf(each.written));
      if (await person.mayWaitFor(() => finals(person) > before, ANSWERED_WITHIN_MS)) break;
      each.again += 1;
    }
    // biome-ignore lint/plugin: real time is the subject: a person who writes twice a second
    await delay(500, signal);
  }
}

const STRIKES = ['a host', 'a worker', 'all hosts of a worker', 'a host in a rotation'] as const;

/** Of the older worker, which has the calls. @returns the workers after it, the older one first */
async function strikeWith(
  strike: (typeof STRIKES)[number] | undefined,
  [first, second]: readonly [TestWorker, TestWorker],
): Promise<[TestWorker, TestWorker]> {
  if (strike === 'a worker') {
    await first[Symbol.asyncDispose]();
    return [second, await start()];
  }
  const hosts = await first.processes();
  if (strike === 'a host in a rotation') liveApi.faults.goAway({ timeLeftMs: 5_000, end: false });
  const struck = strike === 'all hosts of a worker' ? hosts : hosts.slice(0, 1);
  for (const { pid } of struck) process.kill(pid, 'SIGKILL');
  return [first, second];
}

test(`${MINUTES} minutes in which a host or a worker is killed every 20 s end no call`, async () => {
  let workers = await Promise.all([start(), start()]);
  const talks = await Promise.all(
    Array.from({ length: CALLS }, async (_, index): Promise<Talk> => {
      const person = new Person({ microphone: false, keepSamples: false });
      const room = `chaos-${index}`;
      await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
      await workers[0]?.dispatch(room, { greeting: 'Say hello.' });
      await person.waitFor(() => finals(person) === 1, 30_000);
      return { person, written: 0, again: 0 };
    }),
  );
  const stop = new AbortController();
  const talking = Promise.all(talks.map((each) => talk(each, stop.signal)));
  const endsMs = Date.now() + MINUTES * 60_000;
  for (let round = 0; Date.now() < endsMs; round += 1) {
    // biome-ignore lint/plugin: real time is the subject: a process is killed at intervals
    await delay(KILL_EVERY_MS);
    const strike = STRIKES[round % STRIKES.length];
    console.log(`killed: ${strike}`);
    workers = await strikeWith(strike, workers);
  }
  // biome-ignore lint/plugin: real time is the subject: a process is killed at intervals
  await delay(KILL_EVERY_MS);
  stop.abort();
  await talking;
  const written = talks.reduce((sum, each) => sum + each.written, 0);
  const again = talks.reduce((sum, each) => sum + each.again, 0);
  const epochs = talks.map(({ person }) => Math.max(...person.events().map(({ epoch }) => epoch)));
  console.log(
    `${written} messages were answered, ${again} had to be written again; holders of the calls: ${epochs.join(', ')}`,
  );
  for (const each of talks) {
    const { person } = each;
    expect(person.closed).toBeUndefined();
    expect(new Set(person.events().map(({ call }) => call)).size).toBe(1);
    const states = person.events().flatMap((event) => (event.type === 'session' ? [event.state] : []));
    expect(states).not.toContain('closed');
    // It speaks and listens at the end.
    const before = finals(person);
    await person.sendChat('Are you there?');
    await person.waitFor(() => finals(person) > before, 30_000);
    const words = await wordsOf(each);
    const missing = Array.from({ length: each.written }, (_, index) => messageOf(index + 1)).filter(
      (message) => !words.includes(message),
    );
    expect(missing).toEqual([]);
    const turns = person
      .events()
      .flatMap((event) => (event.type === 'turn' && event.phase === 'started' ? [event.turn] : []));
    expect(turns).toEqual([...new Set(turns)]);
  }
  await Promise.all(talks.map(({ person }) => person.close()));
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
});
