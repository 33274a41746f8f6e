// What the model hears of a microphone that is muted, changed, taken away and brought back.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { TalkSession } from '../../src/session/talk-session.js';
import { startCall, type TestCall } from '../support/call.js';
import {
  audioInputs,
  audioSince,
  isQuiet,
  joined,
  sessionOf,
  streamEnds,
} from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { amplitudeAt, sine } from '../support/tone.js';

const RATE = 16_000;
const TAKES_STREAM_END = 'gemini-2.5-flash-native-audio-preview-12-2025';
/** On the scale of the tones that are spoken, with amplitude 10 000. */
const CLEAR = 3_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** A call whose person has been heard by the model, by default one that takes audioStreamEnd. */
async function heardCall(profile: object = { model: TAKES_STREAM_END }): Promise<TestCall> {
  const call = await startCall({ livekit, liveApi, profile: { ...profile } });
  try {
    await call.person.waitFor((person) => person.state() === 'listening' && person.listenedTo, 15_000);
    await speak(call.person, 440);
    return call;
  } catch (error) {
    await call.close();
    throw error;
  }
}

/** Speaks a tone, and waits until the model has heard it and has answered. */
async function speak(person: Person, frequencyHz: number): Promise<void> {
  const session = sessionOf(liveApi);
  const before = audioInputs(session).at(-1)?.atMs ?? 0;
  const turns = completed(person);
  await person.speak(sine(frequencyHz, 800, RATE), RATE);
  await person.waitFor(() => hears(before, frequencyHz), 15_000);
  await person.waitFor(() => completed(person) > turns, 15_000);
}

/** Whether the model has heard a tone since a moment of its session. */
function hears(sinceMs: number, frequencyHz: number): boolean {
  const loud = audioSince(sessionOf(liveApi), sinceMs).filter((frame) => !isQuiet(frame));
  return loud.length > 10 && amplitudeAt(joined(loud.slice(2, -2)), RATE, frequencyHz) > CLEAR;
}

function completed(person: Person): number {
  return person.events().filter((event) => event.type === 'turn' && event.phase === 'completed').length;
}

/** The stream has ended since: 1.5 s of quiet, the end, and nothing after it. Returns when it ended. */
async function expectQuietThenNothing(person: Person, ends: number): Promise<number> {
  const session = sessionOf(liveApi);
  await person.waitFor(() => streamEnds(session).length > ends, 15_000);
  const endMs = streamEnds(session)[ends]!;
  const tail = audioInputs(session).filter(({ atMs }) => atMs < endMs);
  const loud = tail.findLastIndex(
    (input) => 'samples' in input && input.samples.some((sample) => sample !== 0),
  );
  const quiet = tail.slice(loud + 1);
  const quietMs = quiet.reduce((ms, input) => ms + ('samples' in input ? input.samples.length / 16 : 0), 0);
  expect(quietMs).toBeGreaterThanOrEqual(1_500);
  expect(endMs - quiet[0]!.atMs).toBeGreaterThan(1_300);
  return endMs;
}

/** Says something in the chat, and waits until it is answered. */
async function chat(person: Person): Promise<void> {
  const turns = completed(person);
  await person.sendChat('Say a few words, please.');
  await person.waitFor(() => completed(person) > turns, 15_000);
}

/** Nothing has come since the stream has ended, though the call goes on. */
async function expectNothingSince(person: Person, endMs: number): Promise<void> {
  await chat(person);
  expect(audioSince(sessionOf(liveApi), endMs)).toHaveLength(0);
}

test('a muted microphone is followed by quiet, the end of the stream, and nothing until it is open again', async () => {
  await using call = await heardCall();
  const { person } = call;
  expect(streamEnds(sessionOf(liveApi))).toEqual([]);
  person.microphone.mute();
  const endMs = await expectQuietThenNothing(person, 0);
  await expectNothingSince(person, endMs);
  person.microphone.unmute();
  await person.waitFor(() => audioSince(sessionOf(liveApi), endMs).length > 0, 15_000);
  await speak(person, 660);
  expect(streamEnds(sessionOf(liveApi))).toHaveLength(1);
});

