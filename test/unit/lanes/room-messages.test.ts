// Messages while the connection to the room is lost: all are sent when it is back and a person is present.
import { expect, test } from 'vitest';
import { RoomMessages } from '../../../src/lanes/room-messages.js';
import type { Profile } from '../../../src/profile/profile.js';
import {
  ATTRIBUTE_AGENT_STATE,
  ATTRIBUTE_APPROVAL,
  ATTRIBUTE_TRACK_ID,
  TOPIC_EVENT,
} from '../../../src/protocol/topics.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

class Rig {
  readonly room = new FakeRoom();
  readonly messages: RoomMessages;

  constructor(
    events: Profile['events'] = { packets: false, to: 'everyone' },
    captions: Profile['captions'] = { user: true, agent: true, packets: true },
    control: Profile['control'] = 'anyone',
  ) {
    this.messages = new RoomMessages({
      room: this.room,
      profile: { events, captions, control },
      log: quietLog,
    });
    this.messages.start();
  }

  speech(participant: string): void {
    this.messages.event({ type: 'speech', participant, phase: 'started' });
  }

  /** The participants of the speech events that were sent, in order. */
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

test('events meanwhile are sent afterwards, in order, and the state once more', async () => {
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

test('a state that has not changed is sent again: a restarted server does not have it', async () => {
  const rig = new Rig();
  rig.messages.state('listening');
  await settle();
  rig.connection('reconnecting');
  rig.connection('reconnected');
  await settle();
  expect(rig.states).toEqual(['listening', 'listening']);
});

test('a caption that waited for the connection names the track under which the voice was published again', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  rig.connection('reconnecting');
  const voice = { trackSid: 'TR_before' };
  rig.messages.caption({ segment: 'SG_1', text: 'Hello.', final: true }, voice);
  voice.trackSid = 'TR_after';
  rig.connection('reconnected');
  await settle();
  expect(rig.room.texts.map(({ options }) => options.attributes?.[ATTRIBUTE_TRACK_ID])).toEqual(['TR_after']);
});

test('while nobody is back, messages wait for the first person', async () => {
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

test('a message that failed on the lost connection is sent again', async () => {
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

test('a message that is never answered delays the others for 7 s at most', async () => {
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

test('a person who is back before the connection is, as the SDK reports it, is sent nothing yet', async () => {
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

test('nothing is sent to a recorder that is back first', async () => {
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

test('an event whose packet failed is not sent twice as text', async () => {
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

const SPEAKER = { trackSid: 'TR_1', identity: 'ana' };

test('all streams of a segment bear its id, and so do its transcription packets', async () => {
  const rig = new Rig();
  const segment = rig.messages.segment('user', 1);
  rig.messages.caption({ segment, text: 'Good', final: false }, SPEAKER);
  await settle();
  rig.messages.caption({ segment, text: 'Good morning.', final: true }, SPEAKER);
  rig.messages.caption(
    { segment: rig.messages.segment('agent', 1), text: 'Hello.', final: true },
    { trackSid: 'TR_2' },
  );
  await settle();
  expect(rig.room.texts.map(({ text, options }) => [options.streamId, text])).toEqual([
    [segment, 'Good'],
    [segment, 'Good morning.'],
    [rig.messages.segment('agent', 1), 'Hello.'],
  ]);
  expect(rig.room.transcriptions).toEqual([
    { id: segment, text: 'Good', final: false, identity: 'ana', trackSid: 'TR_1' },
    { id: segment, text: 'Good morning.', final: true, identity: 'ana', trackSid: 'TR_1' },
    {
      id: rig.messages.segment('agent', 1),
      text: 'Hello.',
      final: true,
      identity: 'agent-gemini',
      trackSid: 'TR_2',
    },
  ]);
});

test('captions go as streams alone where the profile says so, or where there is no track', async () => {
  const without = new Rig(undefined, { user: true, agent: true, packets: false });
  without.messages.caption({ segment: 'SG_1', text: 'Good.', final: true }, SPEAKER);
  const writing = new Rig();
  writing.messages.caption({ segment: 'SG_1', text: 'Good.', final: true }, { trackSid: '' });
  await settle();
  for (const { room } of [without, writing]) {
    expect(room.texts).toHaveLength(1);
    expect(room.transcriptions).toEqual([]);
  }
});

test('what a server, the network or a tool says is sent without addresses and projects', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  const words = 'denied on projects/acme-prod at https://acme.example/: connect ECONNREFUSED 10.0.0.7:443';
  const left = 'denied on projects/… at (address) ECONNREFUSED';
  rig.messages.event({ type: 'error', code: '1008', message: words, fatal: true });
  rig.messages.event({ type: 'session', state: 'waiting', reason: words });
  rig.messages.event({ type: 'tool.result', id: '1', name: 'x', durationMs: 1, ok: false, error: words });
  rig.messages.notify('ana', { type: 'error', code: 'picture', message: words, fatal: false });
  await settle();
  const sent = rig.room.texts.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(sent.map(({ message, reason, error }) => message ?? reason ?? error)).toEqual([
    left,
    left,
    left,
    left,
  ]);
});

test('what a long outage has pushed out of the queue is a figure in the log at the end', async () => {
  using clock = fakeClock();
  const room = new FakeRoom();
  const warnings: object[] = [];
  const messages = new RoomMessages({
    room,
    profile: {
      events: { packets: false, to: 'everyone' },
      captions: { user: true, agent: true, packets: true },
      control: 'anyone',
    },
    log: { ...quietLog, warn: (fields) => void warnings.push(fields) },
  });
  messages.start();
  room.emit({ type: 'connection', state: 'reconnecting' });
  for (let event = 0; event < 510; event += 1) messages.event({ type: 'floor', holder: 'ana', waiting: [] });
  const closing = messages.close();
  await clock.advance(3_000);
  await closing;
  expect(warnings).toEqual([{ dropped: 10 }]);
});

const waits = (id: string, more: object = {}) =>
  ({
    type: 'tool.approval',
    id,
    name: 'pay',
    args: { euros: 4 },
    from: ['ben'],
    state: 'waiting',
    ...more,
  }) as const;

test('what a call that waits is about goes to those who control the agent or may allow it, to others without it', async () => {
  const rig = new Rig(undefined, undefined, ['ana']);
  for (const identity of ['ana', 'ben', 'mallory']) rig.room.join(identity);
  rig.messages.event(waits('c1'));
  await settle();
  const sent = rig.room.texts.map(({ text, options }) => ({
    to: options.to,
    args: (JSON.parse(text) as { args: object }).args,
  }));
  expect(sent).toEqual([
    { to: ['ana', 'ben'], args: { euros: 4 } },
    { to: ['mallory'], args: {} },
  ]);
});

test('the oldest call that waits is an attribute of the agent, until it is decided or cancelled', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  const shown = () => rig.room.attributeChanges.at(-1)?.[ATTRIBUTE_APPROVAL];
  for (const event of [waits('c1'), waits('c2'), waits('c3', { args: { text: 'x'.repeat(5_000) } })]) {
    rig.messages.event(event);
    await settle();
  }
  expect(JSON.parse(String(shown()))).toEqual({ id: 'c1', name: 'pay', args: { euros: 4 } });
  rig.messages.event({ type: 'tool.cancelled', ids: ['c1'] });
  await settle();
  expect(JSON.parse(String(shown()))).toMatchObject({ id: 'c2' });
  rig.messages.event(waits('c2', { state: 'allowed', by: 'ben' }));
  await settle();
  expect(JSON.parse(String(shown()))).toEqual({ id: 'c3', name: 'pay' });
  rig.messages.event(waits('c3', { state: 'timed-out' }));
  await settle();
  expect(shown()).toBe('');
});

test.each([
  [
    'control is a list',
    { packets: false, to: 'everyone' as const },
    ['ana'],
    { id: 'c1', name: 'pay', args: {} },
  ],
  ['events go to some', { packets: false, to: ['ana'] }, 'anyone' as const, undefined],
])('everybody reads attributes: where %s, they hold no arguments', async (_, events, control, expected) => {
  const rig = new Rig(events, undefined, control);
  rig.room.join('ana');
  rig.messages.event(waits('c1'));
  await settle();
  const shown = rig.room.attributeChanges.at(-1)?.[ATTRIBUTE_APPROVAL];
  expect(shown === undefined ? undefined : JSON.parse(shown)).toEqual(expected);
});

test('the utterances of a process that takes a call over have segments of their own', () => {
  const restored = { call: 'call', seq: 7 };
  const profile = {
    events: { packets: false, to: 'everyone' as const },
    captions: { user: true, agent: true, packets: true },
    control: 'anyone' as const,
  };
  const segments = [1, 2].map((epoch) =>
    new RoomMessages({ room: new FakeRoom(), profile, log: quietLog, epoch, restored }).segment('user', 1),
  );
  expect(new Set(segments).size).toBe(2);
});

test('of a thousand interim captions at once some are sent, and the final one with all words', async () => {
  const rig = new Rig();
  rig.room.join('ana');
  const speaker = { trackSid: 'TR_1', identity: 'ana' };
  for (let nth = 0; nth < 1_000; nth += 1) {
    rig.messages.caption({ segment: 'SG_x_user_1', text: `word ${nth}`, final: false }, speaker);
    await settle();
  }
  rig.messages.caption({ segment: 'SG_x_user_1', text: 'word 1000', final: true }, speaker);
  await settle();
  const captions = rig.room.textsOn('lk.transcription');
  expect(captions.length).toBeGreaterThan(10);
  expect(captions.length).toBeLessThan(40);
  expect(captions.at(-1)?.text).toBe('word 1000');
  await rig.messages.close();
});
