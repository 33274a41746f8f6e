// Two people whom the service hears as one: each is named for their own words, or both for all of them.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { builtFile } from '../support/built.js';
import { startCall, type TestCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { concat, silence } from '../support/tone.js';
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

/** Silence at the end of the first clip that the second one begins in. */
const TRAILING_MS = 300;

/** One after the other, without a pause that ends the first one's turn. */
async function oneAfterTheOther(profile: object): Promise<{ readonly call: TestCall; readonly ben: Person }> {
  const call = await startCall({ livekit, liveApi, profile: { ...profile } });
  const ben = await call.join('ben');
  for (const person of [call.person, ben]) {
    await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  }
  const [first, second] = await Promise.all([readFixture('goforward'), readFixture('card001')]);
  const beforeMs = (first.samples.length / first.rate) * 1_000 - TRAILING_MS;
  // Both play from now on: the pause between the two does not depend on how busy the machine is.
  await Promise.all([
    call.person.speak(first.samples, first.rate),
    ben.speak(concat(silence(beforeMs, second.rate), second.samples), second.rate),
  ]);
  return { call, ben };
}

function said(person: Person): { identity: string; text: string; speakers: unknown }[] {
  return person
    .captions()
    .filter(({ final, segmentId }) => final && segmentId.includes('_user_'))
    .map(({ identity, text, speakers }) => ({ identity, text: wordsOf(text).join(' '), speakers }));
}

function speakersOf(person: Person, type: string): unknown {
  return person.events().findLast((event) => event.type === type && event.participants)?.participants;
}

const BOTH = expect.arrayContaining(['ana', 'ben']);

test('both are named in caption, events, state and transcript where the words have no times', async () => {
  const { call, ben } = await oneAfterTheOther({});
  await using _ = call;
  await ben.waitFor(() => said(ben).length > 0, 15_000);
  await ben.waitFor(() => ben.events().some(({ phase }) => phase === 'completed'), 15_000);
  expect(said(ben)).toEqual([
    {
      identity: expect.stringMatching(/ana|ben/),
      text: expect.stringMatching(/forward.* of /),
      speakers: BOTH,
    },
  ]);
  expect(speakersOf(ben, 'speech')).toEqual(BOTH);
  expect(speakersOf(ben, 'turn')).toEqual(BOTH);
  expect(JSON.parse(await ben.rpc('get_state'))).toMatchObject({ speakers: BOTH });
  const { turns } = JSON.parse(await ben.rpc('get_transcript')) as { turns: { said: unknown }[] };
  expect(turns[0]?.said).toEqual([{ by: BOTH, text: expect.stringMatching(/forward/) }]);
});

test('each is named for their own words where the service reports when words were said', async () => {
  const { call, ben } = await oneAfterTheOther({
    live: { realtimeInputConfig: { interimTranscriptTimestampEnabled: true } },
  });
  await using _ = call;
  await ben.waitFor(() => said(ben).length > 1, 15_000);
  await ben.waitFor(() => ben.events().some(({ phase }) => phase === 'completed'), 15_000);
  const captions = said(ben);
  expect(captions.at(0)).toMatchObject({
    identity: 'ana',
    text: expect.stringMatching(/^(and )?go forward/),
  });
  expect(captions.at(-1)).toMatchObject({ identity: 'ben', speakers: undefined });
  // A word between the two may be of either.
  for (const { speakers } of captions.slice(1, -1)) expect(speakers).toEqual(BOTH);
  const { turns } = JSON.parse(await ben.rpc('get_transcript')) as { turns: { said: { by: string[] }[] }[] };
  expect(turns[0]?.said.at(0)?.by).toEqual(['ana']);
  expect(turns[0]?.said.at(-1)?.by).toEqual(['ben']);
});
