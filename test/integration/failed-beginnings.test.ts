// A call that fails as it begins, or whose native code never answers: it ends in time, and leaves the room and the service.
import { LocalParticipant, Room } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { startCall, type TestCall } from '../support/call.js';
import { LiveService } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

let livekit: LiveKitServer;
let service: LiveService;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  service = await LiveService.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await service[Symbol.asyncDispose]();
});

const start = (): Promise<TestCall> => startCall({ livekit, liveApi: service, microphone: false });

async function expectGone({ room }: TestCall): Promise<void> {
  for (const peer of service.peers) await peer.closed;
  const rooms = new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
  await vi.waitFor(
    async () => {
      const present = await rooms.listParticipants(room);
      expect(present.map(({ identity }) => identity)).toEqual(['ana']);
    },
    { timeout: 15_000 },
  );
}

test.each(['onEvent', 'onRpc', 'select', 'admitStreams', 'tracks', 'videos'] as const)(
  'a call fails whose begin throws in %s',
  async (method) => {
    const words = `${method} fails`;
    vi.spyOn(LiveKitRoom.prototype, method).mockImplementation(() => {
      throw new Error(words);
    });
    await using call = await start();
    expect(await call.end).toEqual({ reason: `internal: ${words}`, failed: true });
    await expectGone(call);
  },
);

test('a call whose voice is never published ends when it is asked to', async () => {
  const publishing = vi
    .spyOn(LocalParticipant.prototype, 'publishTrack')
    .mockImplementation(() => new Promise(() => {}));
  await using call = await start();
  await vi.waitFor(() => expect(publishing).toHaveBeenCalled(), { timeout: 15_000 });
  call.stop();
  expect(await call.end).toEqual({ reason: 'closed', failed: false });
  await expectGone(call);
});

test('a call whose room never answers that it was left ends all the same', async () => {
  const call = await start();
  // The service is connected to before the room is joined.
  await call.person.waitFor((person) => person.agent() !== undefined, 15_000);
  // That of the agent alone: the person leaves after it.
  const disconnect = vi
    .spyOn(Room.prototype, 'disconnect')
    .mockImplementationOnce(() => new Promise(() => {}));
  call.stop();
  expect(await call.end).toEqual({ reason: 'closed', failed: false });
  expect(disconnect).toHaveBeenCalledOnce();
  expect(call.logs).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'leaving the room failed' }),
  );
  for (const peer of service.peers) await peer.closed;
  await call.close();
});
