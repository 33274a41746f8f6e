// A room of 20 people with open microphones: 16 are listened to, the others get an error event, and the places of those
// who go.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { ParticipantKind } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { MAX_MICROPHONES } from '../../src/room/microphones.js';
import { startCall } from '../support/call.js';
import { audioSince, isQuiet, joined, sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { amplitudeAt, sine } from '../support/tone.js';

const PEOPLE = 20;
const RATE = 16_000;
const ARRIVES_MS = 20_000;
/** Of a tone with amplitude 10 000. */
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

const isLeftOut = (person: Person): boolean =>
  person.events().some(({ type, code }) => type === 'error' && code === 'not_heard');

/** How strong a tone was that the model was sent since then. */
function sent(hz: number, sinceMs: number): number {
  const loud = audioSince(sessionOf(liveApi), sinceMs).filter((frame) => !isQuiet(frame));
  return amplitudeAt(joined(loud), RATE, hz);
}

test.each(['everyone', 'floor'] as const)('%s: a room of 20 people with microphones', async (policy) => {
  await using call = await startCall({
    livekit,
    liveApi,
    person: false,
    profile: { listen: { policy }, leave: { whenAloneMs: 60_000 } },
  });
  const people = Array.from(
    { length: PEOPLE },
    () => new Person({ video: false, hears: ({ kind }) => kind === ParticipantKind.AGENT }),
  );
  const [first = new Person()] = people;
  try {
    for (const [index, person] of people.entries())
      await person.connect(livekit.url, await personToken({ identity: `person-${index}`, room: call.room }));
    await first.waitFor(() => first.state() === 'listening', ARRIVES_MS);
    const heard = (): Person[] =>
      people.filter(({ listenedTo, closed }) => listenedTo && closed === undefined);
    await first.waitFor(() => heard().length === MAX_MICROPHONES, ARRIVES_MS);
    const others = people.filter((person) => !heard().includes(person));
    for (const person of others) await person.waitFor(isLeftOut, ARRIVES_MS);
    expect(heard().filter(isLeftOut)).toEqual([]);
    // Who leaves and who mutes give their places to the next two.
    await people[3]?.close();
    people[5]?.microphone.mute();
    await first.waitFor(() => others.filter(({ listenedTo }) => listenedTo).length === 2, ARRIVES_MS);
    const next = others.find(({ listenedTo }) => listenedTo);
    const sinceMs = sessionOf(liveApi).frames.at(-1)?.atMs ?? 0;
    await next?.speak(sine(1_000, 2_000, RATE), RATE);
    await first.waitFor(() => sent(1_000, sinceMs) > CLEAR, ARRIVES_MS);
    // Muted meanwhile: their place is taken, and they get the error event now.
    people[5]?.microphone.unmute();
    await first.waitFor(() => people[5] !== undefined && isLeftOut(people[5]), ARRIVES_MS);
    expect(call.logs.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  } finally {
    await Promise.all(people.map((person) => person.close()));
  }
});
