// A real Room, not connected, that is handed rtc-node's events: it keeps those that it acts on, and takes them in order.
import { Room } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
import { handleRoomEvents } from '../../../../src/room/native/room-events.js';
import { quietLog } from '../../../support/supervised.js';

type Event = { readonly message: { readonly case: string; readonly value: object } };

interface Internals {
  readonly onFfiEvent: (event: Event) => Promise<void>;
  processFfiEvent: (event: Event) => Promise<void>;
  /** What came before the connection and is looked at once there is one. */
  readonly preConnectEvents: { readonly message: { readonly case: string } }[];
}

const options = { admits: () => true, log: quietLog };

async function keptOf(room: Room, ...kinds: readonly string[]): Promise<string[]> {
  const { onFfiEvent, preConnectEvents } = room as unknown as Internals;
  for (const kind of kinds) await onFfiEvent({ message: { case: kind, value: {} } });
  return preConnectEvents.map(({ message }) => message.case);
}

test('a room looks at its own events and calls only', async () => {
  const room = new Room();
  handleRoomEvents(room, options);
  expect(
    await keptOf(
      room,
      'audioStreamEvent',
      'roomEvent',
      'captureAudioFrame',
      'rpcMethodInvocation',
      'publishData',
    ),
  ).toEqual(['roomEvent', 'rpcMethodInvocation']);
});

test('without that it looks at all, which is what there is to save', async () => {
  expect(await keptOf(new Room(), 'audioStreamEvent', 'roomEvent')).toEqual([
    'audioStreamEvent',
    'roomEvent',
  ]);
});

function roomEvent(kind: string, value: object): Event {
  return { message: { case: 'roomEvent', value: { message: { case: kind, value } } } };
}

test.each(['streamHeaderReceived', 'streamChunkReceived', 'streamTrailerReceived', 'transcriptionReceived'])(
  'a room does not look at %s, which comes with each packet of a stream',
  async (kind) => {
    const room = new Room();
    handleRoomEvents(room, options);
    const { onFfiEvent, preConnectEvents } = room as unknown as Internals;
    await onFfiEvent(roomEvent(kind, {}));
    await onFfiEvent(roomEvent('trackPublished', {}));
    expect(preConnectEvents).toHaveLength(1);
  },
);

/** A Room whose own handling is replaced, so that what reaches it is seen. */
function recording() {
  const room = new Room();
  const internals = room as unknown as Internals;
  const seen: string[] = [];
  internals.processFfiEvent = async ({ message }) => {
    const { case: kind, value } = (message.value as { message: { case: string; value: object } }).message;
    const { participantIdentity = '' } = value as { participantIdentity?: string };
    seen.push(`${kind} ${participantIdentity}`.trim());
    if (kind === 'participantConnected') {
      const { identity } = value as { identity: string };
      room.remoteParticipants.set(identity, {} as never);
    }
    if (kind === 'broken') throw new TypeError("Cannot read properties of undefined (reading 'identity')");
  };
  handleRoomEvents(room, options);
  return { seen, take: (event: Event) => internals.processFfiEvent(event) };
}

test('a track whose participant is not known yet waits for them', async () => {
  const { seen, take } = recording();
  await take(roomEvent('trackPublished', { participantIdentity: 'ana' }));
  await take(roomEvent('trackPublished', { participantIdentity: 'ben' }));
  await take(roomEvent('participantConnected', { identity: 'cleo' }));
  expect(seen).toEqual(['participantConnected']);
  await take(roomEvent('participantConnected', { identity: 'ana' }));
  expect(seen).toEqual(['participantConnected', 'participantConnected', 'trackPublished ana']);
});

test('a track that is gone before its participant is known is not published', async () => {
  const { seen, take } = recording();
  await take(roomEvent('trackPublished', { participantIdentity: 'ana' }));
  await take(roomEvent('trackUnpublished', { participantIdentity: 'ana' }));
  await take(roomEvent('participantConnected', { identity: 'ana' }));
  expect(seen).toEqual(['trackUnpublished ana', 'participantConnected']);
});

test('of several tracks whose participant is not known yet only the one that is gone is left out', async () => {
  const { seen, take } = recording();
  const track = { participantIdentity: 'ana' };
  await take(roomEvent('trackPublished', { ...track, publication: { info: { sid: 'TR_1' } } }));
  await take(roomEvent('trackPublished', { ...track, publication: { info: { sid: 'TR_2' } } }));
  await take(roomEvent('trackMuted', { ...track, trackSid: 'TR_2' }));
  await take(roomEvent('trackMuted', { ...track, trackSid: 'TR_1' }));
  await take(roomEvent('trackUnpublished', { ...track, publicationSid: 'TR_1' }));
  await take(roomEvent('trackMuted', { participantIdentity: 'the agent', trackSid: 'TR_voice' }));
  await take(roomEvent('participantConnected', { identity: 'ana' }));
  expect(seen).toEqual([
    'trackUnpublished ana',
    'trackMuted the agent',
    'participantConnected',
    'trackPublished ana',
    'trackMuted ana',
  ]);
});

test("an exception of rtc-node's own ends nothing", async () => {
  const { seen, take } = recording();
  await take(roomEvent('broken', {}));
  await take(roomEvent('participantConnected', { identity: 'ana' }));
  expect(seen).toEqual(['broken', 'participantConnected']);
});
