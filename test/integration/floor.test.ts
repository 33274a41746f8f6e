// One speaker at a time, in real rooms with real speech: each sentence is heard once, under its speaker's name.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { builtFile } from '../support/built.js';
import { startCall, type TestCall } from '../support/call.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { audioSince, isQuiet, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { eventsOf } from '../support/tool-call.js';
import { wordsOf } from '../support/words.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  await builtFile('src/audio/silero-thread-main.ts');
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startSameAnswer('Yes.')]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

interface Room {
  readonly call: TestCall;
  readonly ana: Person;
  readonly ben: Person;
}

async function roomOfTwo(policy: 'floor' | 'push-to-talk'): Promise<Room> {
  const call = await startCall({ livekit, liveApi, profile: { listen: { policy } } });
  try {
    const ben = await call.join('ben');
    for (const person of [call.person, ben]) {
      await person.waitFor(() => person.state() === 'listening', 15_000);
      if (policy === 'floor') await person.waitFor(() => person.listenedTo, 15_000);
    }
    return { call, ana: call.person, ben };
  } catch (error) {
    await call.close();
    throw error;
  }
}

async function say(person: Person, name: Fixture): Promise<void> {
  const { samples, rate } = await readFixture(name);
  await person.speak(samples, rate);
}

function saidIn(person: Person): { identity: string; text: string }[] {
  return person
    .captions()
    .filter(({ final, complete, segmentId }) => final && complete && segmentId.includes('_user_'))
    .map(({ identity, text }) => ({ identity, text: wordsOf(text).join(' ') }));
}

function floorsOf(person: Person): { holder: unknown; waiting: unknown }[] {
  return eventsOf(person, 'floor').map(({ holder, waiting }) => ({ holder, waiting }));
}

function isHolder(person: Person, identity: string | null): boolean {
  return floorsOf(person).at(-1)?.holder === identity;
}

test('who speaks over another is heard after them, each once and under their own name; noise is not heard', async () => {
  const { call, ana, ben } = await roomOfTwo('floor');
  await using _ = call;
  const noise = say(ben, 'noise-keyboard');
  await say(ana, 'goforward');
  await ana.waitFor(() => saidIn(ana).length > 0, 15_000);
  await noise;
  await ana.waitFor(() => isHolder(ana, null), 15_000);
  const first = say(ana, 'ss0870');
  await ana.waitFor(() => isHolder(ana, 'ana'), 15_000);
  await Promise.all([first, say(ben, 'goforward')]);
  await ana.waitFor(() => saidIn(ana).some(({ identity }) => identity === 'ben'), 30_000);
  const [command, ...rest] = saidIn(ana);
  const last = rest.pop();
  const forward = /^(and )?go forward (10|ten) met(er|re)s$/;
  expect(command).toEqual({ identity: 'ana', text: expect.stringMatching(forward) });
  expect(last).toEqual({ identity: 'ben', text: expect.stringMatching(forward) });
  expect(new Set(rest.map(({ identity }) => identity))).toEqual(new Set(['ana']));
  expect(rest.map(({ text }) => text).join(' ')).toMatch(
    /dashwood had then leisure to consider.*in his power to do for them/,
  );
  await ana.waitFor(() => isHolder(ana, null), 15_000);
  expect(floorsOf(ana).slice(-4)).toEqual([
    { holder: 'ana', waiting: [] },
    { holder: 'ana', waiting: ['ben'] },
    { holder: 'ben', waiting: [] },
    { holder: null, waiting: [] },
  ]);
  expect(floorsOf(ana).filter(({ holder }) => holder === 'ben')).toHaveLength(1);
});

test('a raised hand gets the next turn of push-to-talk, and one that is lowered gives it back', async () => {
  const { call, ana, ben } = await roomOfTwo('push-to-talk');
  await using _ = call;
  await ana.rpc('start_turn');
  await expect(ben.rpc('start_turn')).rejects.toMatchObject({
    code: 409,
    message: expect.stringMatching(/ana/),
  });
  expect(JSON.parse(await ben.rpc('raise_hand'))).toEqual({ holder: 'ana', waiting: ['ben'] });
  await ana.rpc('end_turn');
  await ana.waitFor(() => floorsOf(ana).length >= 3, 15_000);
  await expect(ana.rpc('start_turn')).rejects.toMatchObject({
    code: 409,
    message: expect.stringMatching(/ben/),
  });
  await ben.rpc('start_turn');
  await ben.rpc('end_turn');
  await ana.rpc('raise_hand');
  await ana.rpc('lower_hand');
  await ana.waitFor(() => floorsOf(ana).length >= 6, 15_000);
  expect(floorsOf(ana)).toEqual([
    { holder: 'ana', waiting: [] },
    { holder: 'ana', waiting: ['ben'] },
    { holder: 'ben', waiting: [] },
    { holder: null, waiting: [] },
    { holder: 'ana', waiting: [] },
    { holder: null, waiting: [] },
  ]);
  expect(audioSince(sessionOf(liveApi), 0).every(isQuiet)).toBe(true);
});
