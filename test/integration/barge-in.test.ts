// Local barge-in in a real room, beside the service's own detection.

import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';

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

test('speech over the voice ends the answer, and nothing of it is heard after that', async () => {
  await using call = await startCall({ livekit, liveApi, profile: { listen: { bargeIn: 'local' } } });
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
  await person.sendChat('story');
  // Until the microphone is known to have no echo.
  await person.waitFor((ana) => ana.heard().soundMs() > 2_000, ARRIVES_MS);
  const { samples, rate } = await readFixture('goforward');
  await person.speak(samples, rate);
  const turns = (phase: string) =>
    person.events().filter((each) => each.type === 'turn' && each.phase === phase);
  await person.waitFor(() => turns('interrupted').length > 0, ARRIVES_MS);
  // The answer to what was said over the story.
  await person.waitFor(() => turns('completed').length > 0, ARRIVES_MS);
  expect(turns('interrupted')).toMatchObject([{ turn: 1 }]);
  expect(call.logs.filter(({ level }) => level === 'warn')).toEqual([]);
});
