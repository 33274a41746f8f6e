// What a client has recorded before the agent was there: heard before its live microphone, each word once.
import { readFile } from 'node:fs/promises';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { Caption } from '../../cli/received-messages.js';
import { startCall, type TestCall } from '../support/call.js';
import { readFixture, SAID } from '../support/fixtures.js';
import { audioSince, isQuiet, joined, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { concat, silence, sine } from '../support/tone.js';
import { wordErrorRate, wordsOf } from '../support/words.js';

const TOPIC = 'lk.agent.pre-connect-audio-buffer';
const RATE = 16_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startSameAnswer('Yes.')]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

interface Sent {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A call of somebody whose client has recorded what was said before. */
async function callWithRecording(): Promise<TestCall> {
  return startCall({
    livekit,
    liveApi,
    microphone: false,
    beforeAgent: (person) => person.microphone.publish(true),
  });
}

async function send({ person }: TestCall, { bytes, mimeType, attributes = {} }: Sent): Promise<void> {
  const agent = await person.waitFor(() => person.agent(), 15_000);
  await person.microphone.waitForListener();
  const writer = await person.room.localParticipant?.streamBytes({
    name: 'preconnect-buffer',
    topic: TOPIC,
    mimeType,
    destinationIdentities: [agent.identity],
    attributes: {
      trackId: person.microphone.trackSid ?? '',
      sampleRate: '48000',
      channels: '1',
      ...attributes,
    },
  });
  for (let at = 0; at < bytes.length; at += 10_000) await writer?.write(bytes.subarray(at, at + 10_000));
  await writer?.close();
}

function finals(person: Person): Caption[] {
  return person
    .captions()
    .filter(({ final, complete, segmentId }) => final && complete && segmentId.includes('_user_'));
}

function errors(person: Person): unknown[] {
  return person.events().filter(({ type }) => type === 'error');
}

function wordsIn(captions: readonly Caption[]): string {
  return captions.flatMap(({ text }) => wordsOf(text)).join(' ');
}

const GO_FORWARD = /^go forward ten met(er|re)s$/;

test.each([
  ['goforward.webm', 'audio/webm;codecs=opus'],
  ['goforward.mp4', 'video/mp4'],
])(
  '%s is heard, faster than it was spoken, under the name of who sent it',
  async (name, mimeType) => {
    await using call = await callWithRecording();
    const { person } = call;
    await person.waitFor(() => person.state() === 'listening', 15_000);
    await send(call, { bytes: await readFile(new URL(`../fixtures/${name}`, import.meta.url)), mimeType });
    await person.waitFor(() => finals(person).length > 0, 15_000);
    expect(wordsIn(finals(person))).toMatch(GO_FORWARD);
    expect(finals(person).map(({ identity }) => identity)).toEqual(['ana']);
    const spoken = audioSince(sessionOf(liveApi), 0).filter((frame) => !isQuiet(frame));
    const tookMs = (spoken.at(-1)?.atMs ?? 0) - (spoken[0]?.atMs ?? 0);
    expect(joined(spoken).length / RATE).toBeGreaterThan(1.2);
    expect(tookMs).toBeLessThan(1_000);
    expect(errors(person)).toEqual([]);
  },
  60_000,
);

test.each([400, 120, 0, -60])(
  'PCM of which the live microphone repeats the last %d ms is joined to it, each word heard once',
  async (sharedMs) => {
    const { samples, rate } = await readFixture('jfk');
    let startedMs = 0;
    await using call = await startCall({
      livekit,
      liveApi,
      microphone: false,
      beforeAgent: async (person) => {
        await person.microphone.publish(true);
        startedMs = performance.now();
        void person.speak(samples, rate);
      },
    });
    const { person } = call;
    await person.waitFor(() => person.agent(), 15_000);
    await person.microphone.waitForListener();
    const recordedMs = performance.now() - startedMs + sharedMs;
    const recorded = samples.slice(0, (recordedMs * rate) / 1000);
    const attributes = { sampleRate: String(rate) };
    await send(call, { bytes: new Uint8Array(recorded.buffer), mimeType: '', attributes });
    await person.waitFor(() => wordsIn(finals(person)).endsWith('country'), 25_000);
    expect(wordErrorRate(SAID.jfk, wordsIn(finals(person)))).toBeLessThanOrEqual(2 / 22);
    expect(errors(person)).toEqual([]);
  },
  60_000,
);

test.each([
  ['unknown', { bytes: Buffer.from('no recording'), mimeType: 'audio/flac' }, 'neither WebM, Ogg nor MP4'],
  ['too large', { bytes: new Uint8Array(4_300_000), mimeType: '' }, 'larger than 4194304 bytes'],
  [
    'broken',
    { bytes: Buffer.from('1a45dfa3ffffffffffffffffffffffff', 'hex'), mimeType: 'audio/webm' },
    'webm',
  ],
])(
  'a recording that is %s is reported, and the live microphone is heard all the same',
  async (_what, sent, why) => {
    await using call = await callWithRecording();
    const { person } = call;
    await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
    await send(call, sent);
    await person.waitFor(() => errors(person).length > 0, 15_000);
    expect(errors(person)).toEqual([
      expect.objectContaining({
        code: 'pre_connect_audio',
        fatal: false,
        message: expect.stringMatching(new RegExp(`^ana: .*${why}`)),
      }),
    ]);
    const { samples, rate } = await readFixture('goforward');
    await person.speak(samples, rate);
    await person.waitFor(() => finals(person).length > 0, 15_000);
    expect(wordsIn(finals(person))).toMatch(GO_FORWARD);
  },
  60_000,
);

test('a recording that never comes costs no word', async () => {
  await using call = await callWithRecording();
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  const { samples, rate } = await readFixture('goforward');
  await person.speak(concat(samples, silence(200, rate)), rate);
  await person.waitFor(() => finals(person).length > 0, 15_000);
  expect(wordsIn(finals(person))).toMatch(GO_FORWARD);
}, 60_000);

test("somebody else's microphone gets nothing of what one sends in its name", async () => {
  await using call = await callWithRecording();
  const { person } = call;
  const ben = await call.join('ben');
  await ben.microphone.publish();
  await person.waitFor(() => person.state() === 'listening' && ben.listenedTo, 15_000);
  const tone = sine(440, 1_000, RATE);
  const attributes = { sampleRate: String(RATE), trackId: ben.microphone.trackSid ?? '' };
  await send(call, { bytes: new Uint8Array(tone.buffer), mimeType: '', attributes });
  const { samples, rate } = await readFixture('goforward');
  await ben.speak(samples, rate);
  await person.waitFor(() => finals(person).length > 0, 15_000);
  expect(finals(person).map(({ identity }) => identity)).toEqual(['ben']);
  expect(wordsIn(finals(person))).toMatch(GO_FORWARD);
}, 60_000);
