// A key that is revoked in mid-call: the call goes on by the second access, and the worker's other calls begin there.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let services: readonly [LiveApiServer, LiveApiServer];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accesses-'));
  [livekit, ...services] = await Promise.all([
    startLivekitServer(),
    startShortAnswers(),
    startShortAnswers(),
  ]);
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function accessFile(): Promise<string> {
  const path = join(folder, 'accesses.json');
  const [first, second] = services.map(({ url }) => url);
  const list = [
    { apiKey: 'env:FIRST_KEY', baseUrl: first },
    { apiKey: 'env:SECOND_KEY', baseUrl: second },
  ];
  await writeFile(path, JSON.stringify(list));
  return path;
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
  const GOOGLE_ACCESS_FILE = await accessFile();
  const env = {
    AGENT_ISOLATION,
    GOOGLE_ACCESS_FILE,
    FIRST_KEY: 'one',
    SECOND_KEY: 'two',
    GOOGLE_API_KEY: '',
  };
  await using worker = await startWorker({ livekit, liveApi: first, env: { ...env, AGENT_MAX_ROOMS: '3' } });
  const join = async (room: string): Promise<Person> => {
    const person = new Person({ microphone: false });
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await worker.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    return person;
  };
  const sessionsBefore = services.map(({ sessions }) => sessions.length);
  const opened = () => services.map(({ sessions }, at) => sessions.length - (sessionsBefore[at] ?? 0));

  const ana = await join(`revoked-${AGENT_ISOLATION}`);
  await answered(ana, 'How are you?');
  expect(opened()).toEqual([1, 0]);
  first.faults.refuseSetups({ like: 'key-leaked' }, 100);
  first.faults.closeLike('key-leaked');
  const rebuilt = () => ana.events().find(({ restored }) => restored === 'rebuilt');
  await ana.waitFor(() => rebuilt() !== undefined, 20_000);
  await answered(ana, 'What is new?');
  expect(opened()).toEqual([1, 1]);
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
  const bea = await join(`after-${AGENT_ISOLATION}`);
  await answered(bea, 'How are you?');
  expect(opened()).toEqual([1, 2]);
  expect(bea.events().filter(({ type }) => type === 'error')).toEqual([]);
  first.faults.clear();
  await Promise.all([ana.close(), bea.close()]);
  expect(JSON.stringify(worker.logs)).not.toMatch(/"one"|"two"|key=/);
});
