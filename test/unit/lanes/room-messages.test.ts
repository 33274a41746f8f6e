// What a room is told while the connection to it is away: nothing is lost, and all of it comes when somebody is back.
import { expect, test } from 'vitest';
import { RoomMessages } from '../../../src/lanes/room-messages.js';
import type { Profile } from '../../../src/profile/profile.js';
import { ATTRIBUTE_AGENT_STATE, TOPIC_EVENT } from '../../../src/protocol/topics.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

class Rig {
  readonly room = new FakeRoom();
  readonly messages: RoomMessages;

  constructor(events: Profile['events'] = { packets: false, to: 'everyone' }) {
    this.messages = new RoomMessages({ room: this.room, profile: { events }, log: quietLog });
  }

  speech(participant: string): void {
    this.messages.event({ type: 'speech', participant, phase: 'started' });
  }

  /** Whose speech the room was told of, in order. */
  get told(): unknown[] {
    return this.room.texts
      .filter(({ options }) => options.topic === TOPIC_EVENT)
      .map(({ text }) => (JSON.parse(text) as { participant: string }).participant);
  }

  get states(): unknown[] {
    return this.room.attributeChanges.map((change) => change[ATTRIBUTE_AGENT_STATE]);
  }

  connection(state: 'reconnecting' | 'reconnected'): void {
    this.room.emit({ type: 'connection', state });
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('what happens meanwhile is told afterwards, in order, and the state once more', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  rig.messages.state('speaking');
  rig.speech('first');
  await settle();
  rig.connection('reconnecting');
  rig.speech('second');
  rig.messages.state('thinking');
  rig.messages.state('listening');
  await settle();
  expect(rig.told).toEqual(['first']);
  expect(rig.states).toEqual(['speaking']);
  rig.connection('reconnected');
  rig.speech('third');
  await settle();
  expect(rig.told).toEqual(['first', 'second', 'third']);
  expect(rig.states).toEqual(['speaking', 'listening']);
});

test('a state that has not changed is told again: a new server does not know it', async () => {
  const rig = new Rig();
  rig.messages.state('listening');
  await settle();
  rig.connection('reconnecting');
  rig.connection('reconnected');
  await settle();
  expect(rig.states).toEqual(['listening', 'listening']);
});

test('where nobody is back yet, the first who comes is told', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  rig.connection('reconnecting');
  rig.speech('first');
  rig.room.leave('ana');
  rig.connection('reconnected');
  await settle();
  expect(rig.told).toEqual([]);
  rig.room.join('ana');
  await settle();
  expect(rig.told).toEqual(['first']);
});

test('a message that the lost connection did not take is told again', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  rig.room.beforeSend = async () => {
    rig.connection('reconnecting');
    throw new Error('the engine is closed');
  };
  rig.speech('first');
  await settle();
  rig.room.beforeSend = async () => {};
  rig.connection('reconnected');
  await settle();
  expect(rig.told).toEqual(['first']);
});

test('a message that is never answered holds up the others for 7 s, not for ever', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.beforeSend = () => new Promise(() => {});
  rig.speech('first');
  await clock.advance(10);
  rig.room.beforeSend = async () => {};
  rig.speech('second');
  await clock.advance(6_900);
  expect(rig.told).toEqual([]);
  await clock.advance(200);
  expect(rig.told).toEqual(['second']);
});

test('who is back before the connection is, as the SDK tells it, lets nothing go yet', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  rig.connection('reconnecting');
  rig.room.leave('ana');
  rig.speech('first');
  rig.room.join('ana');
  await settle();
  expect(rig.told).toEqual([]);
  rig.connection('reconnected');
  await settle();
  expect(rig.told).toEqual(['first']);
});

test('a recorder that is back first is nobody to tell', async () => {
  const rig = new Rig();
  rig.connection('reconnecting');
  rig.speech('first');
  rig.connection('reconnected');
  rig.room.join('EG_1', 'egress');
  rig.room.join('agent-other', 'agent');
  await settle();
  expect(rig.told).toEqual([]);
  rig.room.join('ana');
  await settle();
  expect(rig.told).toEqual(['first']);
});

test('a message that is on its way when the connection goes arrives once, however long it is away', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.join('ana');
  let arrive: () => void = () => {};
  rig.room.beforeSend = () => new Promise((resolve) => (arrive = resolve));
  rig.speech('first');
  await clock.advance(10);
  rig.connection('reconnecting');
  rig.room.beforeSend = async () => {};
  rig.speech('second');
  await clock.advance(25_000);
  expect(rig.told).toEqual([]);
  rig.connection('reconnected');
  arrive();
  await clock.advance(10);
  expect(rig.told).toEqual(['first', 'second']);
});

test('an event whose packet failed is not told twice as text', async () => {
  const rig = new Rig({ packets: true, to: 'everyone' });
  rig.room.join('ana');
  let sends = 0;
  rig.room.beforeSend = async () => {
    sends += 1;
    if (sends !== 2) return;
    rig.connection('reconnecting');
    throw new Error('the engine is closed');
  };
  rig.speech('first');
  await settle();
  rig.connection('reconnected');
  await settle();
  expect(rig.told).toEqual(['first']);
  expect(rig.room.packets).toHaveLength(1);
});

test('a call that ends meanwhile still says its last words where there is somebody to take them, and no more', async () => {
  const rig = new Rig();
  rig.messages.state('listening');
  await settle();
  rig.connection('reconnecting');
  rig.speech('last');
  await rig.messages.close();
  expect(rig.told).toEqual(['last']);
  rig.connection('reconnected');
  await settle();
  expect(rig.states).toEqual(['listening']);
  expect(rig.room.listenerCount).toBe(0);
});
