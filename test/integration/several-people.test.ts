// Several people in one room, all with open microphones: each is heard, understood and captioned under their own name.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { Caption } from '../../cli/received-messages.js';
import { startCall, type TestCall } from '../support/call.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { audioSince, isQuiet, joined, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { NEAR_MS, openMicrophones, stall, talkInTones } from '../support/several-microphones.js';
import { startSameAnswer } from '../support/short-answers.js';
import { amplitudeAt, sine } from '../support/tone.js';
import { wordsOf } from '../support/words.js';

const RATE = 16_000;
/** On the scale of the tones that are spoken, with amplitude 10 000. */
const CLEAR = 3_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
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

async function roomOfTwo(profile: object = {}): Promise<Room> {
  const call = await startCall({ livekit, liveApi, profile: { ...profile } });
  try {
    const ben = await call.join('ben');
    for (const person of [call.person, ben]) {
      await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
    }
    return { call, ana: call.person, ben };
  } catch (error) {
    await call.close();
    throw error;
  }
}

function finals(person: Person): Caption[] {
  return person.captions().filter(({ final, segmentId }) => final && segmentId.includes('_user_'));
}

async function say(person: Person, name: Fixture): Promise<void> {
  const { samples, rate } = await readFixture(name);
  await person.speak(samples, rate);
}

/** How strong a tone was that the model has heard in this session. */
function heardTone(frequencyHz: number, sinceMs = 0): number {
  const loud = audioSince(sessionOf(liveApi), sinceMs).filter((frame) => !isQuiet(frame));
  return amplitudeAt(joined(loud.slice(2, -2)), RATE, frequencyHz);
}

test('each is understood beside the noise of the other, and captioned under their own name', async () => {
  const { call, ana, ben } = await roomOfTwo();
  await using _ = call;
  await Promise.all([say(ana, 'goforward'), say(ben, 'noise-office')]);
  await ana.waitFor(() => finals(ana).length === 1, 15_000);
  await ana.waitFor(() => ana.state() === 'listening', 15_000);
  await Promise.all([say(ben, 'goforward'), say(ana, 'noise-office')]);
  await ana.waitFor(() => finals(ana).length >= 2, 15_000);
  const said = finals(ana);
  expect(said.map(({ identity }) => identity)).toEqual(['ana', 'ben']);
  // A noise may cost the recogniser a small word, on a busy machine too.
  for (const { text } of said) expect(wordsOf(text).join(' ')).toMatch(/forward ten met(er|re)s/);
  const speech = ana.events().filter(({ type }) => type === 'speech');
  expect(speech.map(({ participant, phase }) => [participant, phase])).toEqual([
    ['ana', 'started'],
    ['ana', 'ended'],
    ['ben', 'started'],
    ['ben', 'ended'],
  ]);
});

test('the sound of a shared screen is heard where it is asked for', async () => {
  const { call, ana, ben } = await roomOfTwo({ listen: { screenAudio: true } });
  await using _ = call;
  const source = new AudioSource(RATE, 1);
  const track = LocalAudioTrack.createAudioTrack('film', source);
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_SCREENSHARE_AUDIO });
  const publication = await ben.room.localParticipant?.publishTrack(track, options);
  await publication?.waitForSubscription();
  const film = sine(1_000, 2_000, RATE);
  await source.captureFrame(new AudioFrame(film, RATE, 1, film.length));
  await ana.waitFor(() => heardTone(1_000) > CLEAR, 15_000);
  await source.close();
});

test('a track without a source is a microphone where its owner has no other, and only there', async () => {
  await using call = await startCall({ livekit, liveApi, microphone: false });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  const source = new AudioSource(RATE, 1);
  const track = LocalAudioTrack.createAudioTrack('bare', source);
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_UNKNOWN });
  const publication = await person.room.localParticipant?.publishTrack(track, options);
  await publication?.waitForSubscription();
  const hum = async (): Promise<void> => {
    const samples = sine(1_000, 2_000, RATE);
    await source.captureFrame(new AudioFrame(samples, RATE, 1, samples.length));
  };
  await hum();
  await person.waitFor(() => heardTone(1_000) > CLEAR, 15_000);
  await person.microphone.publish();
  await person.waitFor(() => person.listenedTo, 15_000);
  const heardUntilMs = audioSince(sessionOf(liveApi), 0).at(-1)?.atMs ?? 0;
  await Promise.all([hum(), person.speak(sine(440, 2_000, RATE), RATE)]);
  await person.waitFor(() => heardTone(440, heardUntilMs + 500) > CLEAR, 15_000);
  expect(heardTone(1_000, heardUntilMs + 500)).toBeLessThan(CLEAR / 3);
  await source.close();
});

test('people who speak at once are both heard', async () => {
  const { call, ana, ben } = await roomOfTwo();
  await using _ = call;
  await Promise.all([ana.speak(sine(440, 1_500, RATE), RATE), ben.speak(sine(1_000, 1_500, RATE), RATE)]);
  await ana.waitFor(() => heardTone(440) > CLEAR && heardTone(1_000) > CLEAR, 15_000);
});

test('five open microphones are sent in real time, also after all have stalled for 350 ms, and nothing of them is missing', async () => {
  const { call, people } = await openMicrophones(5, { livekit, liveApi });
  await using _ = call;
  // Time is counted in frames: an onset that is not repaid is seen after a dozen onsets, and more minutes add nothing.
  const { driftMs, tones } = await talkInTones(people, liveApi, {
    rounds: 1,
    roundMs: 8_000,
    // In the midst of the talk.
    meanwhile: () => setTimeout(() => stall(350), 4_000),
  });
  expect(Math.abs(driftMs.at(-1) ?? 0), `drift of ${driftMs} ms`).toBeLessThanOrEqual(NEAR_MS);
  for (const { spokenMs, sentMs } of tones) expect(sentMs / spokenMs).toBeGreaterThan(0.95);
});
