// A guest who may not publish any more, and what an agent that cannot reach the Live API keeps of what people write.
import { Room } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startCall } from '../support/call.js';
import { answerSetup, LiveService } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { personToken } from '../support/tokens.js';

const AGENT = 'agent-gemini';

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

async function enter(room: string, identity: string): Promise<Room> {
  const guest = new Room();
  await guest.connect(livekit.url, await personToken({ identity, room }), {
    autoSubscribe: false,
    dynacast: false,
  });
  return guest;
}

test('a person who may not publish any more is not heard, and the call goes on', async () => {
  await using service = await LiveService.start(answerSetup);
  // A model that learns that a microphone has ended.
  const profile = { model: 'gemini-2.0-flash-live-001' };
  await using call = await startCall({ livekit, liveApi: service, profile });
  const { person, room } = call;
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  const api = new RoomServiceClient(livekit.url, livekit.apiKey, livekit.apiSecret);
  const inputs = (): string[] =>
    service.peer.received.flatMap(({ realtimeInput }) =>
      Object.keys((realtimeInput as object | undefined) ?? {}),
    );
  await vi.waitFor(() => expect(inputs().at(-1)).toBe('audio'));
  await api.updateParticipant(room, 'ana', {
    permission: { canSubscribe: true, canPublish: false, canPublishData: true },
  });
  await vi.waitFor(() => expect(inputs().at(-1)).toBe('audioStreamEnd'));
  expect(await person.rpc('get_state', '')).toContain('listening');
  expect(call.ended).toBeUndefined();
});

test('of texts by each way while the Live API is away the newest 64 KB are sent, and each sender gets the number of the others', async () => {
  await using service = await LiveService.start(answerSetup);
  await using call = await startCall({
    livekit,
    liveApi: service,
    profile: { control: ['ana', 'ben', 'cem', 'dora', 'eve'], model: 'gemini-2.0-flash-live-001' },
  });
  const { person, room } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  service.refuse('503 Service Unavailable');
  service.peer.socket.terminate();
  await person.waitFor(() => person.events().some(({ state }) => state === 'connecting'), 10_000);
  // Five at once is what each of them may send.
  const told = new Map<string, string[]>();
  const senders = await Promise.all(
    ['ben', 'cem', 'dora', 'eve'].map(async (identity) => {
      const guest = await enter(room, identity);
      guest.registerTextStreamHandler('gemini.event', async (reader) => {
        const event = JSON.parse(await reader.readAll()) as { code?: string; message?: string };
        if (event.code === 'unsent')
          told.set(identity, [...(told.get(identity) ?? []), String(event.message)]);
      });
      return guest;
    }),
  );
  try {
    const command = (guest: Room, method: string, payload: object): Promise<unknown> =>
      guest.localParticipant?.performRpc({
        destinationIdentity: AGENT,
        method,
        payload: JSON.stringify(payload),
      }) ?? Promise.reject(new Error('not in the room'));
    for (const [nth, guest] of senders.entries()) {
      const text = (kind: string): string => `${nth} ${kind} ${'\u{1f600}'.repeat(1_900)}`;
      await guest.localParticipant?.sendText(text('chat'), {
        topic: 'lk.chat',
        destinationIdentities: [AGENT],
      });
      await command(guest, 'say', { text: text('say') });
      await command(guest, 'add_context', { turns: [{ role: 'user', parts: [{ text: text('context') }] }] });
    }
    await vi.waitFor(() => expect([...told.keys()].sort()).toEqual(['ben', 'cem']), { timeout: 10_000 });
    service.refuse(undefined);
    await vi.waitFor(() => expect(service.peers.length).toBeGreaterThan(1), { timeout: 20_000 });
    const sent = (): string => JSON.stringify(service.peers.at(-1)?.received ?? []);
    await vi.waitFor(() => expect(sent()).toContain('3 context'), { timeout: 20_000 });
    expect(Buffer.byteLength(sent())).toBeLessThan(80 * 1_024);
    expect(sent()).not.toMatch(/0 (chat|say|context)/);
  } finally {
    for (const guest of senders) await guest.disconnect();
  }
});
