// The room's own connection is lost: alone, during a rotation, and together with the session's.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { Wav } from '../../cli/wav.js';
import { startCall, type TestCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { wordsOf } from '../support/words.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let clip: Wav;

beforeAll(async () => {
  [livekit, liveApi, clip] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ modelDir: MODEL_DIR }),
    readFixture('goforward'),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** The person asks again and is understood and answered, in the same call. */
async function talkOn(call: TestCall): Promise<void> {
  const { person } = call;
  const sinceMs = Date.now();
  await person.speak(clip.samples, clip.rate);
  const caption = await person.waitFor(
    () =>
      person
        .captions()
        .find(
          ({ final, complete, atMs, segmentId }) =>
            final && complete && atMs > sinceMs && segmentId.includes('_user_'),
        ),
    40_000,
  );
  expect(wordsOf(caption.text)).toEqual(expect.arrayContaining(['forward', 'ten', 'meters']));
  expect(caption.trackSid).toBe(person.microphone.trackSid);
  await person.waitFor(() => soundSince(person, sinceMs) > 500, 30_000);
  expect(call.ended).toBeUndefined();
}

function soundSince(person: Person, sinceMs: number): number {
  return person.heard().soundMsSince(sinceMs);
}

test('a LiveKit server that restarts in mid-call', { timeout: 120_000 }, async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await talkOn(call);
  const sessions = liveApi.sessions.length;
  await livekit.restart();
  await person.waitFor(() => person.agent() && person.listenedTo, 60_000);
  await talkOn(call);
  // The model's side never noticed.
  expect(liveApi.sessions.length).toBe(sessions);
});

test('a full reconnect during a rotation', { timeout: 120_000 }, async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await talkOn(call);
  const old = liveApi.sessions.at(-1);
  liveApi.faults.goAway({ timeLeftMs: 20_000, end: false });
  await old?.closed;
  await livekit.restart();
  await person.waitFor(() => person.agent() && person.listenedTo, 60_000);
  await talkOn(call);
  expect(liveApi.sessions.at(-1)?.id).not.toBe(old?.id);
});

test('both connections lost at once', { timeout: 120_000 }, async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await talkOn(call);
  liveApi.faults.kill();
  await livekit.restart();
  await person.waitFor(() => person.agent() && person.listenedTo, 60_000);
  await talkOn(call);
});
