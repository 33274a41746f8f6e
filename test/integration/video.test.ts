// What the model sees of a room: pictures of the right thing, of the right size, at the right pace.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { SimulateScenarioKind } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Person } from '../../cli/person.js';
import { withAgentRoom } from '../support/agent-room.js';
import { startCall, type TestCall } from '../support/call.js';
import { Camera, type Colour } from '../support/camera.js';
import { sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { isLike, picturesOf, untilSeen as pictureUntil, type SeenPicture } from '../support/pictures.js';
import { startShortAnswers } from '../support/short-answers.js';

const RED: Colour = [200, 40, 40];
const BLUE: Colour = [40, 40, 200];

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

async function listening(profile: object = {}): Promise<TestCall> {
  const call = await startCall({ livekit, liveApi, profile: { ...profile } });
  await call.person.waitFor((person) => person.state() === 'listening', 15_000);
  return call;
}

function untilSeen(colour: Colour): Promise<SeenPicture> {
  return pictureUntil(liveApi, (seen) => isLike(seen.colour, colour));
}

function visions(person: Person): unknown[] {
  return person
    .events()
    .filter(({ type }) => type === 'vision')
    .map(({ source, participant }) => [source, participant]);
}

test('a camera is seen once a second, and a shared screen takes its place while it lasts', async () => {
  await using call = await listening();
  const { person } = call;
  // The microphone is sent all the time.
  const fromMs = sessionOf(liveApi).frames.at(-1)?.atMs ?? 0;
  await using _camera = await Camera.publish(person.room, { colour: RED, size: [1_280, 720] });
  expect(await untilSeen(RED)).toMatchObject({ width: 768, height: 432 });
  await vi.waitFor(() => expect(picturesOf(sessionOf(liveApi)).length).toBeGreaterThanOrEqual(4), {
    timeout: 10_000,
  });
  // A picture whose frame or encoder was late is followed by the next one sooner, and the pace is kept all the same.
  for (const [index, { atMs }] of picturesOf(sessionOf(liveApi)).entries())
    expect(atMs - fromMs).toBeGreaterThan(index * 990);
  const screen = await Camera.publish(person.room, { source: 'screen', colour: BLUE });
  expect(await untilSeen(BLUE)).toMatchObject({ width: 640, height: 360 });
  await screen[Symbol.asyncDispose]();
  await untilSeen(RED);
  expect(visions(person)).toEqual([
    ['camera', 'ana'],
    ['screen', 'ana'],
    ['camera', 'ana'],
  ]);
  // Pictures do not answer by themselves, and the call talks on.
  expect(person.events().filter(({ type }) => type === 'turn')).toEqual([]);
  await person.sendChat('Say something.');
  await person.waitFor(() => person.heard().soundMs() > 100, 10_000);
});

test('nothing is seen where nothing is to be seen, until configure says otherwise', async () => {
  await using call = await listening({ control: ['ana'], see: { source: 'off' } });
  const { person } = call;
  await using _camera = await Camera.publish(person.room, { colour: BLUE });
  await person.sendChat('Say something.');
  await person.waitFor(() => person.heard().soundMs() > 100, 10_000);
  expect(picturesOf(sessionOf(liveApi))).toEqual([]);
  await person.rpc('configure', '{"see":{"source":"camera","maxEdge":128,"framesPerSecond":4}}');
  expect(await untilSeen(BLUE)).toMatchObject({ width: 128, height: 72 });
});

test('after a lost connection to the service the pictures go on', async () => {
  await using call = await listening();
  const { person } = call;
  await using _camera = await Camera.publish(person.room, { colour: RED });
  await untilSeen(RED);
  const before = sessionOf(liveApi);
  liveApi.faults.kill();
  await vi.waitFor(() => expect(sessionOf(liveApi)).not.toBe(before), { timeout: 10_000 });
  await untilSeen(RED);
  expect(visions(person)).toEqual([['camera', 'ana']]);
});

test('after a full reconnect to the room the pictures go on', async () => {
  const { call, agentRoom } = await withAgentRoom(listening);
  await using _ = call;
  const { person } = call;
  await using _camera = await Camera.publish(person.room, { colour: RED });
  await untilSeen(RED);
  const back = new Promise((resolve) => agentRoom.once('reconnected', () => resolve(undefined)));
  await agentRoom.simulateScenario(SimulateScenarioKind.SIMULATE_FULL_RECONNECT);
  await back;
  const before = picturesOf(sessionOf(liveApi)).length;
  await vi.waitFor(() => expect(picturesOf(sessionOf(liveApi)).length).toBeGreaterThan(before + 1), {
    timeout: 10_000,
  });
  await untilSeen(RED);
}, 60_000);
