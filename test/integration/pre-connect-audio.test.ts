// What a client has recorded before the agent was there: heard before its live microphone, nothing of it twice.
import { readFile } from 'node:fs/promises';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { Caption } from '../../cli/received-messages.js';
import { isVoiced } from '../../src/audio/pcm.js';
import { PreConnectAudio } from '../../src/room/pre-connect-audio.js';
import { startCall, type TestCall } from '../support/call.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { audioSince, isQuiet, joined, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { concat, silence, sine } from '../support/tone.js';
import { wordsOf } from '../support/words.js';

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

/** The frames of live microphones as they come in, before anything is held back or joined. */
class LiveFramesSeen {
  readonly #frames: Int16Array[] = [];
  readonly #spy;

  constructor() {
    const before = PreConnectAudio.prototype.before;
    const frames = this.#frames;
    this.#spy = vi.spyOn(PreConnectAudio.prototype, 'before').mockImplementation(function (
      this: PreConnectAudio,
      ...args
    ) {
      const live = before.apply(this, args);
      return {
        push: (chunk) => {
          frames.push(chunk.samples.slice());
          live.push(chunk);
        },
        stop: () => live.stop(),
      };
    });
  }

  get ms(): number {
    return this.#frames.length * 20;
  }

  samples(): Int16Array {
    return concat(...this.#frames);
  }

  [Symbol.dispose](): void {
    this.#spy.mockRestore();
  }
}

function ms(value: number): number {
  return (value * RATE) / 1000;
}

/** A clip without its pauses: each part of it is like no other. */
async function speechOf(name: Fixture): Promise<Int16Array> {
  const { samples, rate } = await readFixture(name);
  expect(rate).toBe(RATE);
  const frames = Array.from({ length: Math.floor(samples.length / ms(20)) }, (_, index) =>
    samples.subarray(index * ms(20), (index + 1) * ms(20)),
  );
  return concat(...frames.filter((frame) => isVoiced({ samples: frame, rate: RATE })));
}

/** The index at which these very samples stand; -1 where they do not. */
function indexOf(part: Int16Array, whole: Int16Array): number {
  const bytes = (samples: Int16Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  let at = bytes(whole).indexOf(bytes(part));
  while (at % 2 === 1) at = bytes(whole).indexOf(bytes(part), at + 1);
  return at < 0 ? -1 : at / 2;
}

/** The index at which samples that went through a codec stand in their source. */
function placeOf(part: Int16Array, source: Int16Array): number {
  let [place, likeness] = [0, 0];
  for (let at = 0; at < source.length - part.length; at += 4) {
    let [product, power] = [0, 1];
    for (let index = 0; index < part.length; index += 4) {
      product += (part[index] ?? 0) * (source[at + index] ?? 0);
      power += (source[at + index] ?? 0) ** 2;
    }
    if (product / Math.sqrt(power) > likeness) [place, likeness] = [at, product / Math.sqrt(power)];
  }
  return place;
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
  'PCM of which the live microphone repeats the last %d ms is joined to it, nothing lost and nothing heard twice',
  async (sharedMs) => {
    using live = new LiveFramesSeen();
    const [before, speech] = await Promise.all([speechOf('ss0870'), speechOf('jfk')]);
    const enough = new AbortController();
    await using call = await startCall({
      livekit,
      liveApi,
      microphone: false,
      beforeAgent: async (person) => {
        await person.microphone.publish(true);
        person.speak(speech, RATE, enough.signal).catch(() => {});
      },
    });
    const { person } = call;
    await vi.waitFor(() => expect(live.ms).toBeGreaterThanOrEqual(400), { timeout: 15_000, interval: 10 });
    // Where in what is spoken the live microphone begins. Its first frame is blended with what comes before.
    const head = live.samples().slice(ms(20), ms(400));
    const begins = placeOf(head, speech) - ms(20);
    const attributes = { sampleRate: String(RATE) };
    const recorded = concat(before, speech.slice(0, begins + ms(sharedMs)));
    await send(call, { bytes: new Uint8Array(recorded.buffer), mimeType: '', attributes });
    const heard = await vi.waitFor(
      () => {
        const samples = joined(audioSince(sessionOf(liveApi), 0));
        expect(indexOf(head, samples)).toBeGreaterThan(0);
        return samples;
      },
      { timeout: 15_000, interval: 100 },
    );
    enough.abort();
    const between = indexOf(head, heard) - ms(20) - indexOf(before.slice(-ms(500)), heard) - ms(500);
    // What was neither recorded nor heard live is missing, and nothing else. A jitter buffer stretches its first sound by
    // up to 20 ms in two places; a false overlap would be 80 ms or more.
    expect(Math.abs(between - begins - Math.min(0, ms(sharedMs)))).toBeLessThan(ms(40));
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
