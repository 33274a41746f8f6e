// ensureAgent() as a backend calls it: a burst at workers that are too few, a server without rooms, an agent that is dead.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { DispatchError, ensureAgent } from '../../src/index.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { callsOf, startWorker, type TestWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

const env = (more: Record<string, string> = {}) => ({ AGENT_ISOLATION: 'shared', ...more });

async function agentsIn(room: string, server = livekit): Promise<number> {
  const rooms = new RoomServiceClient(server.httpUrl, server.apiKey, server.apiSecret);
  const participants = await rooms.listParticipants(room).catch(() => []);
  return participants.filter(({ identity }) => identity.startsWith('agent-')).length;
}

test('of forty rooms at once, two workers with ten slots each serve twenty, and twenty learn that all are full', async () => {
  const agentName = ownName('burst');
  const options = { livekit, liveApi, agentName, env: env({ AGENT_MAX_ROOMS: '10' }) };
  await using one = await startWorker(options);
  await using two = await startWorker(options);
  const rooms = Array.from({ length: 40 }, (_, index) => `${agentName}-${index}`);
  const results = await Promise.allSettled(
    rooms.map((room) => ensureAgent(room, { livekit, agentName, profile: PATIENT_PROFILE, totalMs: 12_000 })),
  );
  const served = results.filter(({ status }) => status === 'fulfilled');
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(served).toHaveLength(20);
  for (const reason of reasons) {
    expect(reason).toBeInstanceOf(DispatchError);
    expect((reason as DispatchError).reason).toBe('full');
  }
  const counts = await Promise.all(rooms.map((room) => agentsIn(room)));
  expect(counts.filter((count) => count === 1)).toHaveLength(20);
  expect(counts.filter((count) => count > 1)).toEqual([]);
  expect(await Promise.all([one, two].map(callsOf))).toEqual([10, 10]);
}, 120_000);

/** The calls of these workers are those of the rooms, one each: a second agent of a room would be one more. */
async function holdTogether(workers: readonly TestWorker[], calls: number): Promise<void> {
  const sum = async () => (await Promise.all(workers.map(callsOf))).reduce((total, one) => total + one, 0);
  await vi.waitFor(async () => expect(await sum()).toBe(calls), { timeout: 15_000 });
}

const PATIENT_PROFILE = { leave: { whenAloneMs: 120_000 } };

test('of sixty rooms at once, three workers with five slots each serve fifteen', async () => {
  const agentName = ownName('wide-burst');
  const options = { livekit, liveApi, agentName, env: env({ AGENT_MAX_ROOMS: '5' }) };
  await using one = await startWorker(options);
  await using two = await startWorker(options);
  await using three = await startWorker(options);
  const rooms = Array.from({ length: 60 }, (_, index) => `${agentName}-${index}`);
  const results = await Promise.allSettled(
    rooms.map((room) => ensureAgent(room, { livekit, agentName, profile: PATIENT_PROFILE, totalMs: 12_000 })),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(15);
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as DispatchError).reason] : [],
  );
  expect(new Set(reasons)).toEqual(new Set(['full']));
  const counts = await Promise.all(rooms.map((room) => agentsIn(room)));
  expect(counts.filter((count) => count > 0)).toEqual(Array.from({ length: 15 }, () => 1));
  expect(await Promise.all([one, two, three].map(callsOf))).toEqual([5, 5, 5]);
}, 120_000);

test('three backends that ask for the same ten rooms at once get one agent in each', async () => {
  const agentName = ownName('same-rooms');
  const options = { livekit, liveApi, agentName, env: env({ AGENT_MAX_ROOMS: '20' }) };
  await using one = await startWorker(options);
  await using two = await startWorker(options);
  const rooms = Array.from({ length: 10 }, (_, index) => `${agentName}-${index}`);
  const ensured = await Promise.all(
    rooms
      .flatMap((room) => [room, room, room])
      .map((room) => ensureAgent(room, { livekit, agentName, profile: PATIENT_PROFILE, totalMs: 20_000 })),
  );
  expect(new Set(ensured.map(({ identity }) => identity))).toEqual(new Set([`agent-${agentName}`]));
  expect(await Promise.all(rooms.map((room) => agentsIn(room)))).toEqual(rooms.map(() => 1));
  await holdTogether([one, two], rooms.length);
}, 120_000);