test('what is said behind the mute button is not heard', async () => {
  await using call = await heardCall();
  const { person } = call;
  person.microphone.mute();
  const endMs = await expectQuietThenNothing(person, 0);
  await person.speak(sine(880, 600, RATE), RATE);
  await expectNothingSince(person, endMs);
});

test('a microphone that is taken away ends the stream, and a new one is heard', async () => {
  await using call = await heardCall();
  const { person } = call;
  await person.microphone.unpublish();
  const endMs = await expectQuietThenNothing(person, 0);
  await expectNothingSince(person, endMs);
  await person.microphone.publish();
  await person.waitFor(() => person.listenedTo, 15_000);
  await speak(person, 660);
});

test('a microphone that is changed is heard again at once, without an end between', async () => {
  await using call = await heardCall();
  const { person } = call;
  const before = person.microphone.trackSid;
  await person.microphone.republish();
  expect(person.microphone.trackSid).not.toBe(before);
  await person.waitFor(() => person.listenedTo, 15_000);
  await speak(person, 660);
  expect(streamEnds(sessionOf(liveApi))).toEqual([]);
});

test('a person who leaves and comes back goes on with the same conversation', async () => {
  await using call = await heardCall();
  const { person, room } = call;
  const sessions = liveApi.sessions.length;
  await person.close();
  const again = new Person();
  try {
    await again.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await again.waitFor(() => again.state() === 'listening' && again.listenedTo, 10_000);
    await speak(again, 660);
    expect(again.heard().soundMs()).toBeGreaterThan(100);
    expect(liveApi.sessions).toHaveLength(sessions);
    expect(call.ended).toBeUndefined();
  } finally {
    await again.close();
  }
});

test('when the one who is heard leaves, the next open microphone is', async () => {
  await using call = await heardCall();
  const ben = await call.join('ben');
  await ben.waitFor(() => ben.state() === 'listening' && ben.listenedTo, 15_000);
  await call.person.close();
  await ben.waitFor(() => !ben.participants().some(({ identity }) => identity === 'ana'), 15_000);
  await speak(ben, 660);
  expect(streamEnds(sessionOf(liveApi))).toEqual([]);
});

test('nobody is heard but the person who is named, and another one once they are named', async () => {
  await using call = await startCall({
    livekit,
    liveApi,
    profile: { control: ['ben'], listen: { policy: 'one', participant: 'ben' } },
  });
  const { person: ana } = call;
  await ana.waitFor(() => ana.state() === 'listening', 15_000);
  const ben = await call.join('ben');
  await ben.waitFor(() => ben.state() === 'listening' && ben.listenedTo, 15_000);
  await ana.speak(sine(440, 800, RATE), RATE);
  await speak(ben, 660);
  expect(loudest(440)).toBeLessThan(CLEAR / 10);
  expect(loudest(660)).toBeGreaterThan(CLEAR);
  await ben.rpc('configure', '{"listen":{"participant":"ana"}}');
  await ana.waitFor(() => ana.listenedTo, 15_000);
  await speak(ana, 440);
});

/** How strong a tone was that the model has heard in this session. */
function loudest(frequencyHz: number): number {
  const loud = audioSince(sessionOf(liveApi), 0).filter((frame) => !isQuiet(frame));
  return amplitudeAt(joined(loud.slice(2, -2)), RATE, frequencyHz);
}

test('a model that takes no end of the stream hears the quiet, and then nothing', async () => {
  await using call = await heardCall({ model: 'gemini-3.8-live' });
  const { person } = call;
  const session = sessionOf(liveApi);
  const before = audioSince(session, 0).length;
  const { endAudio } = TalkSession.prototype;
  const ended = new Promise<void>((resolve) => {
    vi.spyOn(TalkSession.prototype, 'endAudio').mockImplementationOnce(function (this: TalkSession) {
      endAudio.call(this);
      resolve();
    });
  });
  person.microphone.mute();
  await ended;
  // Answered after all that was sent before it has arrived.
  await chat(person);
  const endMs = audioInputs(session).at(-1)?.atMs ?? 0;
  expect(joined(audioSince(session, 0).slice(before)).length / 16).toBeGreaterThanOrEqual(1_500);
  expect(audioSince(session, endMs - 1_400).every(isQuiet)).toBe(true);
  await expectNothingSince(person, endMs + 1);
  expect(streamEnds(session)).toEqual([]);
});
