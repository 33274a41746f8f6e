// A key that is revoked in mid-call: the call goes on by the second access, and the worker's other calls begin there.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker, type TestWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let services: readonly [LiveApiServer, LiveApiServer, LiveApiServer];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accesses-'));
  [livekit, ...services] = await Promise.all([
    startLivekitServer(),
    startShortAnswers(),
    startShortAnswers(),
    startShortAnswers(),
  ]);
});

afterEach(() => {
  for (const { faults } of services) faults.clear();
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const KEYS = { FIRST_KEY: 'one', SECOND_KEY: 'two', THIRD_KEY: 'three', GOOGLE_API_KEY: '' };

async function accessFile(count: number): Promise<string> {
  const path = join(folder, `accesses-${randomUUID()}.json`);
  const list = Object.keys(KEYS)
    .slice(0, count)
    .map((name, index) => ({ apiKey: `env:${name}`, baseUrl: services[index]?.url }));
  await writeFile(path, JSON.stringify(list));
  return path;
}

async function joined(worker: TestWorker, room: string): Promise<Person> {
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  await worker.dispatch(room);
  await person.waitFor(() => person.state() === 'listening', 20_000);
  return person;
}

/** Counts from now on. */
function sessionCounts(): () => number[] {
  const before = services.map(({ sessions }) => sessions.length);
  return () => services.map(({ sessions }, at) => sessions.length - (before[at] ?? 0));
}

function revoke({ faults }: LiveApiServer): void {
  faults.refuseSetups({ like: 'key-leaked' }, 100);
  faults.closeLike('key-leaked');
}

function errorsOf(person: Person): string[] {
  return person
    .events()
    .flatMap((event) => (event.type === 'error' ? [`${event.code}: ${event.message}`] : []));
}

function restoredOf(person: Person): string[] {
  return person
    .events()
    .flatMap((event) => (event.type === 'session' && event.restored ? [String(event.restored)] : []));
}

async function answered(person: Person, text: string): Promise<void> {
  const completed = () =>
    person.events().filter(({ type, phase }) => type === 'turn' && phase === 'completed');
  const before = completed().length;
  await person.sendChat(text);
  await person.waitFor(() => completed().length > before, 20_000);
}

test.each(['process', 'shared'] as const)('AGENT_ISOLATION=%s', async (AGENT_ISOLATION) => {
  const [first] = services;
  const env = { AGENT_ISOLATION, GOOGLE_ACCESS_FILE: await accessFile(2), ...KEYS, AGENT_MAX_ROOMS: '3' };
  await using worker = await startWorker({ livekit, liveApi: first, env });
  const opened = sessionCounts();

  const ana = await joined(worker, ownName('revoked'));
  await answered(ana, 'How are you?');
  expect(opened()).toEqual([1, 0, 0]);
  revoke(first);
  const rebuilt = () => ana.events().find(({ restored }) => restored === 'rebuilt');
  await ana.waitFor(() => rebuilt() !== undefined, 20_000);
  await answered(ana, 'What is new?');
  expect(opened()).toEqual([1, 1, 0]);
  const told = ana.events().find(({ type }) => type === 'error');
  expect(told).toEqual(
    expect.objectContaining({
      type: 'error',
      code: 'access',
      fatal: false,
      message: expect.stringMatching(
        /^access 1 of 2 was refused \(1008: .*leaked.*\): the call goes on with access 2$/,
      ),
    }),
  );

  expect(Number(rebuilt()?.at) - Number(told?.at)).toBeLessThan(5_000);

  // In another process, or in one that had begun before the key was revoked.
  const bea = await joined(worker, ownName('after'));
  await answered(bea, 'How are you?');
  expect(opened()).toEqual([1, 2, 0]);
  expect(bea.events().filter(({ type }) => type === 'error')).toEqual([]);
  await Promise.all([ana.close(), bea.close()]);
  expect(JSON.stringify(worker.logs)).not.toMatch(/"one"|"two"|key=/);
});

test('past a second access that is refused, too; through an edit that breaks the file; and to an honest end', async () => {
  const [first, second, third] = services;
  const GOOGLE_ACCESS_FILE = await accessFile(3);
  const env = { AGENT_ISOLATION: 'shared', GOOGLE_ACCESS_FILE, ...KEYS };
  await using worker = await startWorker({ livekit, liveApi: first, env });
  const opened = sessionCounts();
  const room = ownName('broken-second');
  const ana = await joined(worker, room);
  await answered(ana, 'How are you?');
  second.faults.refuseSetups({ like: 'location' }, 100);
  revoke(first);
  await ana.waitFor(() => restoredOf(ana).length === 1, 20_000);
  await answered(ana, 'What is new?');
  // Refused set-ups are sessions of the service, too.
  expect(opened()).toEqual([1, 1, 1]);
  expect(errorsOf(ana)).toEqual([
    expect.stringMatching(/^access: access 1 of 3 was refused .*: the call goes on with access 2$/),
    expect.stringMatching(/^access: access 2 of 3 was refused .*location.*: the call goes on with access 3$/),
  ]);

  // Processes that start later know the file as it was.
  await writeFile(GOOGLE_ACCESS_FILE, '[{ "apiKey": ');
  process.kill(await worker.jobIn(room), 'SIGKILL');
  await ana.waitFor(() => restoredOf(ana).length === 2, 20_000);
  await answered(ana, 'Are you there?');
  expect(restoredOf(ana)).toEqual(['rebuilt', 'resumed']);
  // The session was tried at its own access alone, once or more until the service had let go of it.
  expect(opened().slice(0, 2)).toEqual([1, 1]);

  revoke(third);
  const closed = () => ana.events().find(({ type, state }) => type === 'session' && state === 'closed');
  await ana.waitFor(() => closed() !== undefined, 20_000);
  expect(ana.events().filter(({ type, fatal }) => type === 'error' && fatal)).toEqual([
    expect.objectContaining({ message: expect.stringContaining('reported as leaked') }),
  ]);
  await ana.close();
  const failures = worker.logs.filter(({ code }) => code === 'access');
  expect(failures.map(({ access, why }) => [access, why]).slice(0, 3)).toEqual([
    [1, 'refused'],
    [2, 'refused'],
    [3, 'refused'],
  ]);
  expect(failures.at(-1)?.msg).toBe('an access to the Live API has failed, and no other can be used now');
});

test.each([
  ['still refuses', false],
  ['works again, and knows no handle of the other', true],
])('a call of the second access goes on in another worker whose first %s', async (_name, recovers) => {
  const [first] = services;
  const agentName = ownName('moved');
  const env = {
    AGENT_ISOLATION: 'shared',
    AGENT_DRAIN_MS: '0',
    AGENT_STATE_KEY: randomBytes(32).toString('base64'),
    GOOGLE_ACCESS_FILE: await accessFile(2),
    ...KEYS,
  };
  await using old = await startWorker({ livekit, liveApi: first, agentName, env });
  const ana = await joined(old, agentName);
  await answered(ana, 'How are you?');
  revoke(first);
  await ana.waitFor(() => restoredOf(ana).length === 1, 20_000);
  await answered(ana, 'What is new?');
  if (recovers) first.faults.clear();
  await using young = await startWorker({ livekit, liveApi: first, agentName, env });
  const opened = sessionCounts();
  old.kill('SIGTERM');
  await ana.waitFor(() => restoredOf(ana).length === 2, 30_000);
  await young.jobIn(agentName);
  await answered(ana, 'Are you there?');
  expect(restoredOf(ana)).toEqual(['rebuilt', 'rebuilt']);
  expect(opened()[1]).toBe(recovers ? 0 : 1);
  const transcript = JSON.parse(await ana.rpc('get_transcript')) as { turns: { user: string }[] };
  expect(transcript.turns.map(({ user }) => user)).toEqual([
    'How are you?',
    'What is new?',
    'Are you there?',
  ]);
  await ana.close();
});