test('a worker that joins in the middle of a burst serves what the full one could not', async () => {
  const agentName = ownName('joining');
  const options = { livekit, liveApi, agentName, env: env({ AGENT_MAX_ROOMS: '5' }) };
  await using one = await startWorker(options);
  const rooms = Array.from({ length: 10 }, (_, index) => `${agentName}-${index}`);
  const burst = Promise.all(
    rooms.map((room) => ensureAgent(room, { livekit, agentName, profile: PATIENT_PROFILE, totalMs: 30_000 })),
  );
  await vi.waitFor(async () => expect(await callsOf(one)).toBe(5), { interval: 20 });
  await using two = await startWorker(options);
  await burst;
  expect(await Promise.all(rooms.map((room) => agentsIn(room)))).toEqual(rooms.map(() => 1));
  await holdTogether([one], 5);
  await holdTogether([two], 5);
}, 120_000);

test('what a worker had taken when it died in the middle of a burst is served by the other', async () => {
  const agentName = ownName('dying');
  const options = { livekit, liveApi, agentName, env: env({ AGENT_MAX_ROOMS: '12' }) };
  await using other = await startWorker(options);
  const rooms = Array.from({ length: 10 }, (_, index) => `${agentName}-${index}`);
  const dying = await startWorker(options);
  const burst = Promise.all(
    rooms.map((room) => ensureAgent(room, { livekit, agentName, profile: PATIENT_PROFILE, totalMs: 30_000 })),
  );
  await vi.waitFor(async () => expect(await callsOf(dying)).toBeGreaterThan(0), { interval: 10 });
  await dying[Symbol.asyncDispose]();
  await burst;
  await holdTogether([other], rooms.length);
  expect(await Promise.all(rooms.map((room) => agentsIn(room)))).toEqual(rooms.map(() => 1));
}, 120_000);

test('an agent that is there is left alone, and a second caller finds the first one’s', async () => {
  const agentName = ownName('shared-caller');
  await using _worker = await startWorker({ livekit, liveApi, agentName, env: env() });
  const room = agentName;
  const both = await Promise.all([1, 2].map(() => ensureAgent(room, { livekit, agentName })));
  expect(both.map(({ identity }) => identity)).toEqual([`agent-${agentName}`, `agent-${agentName}`]);
  expect(await ensureAgent(room, { livekit, agentName })).toMatchObject({ how: 'present', attempts: 0 });
  expect(await agentsIn(room)).toBe(1);
});

test('where the server makes no rooms by itself, the room is made', async () => {
  await using server = await startLivekitServer({ config: { room: { auto_create: false } } });
  await using worker = await startWorker({ livekit: server, liveApi, env: env() });
  const { agentName } = worker;
  const ensured = await ensureAgent('made', { livekit: server, agentName });
  expect(ensured).toMatchObject({ how: 'joined', attempts: 1 });
  expect(await agentsIn('made', server)).toBe(1);
});

test('without a worker it says so, and leaves no dispatch behind', async () => {
  const failed = ensureAgent('nobody-comes', { livekit, agentName: 'nobody', totalMs: 4_000 });
  await expect(failed).rejects.toMatchObject({ code: 'dispatch', reason: 'no-worker' });
});

test('an agent whose worker was killed counts as gone while the server still lists it', async () => {
  const agentName = ownName('ghost');
  await using person = new Person({ microphone: false });
  const room = agentName;
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  const doomed = await startWorker({ livekit, liveApi, agentName, env: env() });
  await ensureAgent(room, { livekit, agentName });
  // All of it at once, so that nobody says goodbye.
  for (const { pid } of await doomed.processes()) process.kill(pid, 'SIGSTOP');
  await doomed[Symbol.asyncDispose]();
  expect(await agentsIn(room)).toBe(1);
  await using _worker = await startWorker({ livekit, liveApi, agentName, env: env() });
  const ensured = await ensureAgent(room, { livekit, agentName });
  expect(ensured.how).toBe('joined');
  await vi.waitFor(() => expect(person.state()).toBe('listening'), { timeout: 10_000 });
  await person.sendChat('Who is there?');
  await person.waitFor(() => person.heard().soundMs() > 50, 10_000);
});
