// What LiveKit's own clients send to an agent and expect of it, in real rooms: session messages, pictures, a clean end.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { AgentSession as pb } from '@livekit/protocol';
import { RoomServiceClient } from 'livekit-server-sdk';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { startCall } from '../support/call.js';
import { sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { API_KEY, API_SECRET, personToken } from '../support/tokens.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** A client of session messages, as agents-playground is one. */
class SessionClient {
  readonly person = new Person({ microphone: false });
  readonly events: pb.AgentSessionEvent[] = [];
  readonly #responses = new Map<string, (response: pb.SessionResponse) => void>();

  constructor() {
    this.person.room.registerByteStreamHandler('lk.agent.session', async (reader) => {
      const { message } = pb.AgentSessionMessage.fromBinary(Buffer.concat(await reader.readAll()));
      if (message.case === 'event') this.events.push(message.value);
      if (message.case === 'response') this.#responses.get(message.value.requestId)?.(message.value);
    });
  }

  async ask(request: NonNullable<ConstructorParameters<typeof pb.SessionRequest>[0]>['request']) {
    const requestId = `req_${this.#responses.size}`;
    const answered = new Promise<pb.SessionResponse>((resolve) => this.#responses.set(requestId, resolve));
    const value = new pb.SessionRequest({ requestId, ...(request ? { request } : {}) });
    const bytes = new pb.AgentSessionMessage({ message: { case: 'request', value } }).toBinary();
    const writer = await this.person.room.localParticipant?.streamBytes({
      topic: 'lk.agent.session',
      destinationIdentities: [this.person.agent()?.identity ?? ''],
    });
    await writer?.write(bytes);
    await writer?.close();
    return answered;
  }
}

test('session messages are answered, with statistics of the real connection, and events come by themselves', async () => {
  await using call = await startCall({
    livekit,
    liveApi,
    profile: { instructions: 'Be brief.', voice: 'Puck' },
  });
  const client = new SessionClient();
  await client.person.connect(livekit.url, await personToken({ identity: 'ben', room: call.room }));
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  await client.person.waitFor(() => client.person.agent(), 15_000);
  expect((await client.ask({ case: 'ping', value: {} })).response.case).toBe('pong');

  const ran = await client.ask({ case: 'runInput', value: { text: 'Hello there' } });
  if (ran.response.case !== 'runInput') throw new Error(ran.error);
  const said = ran.response.value.items.map(({ item }) =>
    item.case === 'message' ? [item.value.role, item.value.content[0]?.payload.value] : item.case,
  );
  expect(said).toEqual([
    [pb.ChatRole.USER, 'Hello there'],
    [pb.ChatRole.ASSISTANT, expect.stringMatching(/\w/)],
  ]);

  const stats = await client.ask({ case: 'getRtcStats', value: {} });
  if (stats.response.case !== 'getRtcStats') throw new Error(stats.error);
  const [inbound] = stats.response.value.subscriberStats.flatMap((stat) => {
    const { inboundRtp } = stat.toJson() as {
      inboundRtp?: { inbound?: { jitterBufferEmittedCount?: unknown } };
    };
    return inboundRtp ? [inboundRtp] : [];
  });
  expect(inbound?.inbound?.jitterBufferEmittedCount).toEqual(expect.any(Number));
  const kinds = (list: readonly { fields: object }[]) =>
    new Set(list.flatMap(({ fields }) => Object.keys(fields)));
  expect(kinds(stats.response.value.publisherStats)).toContain('outboundRtp');
  expect(kinds(stats.response.value.subscriberStats)).toContain('inboundRtp');
  expect(kinds(stats.response.value.subscriberStats)).toContain('candidatePair');

  const state = await client.ask({ case: 'getSessionState', value: {} });
  expect(state.toJson()).toMatchObject({
    getSessionState: { agentId: 'agent-gemini', options: { voice: 'Puck' } },
  });
  const usage = await client.ask({ case: 'getSessionUsage', value: {} });
  expect(usage.response.case).toBe('getSessionUsage');
  const unknown = await client.ask({ case: 'updateIo', value: {} });
  expect(unknown.error).toContain('updateIo');
  const cases = client.events.map(({ event }) => event.case);
  expect(cases).toEqual(
    expect.arrayContaining(['agentStateChanged', 'conversationItemAdded', 'sessionUsageUpdated']),
  );
  await client.person.close();
}, 60_000);

async function sendFile(
  person: Person,
  topic: string,
  file: { name: string; mimeType: string; bytes: Uint8Array },
) {
  const { name, mimeType, bytes } = file;
  const destinationIdentities = [person.agent()?.identity ?? ''];
  const writer = await person.room.localParticipant?.streamBytes({
    topic,
    name,
    mimeType,
    destinationIdentities,
  });
  for (let at = 0; at < bytes.length; at += 15_000) await writer?.write(bytes.subarray(at, at + 15_000));
  await writer?.close();
}

interface Realtime {
  readonly video?: { readonly data: string; readonly mimeType: string };
}

function picturesOf(server: LiveApiServer): Buffer[] {
  return sessionOf(server).frames.flatMap(({ from, message }) => {
    const video = (message.realtimeInput as Realtime | undefined)?.video;
    return from === 'client' && video ? [Buffer.from(video.data, 'base64')] : [];
  });
}

const RED = { width: 1_600, height: 900, channels: 3, background: '#c02020' } as const;

test('pictures of the chat go to the model in the size of see, others are refused with their reason', async () => {
  await using call = await startCall({ livekit, liveApi, profile: { see: { maxEdge: 400 } } });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  const png = await sharp({ create: RED }).png().toBuffer();
  await sendFile(person, 'images', { name: 'red.png', mimeType: 'image/png', bytes: png });
  await person.waitFor(() => picturesOf(liveApi).length === 1, 10_000);
  await sendFile(person, 'lk.chat', { name: 'again.png', mimeType: 'image/png', bytes: png });
  await person.waitFor(() => picturesOf(liveApi).length === 2, 10_000);
  for (const picture of picturesOf(liveApi)) {
    const { format, width, height } = await sharp(picture).metadata();
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: 400, height: 225 });
  }
  const errors = () => person.events().filter(({ type }) => type === 'error');
  await sendFile(person, 'lk.chat', {
    name: 'a.pdf',
    mimeType: 'application/pdf',
    bytes: Buffer.from('%PDF'),
  });
  await person.waitFor(() => errors().length === 1, 10_000);
  await sendFile(person, 'images', { name: 'b.png', mimeType: 'image/png', bytes: png.subarray(0, 300) });
  await person.waitFor(() => errors().length === 2, 10_000);
  expect(errors()).toEqual([
    expect.objectContaining({
      code: 'picture',
      fatal: false,
      message: expect.stringMatching(/^ana: .*a\.pdf.*application\/pdf/),
    }),
    expect.objectContaining({
      code: 'picture',
      fatal: false,
      message: expect.stringMatching(/^ana: .*b\.png is broken/),
    }),
  ]);
  expect(picturesOf(liveApi)).toHaveLength(2);
  await person.sendChat('And now?');
  await person.waitFor(() => person.captions().some(({ final }) => final), 15_000);
}, 60_000);

