// What the service does to healthy calls, in real rooms: a table of each mood, and what the room saw of it.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { startCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { COMBINATIONS } from './combinations.js';
import { opens } from './mood.js';
import { MOODS } from './moods.js';
import { REPORTS } from './reports.js';
import { SLOW_MOODS } from './slow-moods.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
const rows: string[] = [];

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterEach(() => liveApi.faults.clear());

afterAll(async () => {
  console.log(['', '| mood | source | what the room saw |', '| --- | --- | --- |', ...rows, ''].join('\n'));
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test.each([
  ...[...MOODS, ...SLOW_MOODS, ...COMBINATIONS].map((mood) => ({ ...mood, source: '' })),
  ...REPORTS,
])('$name', async ({ name, profile, prepare, source, play }) => {
  prepare?.(liveApi);
  await using call = await startCall({ livekit, liveApi, ...(profile ? { profile } : {}) });
  const { person } = call;
  await person.waitFor(() => opens(person) > 0 && person.state() !== 'initializing', 15_000);
  await play(call, liveApi);
  const saw = person.events().flatMap((event) => {
    if (event.type === 'session') return [event.restored ? `open (${event.restored})` : String(event.state)];
    if (event.type === 'error') return [`error ${String(event.code)}`];
    return event.type === 'turn' && event.phase !== 'generated' ? [`turn ${String(event.phase)}`] : [];
  });
  rows.push(`| ${name} | ${source} | ${saw.join(', ')} |`);
});
