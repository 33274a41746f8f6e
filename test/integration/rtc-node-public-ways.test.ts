// An rtc-node whose private parts are gone: a real room works in the public way, with one warning for each part.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { keepLogNative } from '../../src/room/native/native-log.js';
import type { RoomEvent } from '../../src/room/port.js';
import type { Logger } from '../../src/util/log.js';
import { Camera } from '../support/camera.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { agentToken, personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';

vi.mock('../../src/room/native/native-library.js', async (original) => ({
  ...(await original<object>()),
  nativeClient: () => undefined,
  loadNativeClient: () => undefined,
  nativeBindings: () => undefined,
  roomInternals: () => undefined,
  trackHandle: () => undefined,
  infoOf: () => undefined,
}));

const PATIENCE = { timeout: 15_000, interval: 20 };
const warnings: string[] = [];
const warn = (_fields: object, message: string): void => {
  if (message.startsWith('@livekit/rtc-node: ')) warnings.push(message.split(' is not as it was')[0] ?? '');
};
const log: Logger = { debug() {}, info() {}, warn, error() {}, child: () => log };

let livekit: LiveKitServer;
beforeAll(async () => {
  livekit = await startLivekitServer();
});
afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

let name: string;
let room: LiveKitRoom;
let ana: Person;
let events: RoomEvent[];

beforeEach(async () => {
  name = `public-${randomUUID().slice(0, 8)}`;
  keepLogNative(log);
  room = await LiveKitRoom.connect({
    url: livekit.url,
    token: await agentToken({ identity: 'agent-gemini', room: name }),
    log,
  });
  events = [];
  room.onEvent((event) => events.push(event));
  ana = new Person();
  await ana.connect(livekit.url, await personToken({ identity: 'ana', room: name }));
});

afterEach(async () => {
  await ana.close();
  await room.close();
});

test('people, sound, messages and the voice go through, and the room closes', async () => {
  await vi.waitFor(() => expect(room.tracks()).toHaveLength(1), PATIENCE);
  expect(room.participants()).toEqual([{ identity: 'ana', kind: 'standard' }]);
  const frames: Int16Array[] = [];
  room.listen(room.tracks()[0]?.sid ?? '', ({ samples }) => frames.push(samples));
  await ana.speak(sine(440, 500, 48_000), 48_000);
  await vi.waitFor(() => expect(frames.length).toBeGreaterThan(20), PATIENCE);
  await ana.sendChat('Good morning.');
  await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ type: 'chat' })), PATIENCE);
  const voice = await room.publishVoice();
  await voice.waitForListener(AbortSignal.timeout(15_000));
  await room.close();
  await vi.waitFor(() => expect(ana.room.remoteParticipants.size).toBe(0), PATIENCE);
});

test('streams that are not admitted are not read', async () => {
  room.admitStreams(() => false);
  await ana.sendChat('Unread.');
  await vi.waitFor(
    () => expect(events).toContainEqual(expect.objectContaining({ type: 'stream-refused' })),
    PATIENCE,
  );
  expect(events).not.toContainEqual(expect.objectContaining({ type: 'chat' }));
});

test('pictures come, one at a time, until the video is gone', async () => {
  await using camera = await Camera.publish(ana.room);
  await vi.waitFor(() => expect(room.videos()).toHaveLength(1), PATIENCE);
  const watch = room.watch(room.videos()[0]?.sid ?? '');
  for (let count = 0; count < 2; count += 1) {
    const picture = await vi.waitFor(async () => {
      const grabbed = await watch.grab();
      if (!grabbed) throw new Error('no picture yet');
      return grabbed;
    }, PATIENCE);
    expect(picture.pixels).toHaveLength(picture.width * picture.height * 3);
    const middle = (Math.floor(picture.height / 2) * picture.width + Math.floor(picture.width / 2)) * 3;
    const [red = 0, green = 255] = picture.pixels.subarray(middle, middle + 3);
    expect([red > 150, green < 100]).toEqual([true, true]);
  }
  expect(warnings).toContain('@livekit/rtc-node: newVideoStream');
  await camera.unpublish();
  await vi.waitFor(() => expect(room.videos()).toEqual([]), PATIENCE);
  watch.close();
  expect(await watch.grab()).toBeUndefined();
});

test('a microphone that is muted is taken away meanwhile', async () => {
  await vi.waitFor(() => expect(room.tracks()).toHaveLength(1), PATIENCE);
  ana.microphone.mute();
  await vi.waitFor(() => expect(room.tracks()).toEqual([]), PATIENCE);
  ana.microphone.unmute();
  await vi.waitFor(() => expect(room.tracks()).toHaveLength(1), PATIENCE);
});

test('each missing part is reported once in a process, however many rooms there are', async () => {
  const second = await LiveKitRoom.connect({
    url: livekit.url,
    token: await agentToken({ identity: 'agent-second', room: name }),
    log,
  });
  await second.close();
  expect(warnings).toEqual([...new Set(warnings)]);
  expect(warnings).toEqual(
    expect.arrayContaining([
      '@livekit/rtc-node: FfiClient',
      '@livekit/rtc-node: Participant.info',
      '@livekit/rtc-node: Room.onFfiEvent',
    ]),
  );
});
