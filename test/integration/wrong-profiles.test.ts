// Wrong profiles in real rooms: nothing is opened, one event says what is wrong, and the next job is taken.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { startCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { personToken } from '../support/tokens.js';
import { startWorker } from '../support/worker.js';
import { UNFIT_PROFILES, WRONG_PROFILES } from '../support/wrong-profiles.js';

/** Every sixth of the schema's, so that each part of a profile has its turn. */
const SCHEMA = WRONG_PROFILES.filter((_, index) => index % 6 === 0).map(
  ([metadata, path]) => [metadata, path] as const,
);
const ALL = [...UNFIT_PROFILES, ...SCHEMA].map(([metadata, path]) => {
  const text = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return { path, text, name: text.slice(0, 100) };
});

const IN_A_WORKER = [
  [{ voice: 'Pluck' }, 'voice'],
  [{ tools: [{}] }, 'tools[0].declaration'],
  [{ model: 3 }, 'model'],
  [{ voice: 'Puck', live: { thinkingConfig: { thinkingBudget: 0 } } }, 'thinkingConfig'],
] as const;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({
      speech: 'tones',
      pace: 'prompt',
      scenario: { rules: [{ when: { text: 'Hello' }, do: [{ say: 'Hello.' }] }] },
    }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test('there are twenty of them', () => {
  expect(ALL.length).toBeGreaterThanOrEqual(20);
});

describe.concurrent('refused in a room', () => {
  test.each(ALL)('$name', async ({ path, text }) => {
    await using call = await startCall({ livekit, liveApi, profile: text, access: { apiKey: 'wrong' } });
    const { person } = call;
    const end = await call.end;
    const [error] = await person.waitFor(() => person.events().length > 0 && person.events(), 15_000);

    expect(error).toMatchObject({ type: 'error', code: 'profile', fatal: true });
    const named = String(error?.message)
      .split('; ')
      .filter((words) => words.startsWith(`${path}: `));
    expect(named).toHaveLength(1);
    expect(person.events()).toHaveLength(1);
    expect(end).toEqual({ reason: expect.stringContaining(path), failed: true });
  });

  test('its job ends all the same where nobody comes to hear of it', async () => {
    await using call = await startCall({ livekit, liveApi, profile: { voice: 'Pluck' }, person: false });
    expect(await call.end).toEqual({ reason: expect.stringContaining('voice'), failed: true });
  });

  test('a person who joins shortly after gets the error', async () => {
    await using call = await startCall({ livekit, liveApi, profile: { voice: 'Pluck' }, person: false });
    const person = await call.join('late');
    await person.waitFor(() => person.events().some(({ code }) => code === 'profile'), 10_000);
  });
});

describe('afterwards', () => {
  test('no connection was opened for any of them', () => {
    expect(liveApi.sessions).toEqual([]);
  });

  test('the next call goes well', async () => {
    const before = liveApi.sessions.length;
    await using call = await startCall({ livekit, liveApi });
    const { person } = call;
    await person.waitFor(() => person.state() === 'listening', 15_000);
    await person.sendChat('Hello.');
    await person.waitFor(() => person.events().some(({ phase }) => phase === 'completed'), 15_000);
    expect(liveApi.sessions).toHaveLength(before + 1);
  });

  test('a worker goes on: jobs fail by name, several at once, and the next one is taken', async () => {
    await using worker = await startWorker({ livekit, liveApi });
    const before = liveApi.sessions.length;
    await Promise.all(
      IN_A_WORKER.map(async ([profile, path], index) => {
        const room = ownName(`wrong-${index}`);
        await using wrong = await joinRoom(room);
        await worker.dispatch(room, profile);
        const error = await wrong.waitFor(() => wrong.events()[0], 20_000);
        expect(error).toMatchObject({ type: 'error', code: 'profile', fatal: true });
        expect(error.message).toContain(path);
        await wrong.waitFor(() => wrong.agent() === undefined, 10_000);
      }),
    );
    expect(liveApi.sessions).toHaveLength(before);
    const room = ownName('right');
    await using right = await joinRoom(room);
    await worker.dispatch(room, { voice: 'Puck' });
    await right.waitFor(() => right.state() === 'listening', 20_000);
  });
});

async function joinRoom(room: string): Promise<Person> {
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  return person;
}
