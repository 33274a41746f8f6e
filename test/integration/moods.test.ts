// What the service does to healthy calls, in real rooms: test/faults/moods.ts has the rows.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { opens } from '../faults/mood.js';
import { MOODS } from '../faults/moods.js';
import { startCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterEach(() => liveApi.faults.clear());

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test.each(MOODS)('$name', async ({ profile, prepare, play }) => {
  prepare?.(liveApi);
  await using call = await startCall({ livekit, liveApi, ...(profile ? { profile } : {}) });
  await call.person.waitFor(() => opens(call.person) > 0 && call.person.state() !== 'initializing', 15_000);
  await play(call, liveApi);
});
