// A session that is refused, hangs, is not there or is closed: told once in the room, in Google's words, and never the key.

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { AgentEvent } from '../../cli/received-messages.js';
import { Accesses } from '../../src/gemini/accesses.js';
import { startCall, type TestCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';

const KEY = 'AIza-that-nobody-may-read';
/** The local Live API refuses what begins so. */
const WRONG_KEY = 'invalid-AIza-that-nobody-may-read';
const INVALID_ARGUMENT = 'Request contains an invalid argument.';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
const stray: unknown[] = [];
const onStray = (error: unknown): void => void stray.push(error);

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  process.on('unhandledRejection', onStray);
});

afterEach(async () => {
  liveApi.faults.clear();
  // Unhandled rejections are reported at the end of a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onStray);
  expect(stray.splice(0)).toEqual([]);
});

function errorsOf(person: Person): AgentEvent[] {
  return person.events().filter(({ type }) => type === 'error');
}

function sessionStates(person: Person): unknown[] {
  return person
    .events()
    .filter(({ type }) => type === 'session')
    .map(({ state }) => state);
}

/** Everything that a person may read: the room's events, and the log, with the texts of errors. */
function expectNoKey(call: TestCall): void {
  const readable = (_name: string, value: unknown): unknown =>
    value instanceof Error
      ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
      : value;
  const told = JSON.stringify(
    [call.person.events(), call.person.captions(), call.logs, call.ended],
    readable,
  );
  expect(told).toContain('session');
  expect(told).not.toContain('nobody-may-read');
}

/** The agent has left, the job has failed, and the room got the reason exactly once. */
async function expectRefused(call: TestCall, error: { code: string; message: unknown }): Promise<void> {
  const { person } = call;
  const end = await call.end;
  await person.waitFor(() => person.agent() === undefined, 10_000);
  expect(errorsOf(person)).toEqual([expect.objectContaining({ ...error, fatal: true })]);
  expect(sessionStates(person).at(-1)).toBe('closed');
  const { message } = errorsOf(person)[0] as AgentEvent & { readonly message: string };
  expect(end).toEqual({ reason: `refused: ${error.code}: ${message}`, failed: true });
  expect(call.logs).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'the call was refused' }),
  );
  expectNoKey(call);
}

test('a wrong key at the start: 1007, and the agent leaves', async () => {
  await using call = await startCall({ livekit, liveApi, access: { apiKey: WRONG_KEY } });
  await expectRefused(call, { code: '1007', message: expect.stringMatching(/^API key not valid\./) });
  expect(sessionStates(call.person)).toEqual(['connecting', 'closed']);
});

test('an unknown model at the start: 1008, and the agent leaves', async () => {
  await using call = await startCall({
    livekit,
    liveApi,
    access: { apiKey: KEY },
    profile: { model: 'gemini-9-none' },
  });
  await expectRefused(call, {
    code: '1008',
    message: expect.stringMatching(/^models\/gemini-9-none is not found/),
  });
});

test('a refusal waits for somebody to read it', async () => {
  await using call = await startCall({ livekit, liveApi, access: { apiKey: WRONG_KEY }, person: false });
  const api = new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
  await expect.poll(() => liveApi.sessions.at(-1)?.close?.code, { timeout: 10_000 }).toBe(1007);
  expect(await api.listParticipants(call.room)).toHaveLength(1);
  const late = await call.join('late');
  await late.waitFor(() => errorsOf(late).length > 0, 15_000);
  expect(errorsOf(late)).toEqual([expect.objectContaining({ code: '1007', fatal: true })]);
  expect(await call.end).toMatchObject({ failed: true });
});

test('a close by 1007 during a call ends it when it comes again', async () => {
  await using call = await startCall({ livekit, liveApi, access: { apiKey: KEY } });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  liveApi.faults.close(1007, INVALID_ARGUMENT);
  await person.waitFor(() => sessionStates(person).filter((state) => state === 'open').length === 2, 15_000);
  expect(errorsOf(person)).toEqual([]);
  liveApi.faults.close(1007, INVALID_ARGUMENT);
  await expectRefused(call, { code: '1007', message: INVALID_ARGUMENT });
  expect(sessionStates(person)).toEqual(['connecting', 'open', 'rotating', 'open', 'closed']);
});

test('a connect that hangs is reported once, and repeated until it succeeds', async () => {
  liveApi.faults.withholdSetup(1);
  await using call = await startCall({ livekit, liveApi, access: { apiKey: KEY } });
  const { person } = call;
  await person.waitFor(() => errorsOf(person).length > 0, 15_000);
  expect(errorsOf(person)).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/no setupComplete within/), fatal: false }),
  ]);
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await person.waitFor(() => sessionStates(person).length > 1, 15_000);
  expect(sessionStates(person)).toEqual(['connecting', 'open']);
  expect(errorsOf(person)).toHaveLength(1);
  await person.sendChat('Are you there?');
  await person.waitFor(() => person.heard().soundMs() > 100, 10_000);
  expectNoKey(call);
});

test('a server that cannot be reached is reported once, for any number of attempts', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const call = await startCall({ livekit, liveApi: { url }, access: { apiKey: KEY } });
  const { person } = call;
  await person.waitFor(() => errorsOf(person).length > 0, 10_000);
  // Three tries more, a second and more apart.
  const tries = (): number =>
    call.logs.filter(({ message }) => message === 'the connection has ended').length;
  await expect.poll(tries, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
  expect(errorsOf(person)).toEqual([
    expect.objectContaining({ code: '1006', message: expect.stringContaining('ECONNREFUSED'), fatal: false }),
  ]);
  expect(person.state()).toBe('initializing');
  call.stop();
  expect(await call.end).toEqual({ reason: 'closed', failed: false });
  await person.waitFor(() => person.agent() === undefined, 15_000);
  expect(sessionStates(person)).toEqual(['connecting', 'closed']);
  expect(errorsOf(person)).toHaveLength(1);
  expectNoKey(call);
  await call.close();
});

test('a first access that cannot be reached delays no answer', async () => {
  const nobody = `http://127.0.0.1:${await closedPort()}`;
  const access = new Accesses([{ baseUrl: nobody }, { apiKey: KEY, baseUrl: liveApi.url }]);
  await using call = await startCall({ livekit, liveApi, access });
  const { person } = call;
  // A call that retries the first one gets there after half a minute.
  await person.waitFor(() => person.state() === 'listening', 10_000);
  // An event comes by another way than the state, and may come after it.
  await person.waitFor(() => errorsOf(person).length > 0, 10_000);
  expect(errorsOf(person)).toEqual([
    expect.objectContaining({
      code: 'access',
      message: expect.stringMatching(/^access 1 of 2 cannot be reached \(.*ECONNREFUSED.*access 2$/),
      fatal: false,
    }),
  ]);
  await person.sendChat('Are you there?');
  await person.waitFor(() => person.heard().soundMs() > 100, 10_000);
  expectNoKey(call);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
