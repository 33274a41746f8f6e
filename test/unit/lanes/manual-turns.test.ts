import { expect, test } from 'vitest';
import { ManualTurns, PRE_ROLL_MS, TAIL_MS } from '../../../src/lanes/manual-turns.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

const FRAME = 320;
/** The quietest sound of a test: louder than silence that a codec has decoded. */
const SOUND = 100;

function setUp() {
  const room = new FakeRoom();
  for (const identity of ['ana', 'ben']) room.join(identity);
  /** Frames by their first sample, `start` and `end` of activities, and what the lane tells. */
  const sent: (number | string)[] = [];
  const told: string[] = [];
  const released: string[] = [];
  const hears = new Set(['ana', 'ben']);
  const turns = new ManualTurns({
    room,
    hears: ({ identity }) => hears.has(identity),
    session: {
      sendAudio: ({ samples }) => sent.push((samples[0] ?? 0) - SOUND),
      startActivity: () => sent.push('start'),
      endActivity: () => sent.push('end'),
    },
    onStarted: (identity) => told.push(`started ${identity}`),
    onEnded: (identity) => told.push(`ended ${identity}`),
    onReleased: (identity) => released.push(identity),
    onCancelled: (identity) => told.push(`cancelled ${identity}`),
    onMicrophone: ({ sid }) => told.push(sid),
  });
  turns.start();
  let next = 1;
  const speak = (sid: string, frames = 1): void => {
    for (let frame = 0; frame < frames; frame += 1) {
      room.hear(sid, { samples: new Int16Array(FRAME).fill(SOUND + next), rate: 16_000 });
      next += 1;
    }
  };
  return { room, turns, hears, sent, told, released, speak };
}

test('nothing is sent outside a turn, and a turn begins with what was said just before it', async () => {
  using clock = fakeClock();
  const { room, turns, sent, told, speak } = setUp();
  const { sid } = room.publish('ana');
  speak(sid, 50);
  expect(sent).toEqual([]);
  expect(turns.open('ana')).toBe(true);
  const kept = PRE_ROLL_MS / 20;
  expect(sent).toEqual(['start', ...Array.from({ length: kept }, (_, index) => 50 - kept + 1 + index)]);
  sent.length = 0;
  speak(sid, 2);
  turns.end('ana');
  speak(sid, 1);
  expect(sent).toEqual([51, 52, 53]);
  await clock.advance(TAIL_MS);
  speak(sid, 3);
  expect(sent).toEqual([51, 52, 53, 'end']);
  expect(told).toEqual(['started ana', sid, 'ended ana']);
  expect(turns.holder).toBeUndefined();
});

test('what was sent in a turn is not sent again with the next', async () => {
  using clock = fakeClock();
  const { room, turns, sent, speak } = setUp();
  const { sid } = room.publish('ana');
  turns.open('ana');
  speak(sid, 5);
  turns.end('ana');
  await clock.advance(TAIL_MS);
  sent.length = 0;
  turns.open('ana');
  expect(sent).toEqual([]);
  speak(sid, 1);
  expect(sent).toEqual(['start', 6]);
});

test('only the microphone of the turn holder is sent to the model, and nobody takes their turn', () => {
  const { room, turns, sent, speak } = setUp();
  const anas = room.publish('ana').sid;
  const bens = room.publish('ben').sid;
  turns.open('ana');
  expect(turns.open('ben')).toBe(false);
  expect(turns.open('ana')).toBe(true);
  speak(bens, 3);
  speak(anas, 1);
  expect(sent).toEqual(['start', 4]);
  turns.end('ben');
  expect(turns.cancel('ben')).toBe(false);
  expect(turns.holder).toBe('ana');
});

test('a turn that is opened before its microphone begins with its first frame', () => {
  const { room, turns, sent, speak } = setUp();
  turns.open('ana');
  speak(room.publish('ben').sid, 1);
  const { sid } = room.publish('ana', { muted: true });
  expect(room.listenedTo).not.toContain(sid);
  room.setMuted(sid, false);
  speak(sid, 1);
  expect(sent).toEqual(['start', 2]);
});

test.each([
  ['no microphone', () => {}],
  ['a muted one', (room: FakeRoom) => void room.publish('ana', { muted: true })],
  ['only that of somebody else', (room: FakeRoom) => void room.publish('ben')],
  ['a screen with sound', (room: FakeRoom) => void room.publish('ana', { source: 'screen-audio' })],
])('a turn with %s sends no activity, whichever way it ends', async (_name, publish) => {
  using clock = fakeClock();
  const { room, turns, sent, told, speak } = setUp();
  publish(room);
  for (const end of [() => turns.end('ana'), () => turns.cancel('ana')]) {
    turns.open('ana');
    for (const { sid } of room.tracks()) speak(sid, 2);
    end();
    await clock.advance(TAIL_MS);
    expect(turns.holder).toBeUndefined();
  }
  turns.open('ana');
  turns.close();
  expect(sent).toEqual([]);
  expect(told.filter((each) => each === 'ended ana')).toHaveLength(3);
});

