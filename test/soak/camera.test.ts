// What looking costs: a call with a camera of 720p30, at a picture a second, against the same call without video. The
// camera is published in both: what its encoder takes of the machine makes the rest of a call dearer too.
import { randomUUID } from 'node:crypto';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { builtFile } from '../support/built.js';
import { startCallProcess } from '../support/call-process.js';
import { Camera } from '../support/camera.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { concat, silence, sine } from '../support/tone.js';

const ROUNDS = 3;
/** Until it is known how late the key frames come, and the video is paused ahead. */
const KNOWN_MS = 6_000;
/** Measured: 1.34 to 1.66 (docs/performance.md); 3 where every picture is decoded. The aim is 1.3. */
const MOST = 1.8;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  await builtFile('src/index.ts');
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`a camera of 720p30 costs at most ${MOST} times the call without video`, async () => {
  const room = `camera-${randomUUID().slice(0, 8)}`;
  await using person = new Person({ video: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  await using call = await startCallProcess({
    livekit,
    liveApiUrl: liveApi.url,
    room,
    optimised: true,
    profile: { control: ['ana'], see: { source: 'off' } },
  });
  await person.waitFor(() => person.state() === 'listening', 20_000);
  /** Three questions with their answers. */
  const talk = async (): Promise<number> => {
    await call.strain();
    const question = concat(sine(440, 1_000, 16_000), silence(4_000, 16_000));
    await person.speak(concat(question, question, question), 16_000);
    return (await call.strain()).cpu;
  };
  await using _camera = await Camera.publish(person.room, { size: [1_280, 720], everyMs: 33, moves: true });
  await talk();
  const without: number[] = [];
  const withCamera: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push(await talk());
    await person.rpc('configure', '{"see":{"source":"auto"}}');
    await person.speak(silence(KNOWN_MS, 16_000), 16_000);
    const pictures = seen();
    withCamera.push(await talk());
    expect(seen() - pictures).toBeGreaterThan(10);
    await person.rpc('configure', '{"see":{"source":"off"}}');
  }
  const ratio = median(withCamera) / median(without);
  console.log(
    `cores without video: ${without.map((cpu) => cpu.toFixed(3)).join(', ')}; with: ` +
      `${withCamera.map((cpu) => cpu.toFixed(3)).join(', ')}; ratio ${ratio.toFixed(2)}`,
  );
  expect(ratio).toBeLessThanOrEqual(MOST);
});

function seen(): number {
  const session = liveApi.sessions.at(-1);
  return (
    session?.received.filter(({ realtimeInput }) => (realtimeInput as { video?: unknown })?.video).length ?? 0
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
