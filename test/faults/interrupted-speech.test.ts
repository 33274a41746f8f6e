// Speech that is cut by its own microphone, with real speech: each word that was sent is heard once, under its speaker's name.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { SimulateScenarioKind } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { builtFile } from '../support/built.js';
import { startCall, type TestCall } from '../support/call.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { eventsOf } from '../support/tool-call.js';
import { wordsOf } from '../support/words.js';

const RATE = 16_000;
const ARRIVES_MS = 20_000;
const FORWARD = /^(and )?go forward (10|ten) met(er|re)s$/;

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

/** Two people with open microphones. */
async function listening(policy: 'everyone' | 'floor'): Promise<TestCall> {
  const call = await startCall({ livekit, liveApi, profile: { listen: { policy } } });
  try {
    const ben = await call.join('ben');
    for (const person of [call.person, ben])
      await person.waitFor(() => person.state() === 'listening' && person.listenedTo, ARRIVES_MS);
    return call;
  } catch (error) {
    await call.close();
    throw error;
  }
}

/** A clip in two parts, cut where it is loudest: in the middle of a word. */
async function inTwo(name: Fixture, from: number, to: number): Promise<[Int16Array, Int16Array]> {
  const { samples, rate } = await readFixture(name);
  expect(rate).toBe(RATE);
  let [at, loudest] = [0, 0];
  for (let start = samples.length * from; start < samples.length * to; start += 320) {
    const level = samples.subarray(start, start + 320).reduce((sum, sample) => sum + Math.abs(sample), 0);
    if (level > loudest) [at, loudest] = [Math.round(start), level];
  }
  return [samples.slice(0, at), samples.slice(at)];
}

function saidIn(person: Person): { identity: string; text: string }[] {
  return person
    .captions()
    .filter(({ final, complete, segmentId }) => final && complete && segmentId.includes('_user_'))
    .map(({ identity, text }) => ({ identity, text: wordsOf(text).join(' ') }));
}

/** Of everything that was said until a caption fits. */
async function untilSaid(person: Person, last: RegExp): Promise<{ identities: string[]; text: string }> {
  await person.waitFor(() => saidIn(person).some(({ text }) => last.test(text)), ARRIVES_MS);
  const said = saidIn(person);
  return {
    identities: [...new Set(said.map(({ identity }) => identity))],
    text: said.map(({ text }) => text).join(' '),
  };
}

/** Speaks a sentence that is heard whole. */
async function expectForward(person: Person): Promise<void> {
  const before = saidIn(person).length;
  await person.waitFor(() => person.listenedTo, ARRIVES_MS);
  const { samples, rate } = await readFixture('goforward');
  await person.speak(samples, rate);
  const said = await person.waitFor(() => saidIn(person)[before], ARRIVES_MS);
  expect(said).toEqual({ identity: 'ana', text: expect.stringMatching(FORWARD) });
}

test('who opens their microphone in mid-word is heard from there on', async () => {
  await using call = await listening('floor');
  const { person } = call;
  const [unheard, heard] = await inTwo('ss0870', 0.3, 0.5);
  person.microphone.mute();
  await person.speak(unheard, RATE);
  person.microphone.unmute();
  await person.speak(heard, RATE);
  const { identities, text } = await untilSaid(person, /power to do for them$/);
  expect(identities).toEqual(['ana']);
  expect(text).not.toMatch(/dashwood|leisure/);
  expect(text.match(/power to do/g)).toHaveLength(1);
  await expectForward(person);
  expect(eventsOf(person, 'error')).toEqual([]);
});

test.each([
  ['resumes their connection', SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT, 'everyone'],
  ['joins anew, with the floor,', SimulateScenarioKind.SIMULATE_FULL_RECONNECT, 'floor'],
] as const)('who %s in mid-sentence is heard on, each word once', async (_what, scenario, policy) => {
  await using call = await listening(policy);
  const { person } = call;
  const [first, second] = await inTwo('ss0870', 0.4, 0.6);
  let isBack = false;
  person.room.once('reconnected', () => {
    isBack = true;
  });
  await person.speak(first, RATE);
  const spoken = person.speak(second, RATE);
  await person.room.simulateScenario(scenario);
  await Promise.all([spoken, person.waitFor(() => isBack, ARRIVES_MS)]);
  await untilSaid(person, /power to do for them$/);
  await expectForward(person);
  const { identities, text } = await untilSaid(person, FORWARD);
  expect(identities).toEqual(['ana']);
  for (const words of [/dashwood had then leisure/g, /in his power to do for them/g, /go forward/g])
    expect(text.match(words)).toHaveLength(1);
});
