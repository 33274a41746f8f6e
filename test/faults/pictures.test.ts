// Pictures that change: a screen is shared, a camera goes off and on, a phone is turned. The model sees the right one soon.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { VideoRotation } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCall } from '../support/call.js';
import { Camera, type Colour } from '../support/camera.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { isLike, type SeenPicture, untilSeen } from '../support/pictures.js';
import { startShortAnswers } from '../support/short-answers.js';

const RED: Colour = [200, 40, 40];
const BLUE: Colour = [40, 40, 200];
const GREEN: Colour = [40, 200, 40];
const WITHIN_MS = 1_500;
const TIMES = 3;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** How long the model waits for the right picture. */
async function delayOf(change: () => unknown, fits: (seen: SeenPicture) => boolean): Promise<number> {
  const startedMs = performance.now();
  await change();
  await untilSeen(liveApi, fits);
  return Math.round(performance.now() - startedMs);
}

const shows =
  (colour: Colour) =>
  (seen: SeenPicture): boolean =>
    isLike(seen.colour, colour);

test(`the right picture is seen within ${WITHIN_MS} ms`, async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  const ben = await call.join('ben');
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await using camera = await Camera.publish(person.room, { colour: RED });
  await untilSeen(liveApi, shows(RED));
  await using _other = await Camera.publish(ben.room, { colour: GREEN });
  const delays: Record<string, number[]> = {};
  const measure = async (what: string, change: () => unknown, fits: (seen: SeenPicture) => boolean) => {
    delays[what] = [...(delays[what] ?? []), await delayOf(change, fits)];
  };
  for (let time = 0; time < TIMES; time += 1) {
    let screen: Camera | undefined;
    await measure(
      'a screen is shared',
      async () => {
        screen = await Camera.publish(ben.room, { source: 'screen', colour: BLUE });
      },
      shows(BLUE),
    );
    await measure(
      'the screen is gone',
      () => screen?.[Symbol.asyncDispose](),
      (seen) => !isLike(seen.colour, BLUE),
    );
    await measure(
      'a screen is shared while its owner’s camera is on',
      async () => {
        screen = await Camera.publish(person.room, { source: 'screen', colour: BLUE });
      },
      shows(BLUE),
    );
    await measure('that screen is gone', () => screen?.[Symbol.asyncDispose](), shows(RED));
    await measure('the camera goes off', () => camera.mute(true), shows(GREEN));
    await _other.mute(true);
    await measure('the camera goes on', () => camera.mute(false), shows(RED));
    await measure(
      'the phone is turned',
      () => {
        camera.rotation = VideoRotation.VIDEO_ROTATION_90;
      },
      ({ width, height }) => height > width,
    );
    await measure(
      'the phone is turned back',
      () => {
        camera.rotation = VideoRotation.VIDEO_ROTATION_0;
      },
      ({ width, height }) => width > height,
    );
    await measure(
      'the phone is turned twice',
      async () => {
        camera.rotation = VideoRotation.VIDEO_ROTATION_180;
        await camera.captured();
        camera.rotation = VideoRotation.VIDEO_ROTATION_90;
      },
      ({ width, height }) => height > width,
    );
    await measure(
      'the phone is turned back in two turns',
      async () => {
        camera.rotation = VideoRotation.VIDEO_ROTATION_270;
        await camera.captured();
        camera.rotation = VideoRotation.VIDEO_ROTATION_0;
      },
      ({ width, height }) => width > height,
    );
    await _other.mute(false);
  }
  console.log(JSON.stringify(delays));
  for (const [what, found] of Object.entries(delays))
    expect(Math.max(...found), `${what}: ${found.join(', ')} ms`).toBeLessThanOrEqual(WITHIN_MS);
});