test.each([
  ['auto', 'is deleted', 'room_deleted'],
  ['never', 'stays', undefined],
] as const)(
  'a room whose call is hung up with deleteRoom %s %s, after the reason was given',
  async (deleteRoom, _what, closed) => {
    const client = new RoomServiceClient(livekit.url.replace(/^ws/, 'http'), API_KEY, API_SECRET);
    await using call = await startCall({
      livekit,
      liveApi,
      profile: { leave: { deleteRoom } },
      roomService: (room) => ({
        deleteRoom: () => client.deleteRoom(room),
        removeParticipant: (identity) => client.removeParticipant(room, identity),
      }),
    });
    const { person } = call;
    await person.waitFor(() => person.state() === 'listening', 15_000);
    await person.rpc('hang_up', '');
    expect(await call.end).toMatchObject({ failed: false });
    if (closed) await person.waitFor(() => person.closed, 10_000);
    expect(person.closed).toBe(closed);
    const last = person
      .events()
      .filter(({ type }) => type === 'session')
      .at(-1);
    expect(last).toMatchObject({ state: 'closed', reason: 'hung-up' });
  },
  60_000,
);

test('an agent that cannot reach the Live API listens within 20 s', async () => {
  await using call = await startCall({ livekit, liveApi: { url: 'http://127.0.0.1:9' } });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 20_000);
}, 60_000);