test('a turn whose microphone never gives a byte sends no activity', async () => {
  using clock = fakeClock();
  const { room, turns, sent } = setUp();
  room.publish('ana');
  turns.open('ana');
  turns.end('ana');
  await clock.advance(TAIL_MS);
  expect(sent).toEqual([]);
});

test('a turn of silence sends no activity, and one that is silent at first begins just before its first sound', async () => {
  using clock = fakeClock();
  const { room, turns, sent, speak } = setUp();
  const { sid } = room.publish('ana');
  // What the codec makes of digital silence.
  const hush = (frames: number): void => {
    for (let frame = 0; frame < frames; frame += 1)
      room.hear(sid, { samples: new Int16Array(FRAME).fill(frame % 2), rate: 16_000 });
    room.hear(sid, { samples: new Int16Array(0), rate: 16_000 });
  };
  hush(50);
  turns.open('ana');
  hush(50);
  turns.end('ana');
  hush(5);
  await clock.advance(TAIL_MS);
  expect(sent).toEqual([]);
  turns.open('ana');
  hush(50);
  expect(sent).toEqual([]);
  speak(sid, 2);
  turns.end('ana');
  await clock.advance(TAIL_MS);
  expect(sent).toHaveLength(PRE_ROLL_MS / 20 + 3);
  expect([sent[0], ...sent.slice(-3)]).toEqual(['start', 1, 2, 'end']);
});

test.each([
  ['mutes', (room: FakeRoom, sid: string) => room.setMuted(sid, true)],
  ['unpublishes', (room: FakeRoom, sid: string) => room.unpublish(sid)],
  ['leaves', (room: FakeRoom) => room.leave('ana')],
])('a person who %s ends their turn, once', (_name, act) => {
  const { room, turns, sent, told, speak } = setUp();
  const { sid } = room.publish('ana');
  turns.open('ana');
  speak(sid);
  act(room, sid);
  expect(sent).toEqual(['start', 1, 'end']);
  turns.end('ana');
  expect(sent).toEqual(['start', 1, 'end']);
  expect(told.filter((each) => each === 'ended ana')).toHaveLength(1);
});

test('a turn can be cancelled, also just after the microphone went off', async () => {
  using clock = fakeClock();
  const { room, turns, sent, told, speak } = setUp();
  const { sid } = room.publish('ana');
  turns.open('ana');
  speak(sid);
  expect(turns.cancel('ana')).toBe(true);
  expect(sent).toEqual(['start', 1, 'end']);
  expect(told.slice(-2)).toEqual(['ended ana', 'cancelled ana']);
  expect(turns.cancel('ana')).toBe(false);

  turns.open('ana');
  room.setMuted(sid, true);
  await clock.advance(300);
  expect(turns.cancel('ana')).toBe(true);
  room.setMuted(sid, false);
  turns.open('ana');
  room.setMuted(sid, true);
  await clock.advance(2_000);
  expect(turns.cancel('ana')).toBe(false);
});

test('a turn that is opened in the tail of another ends that one first', async () => {
  using clock = fakeClock();
  const { room, turns, sent, speak } = setUp();
  const anas = room.publish('ana').sid;
  const bens = room.publish('ben').sid;
  turns.open('ana');
  speak(anas);
  turns.end('ana');
  expect(turns.open('ben')).toBe(true);
  speak(bens);
  expect(sent).toEqual(['start', 1, 'end', 'start', 2]);
  await clock.advance(1_000);
  expect(sent).toEqual(['start', 1, 'end', 'start', 2]);
  expect(turns.holder).toBe('ben');
});

test('a turn is over for the others when its end is asked for, before its last syllable has come', async () => {
  using clock = fakeClock();
  const { room, turns, told, released, speak } = setUp();
  const { sid } = room.publish('ana');
  turns.open('ana');
  speak(sid);
  turns.end('ana');
  expect(released).toEqual(['ana']);
  expect(told).not.toContain('ended ana');
  await clock.advance(TAIL_MS);
  expect(told).toContain('ended ana');
});

test('close() ends an open turn and listens to nothing', () => {
  const { room, turns, sent, speak } = setUp();
  const { sid } = room.publish('ana');
  turns.open('ana');
  speak(sid);
  turns.close();
  expect(sent).toEqual(['start', 1, 'end']);
  expect(room.listenedTo).toEqual([]);
  expect(room.listenerCount).toBe(0);
});

test('a person who may not be heard opens no turn, and no audio of theirs is kept for one', () => {
  using _clock = fakeClock();
  const { room, turns, sent, speak } = setUp();
  room.join('mallory');
  const { sid } = room.publish('mallory');
  expect(room.listenedTo).toEqual([]);
  expect(turns.isFor('mallory')).toBe(false);
  expect(turns.isFor('ana')).toBe(true);
  turns.open('mallory');
  speak(sid, 10);
  expect(sent).not.toContain(1);
});

test('a person who may be heard from now on is heard from before their turn', () => {
  using _clock = fakeClock();
  const { room, turns, hears, sent, speak } = setUp();
  room.join('mallory');
  const { sid } = room.publish('mallory');
  hears.add('mallory');
  turns.choose();
  speak(sid, 3);
  expect(turns.open('mallory')).toBe(true);
  speak(sid, 2);
  expect(sent).toEqual(['start', 1, 2, 3, 4, 5]);
});
