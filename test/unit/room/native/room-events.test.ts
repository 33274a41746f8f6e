// A real Room, not connected, that is handed rtc-node's events: it keeps those that it will act on.
import { Room } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
import { narrowEvents } from '../../../../src/room/native/room-events.js';

interface Internals {
  readonly onFfiEvent: (event: { message: { case: string; value: object } }) => Promise<void>;
  /** What came before the connection and is looked at once there is one. */
  readonly preConnectEvents: { readonly message: { readonly case: string } }[];
}

async function keptOf(room: Room, ...kinds: readonly string[]): Promise<string[]> {
  const { onFfiEvent, preConnectEvents } = room as unknown as Internals;
  for (const kind of kinds) await onFfiEvent({ message: { case: kind, value: {} } });
  return preConnectEvents.map(({ message }) => message.case);
}

test('a room looks at its own events and calls only', async () => {
  const room = new Room();
  narrowEvents(room);
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

test('without narrowing it looks at all, which is what there is to save', async () => {
  expect(await keptOf(new Room(), 'audioStreamEvent', 'roomEvent')).toEqual([
    'audioStreamEvent',
    'roomEvent',
  ]);
});
