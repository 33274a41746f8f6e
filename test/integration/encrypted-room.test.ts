// End-to-end encrypted rooms: with the key the agent talks as in any other; without it, or with another, it says so once.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCall, type TestCall } from '../support/call.js';
import { audioSince, isQuiet, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { sine } from '../support/tone.js';

const RATE = 16_000;
const KEY = 'the shared key of the room';
const ARRIVES_MS = 20_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

function encrypted(agentKey: string | undefined, profile: object = {}): Promise<TestCall> {
  return startCall({
    livekit,
    liveApi,
    profile: { ...profile },
    personKey: KEY,
    ...(agentKey === undefined ? {} : { e2eeKey: agentKey }),
  });
}

test('with the key: voice, captions, chat and events go both ways', async () => {
  await using call = await encrypted(KEY);
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening' && ana.listenedTo, ARRIVES_MS);
  await person.speak(sine(500, 1_500, RATE), RATE);
  await person.waitFor((ana) => ana.heard().soundMs() > 100, ARRIVES_MS);
  await person.waitFor((ana) => ana.captions().some(({ final }) => final), ARRIVES_MS);
  await person.sendChat('Say something.');
  const turns = () => person.events().filter((event) => event.type === 'turn' && event.phase === 'completed');
  await person.waitFor(() => turns().length === 2, ARRIVES_MS);
  expect(person.events().filter(({ type }) => type === 'error')).toEqual([]);
});

test.each([
  ['without a key', undefined, 'the agent has no key'],
  ['with another key', 'another key than that', 'another key than that of the agent'],
])('%s: one error event, no noise for the model, and no pretence of listening', async (_, key, words) => {
  await using call = await encrypted(key);
  const { person } = call;
  const errors = () => person.events().filter(({ type }) => type === 'error');
  if (key === undefined) {
    // The key that the person has opens nothing of what is not encrypted, and keeps nothing out.
    await person.waitFor(() => errors().length > 0, ARRIVES_MS);
    expect(errors()).toMatchObject([{ code: 'encrypted', fatal: false }]);
    expect(String(errors()[0]?.message)).toContain(words);
  }
  await person.waitFor((ana) => ana.state() === 'idle', ARRIVES_MS);
  const session = sessionOf(liveApi);
  const from = session.frames.at(-1)?.atMs ?? 0;
  await person.speak(sine(500, 1_000, RATE), RATE);
  expect(audioSince(session, from).every(isQuiet)).toBe(true);
  expect(person.state()).toBe('idle');
  if (key === undefined) expect(errors()).toHaveLength(1);
  else expect(call.logs.filter(({ message }) => message.includes(words))).toHaveLength(1);
});

test('a key that changes during the call: not heard while it is another one, heard again with the right one', async () => {
  await using call = await encrypted(KEY);
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening' && ana.listenedTo, ARRIVES_MS);
  await person.speak(sine(500, 1_000, RATE), RATE);
  await person.waitFor((ana) => ana.heard().soundMs() > 100, ARRIVES_MS);
  const { keyProvider } = person.room.e2eeManager as unknown as {
    readonly keyProvider: { setSharedKey(key: Uint8Array, index: number): void };
  };
  keyProvider.setSharedKey(Buffer.from('another key'), 0);
  await person.waitFor((ana) => ana.state() === 'idle', ARRIVES_MS);
  const session = sessionOf(liveApi);
  const from = session.frames.at(-1)?.atMs ?? 0;
  await person.speak(sine(500, 500, RATE), RATE);
  expect(audioSince(session, from).every(isQuiet)).toBe(true);
  keyProvider.setSharedKey(Buffer.from(KEY), 0);
  await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
  const again = session.frames.at(-1)?.atMs ?? 0;
  await person.speak(sine(500, 1_000, RATE), RATE);
  await expect
    .poll(() => audioSince(session, again).some((audio) => !isQuiet(audio)), { timeout: ARRIVES_MS })
    .toBe(true);
});

test('somebody without encryption in a room with a key is heard, and cannot read what the agent sends', async () => {
  await using call = await startCall({ livekit, liveApi, e2eeKey: KEY });
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening' && ana.listenedTo, ARRIVES_MS);
  const session = sessionOf(liveApi);
  await person.speak(sine(500, 1_000, RATE), RATE);
  await expect
    .poll(() => audioSince(session, 0).some((audio) => !isQuiet(audio)), { timeout: ARRIVES_MS })
    .toBe(true);
  expect(person.events()).toEqual([]);
  expect(person.captions()).toEqual([]);
});
