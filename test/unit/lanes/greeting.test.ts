// A greeting waits for a person who hears the voice: agents, recorders and hidden participants do not count.
import { expect, test } from 'vitest';
import { Greeting } from '../../../src/lanes/greeting.js';
import { NoVoice } from '../../../src/room/no-voice.js';
import type { Voice } from '../../../src/room/port.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

function setUp(voiceOf: (room: FakeRoom) => Voice = (room) => room.voice) {
  const room = new FakeRoom();
  const said: string[] = [];
  const session = { sendText: (text: string) => void said.push(text) };
  const greeting = new Greeting({
    room,
    voice: voiceOf(room),
    profile: { greeting: 'Hello.' },
    session,
    onSent: () => {},
  });
  greeting.start();
  return { room, said, greeting };
}

test('is said once the person who is there hears the voice', async () => {
  using clock = fakeClock();
  const { room, said } = setUp();
  room.join('ana');
  await clock.advance(1_000);
  expect(said).toEqual([]);
  room.voice.listenerArrives();
  await clock.advance(0);
  expect(said).toEqual(['Hello.']);
});

test('is due from the moment in which somebody comes until it is sent', async () => {
  using clock = fakeClock();
  const { room, greeting } = setUp();
  room.voice.listenerArrives();
  await clock.advance(1_000);
  expect(greeting.isDue).toBe(false);
  room.join('recorder', 'egress');
  expect(greeting.isDue).toBe(false);
  room.join('ana');
  expect(greeting.isDue).toBe(true);
  await clock.advance(1_000);
  expect([greeting.isSent, greeting.isDue]).toEqual([true, false]);
});

test.each([
  ['agent', false],
  ['egress', false],
  ['standard', true],
] as const)('is not said to a participant of kind %s, hidden %s', async (kind, hidden) => {
  using clock = fakeClock();
  const { room, said } = setUp();
  room.join('other', kind, { hidden });
  room.voice.listenerArrives();
  await clock.advance(60_000);
  expect(said).toEqual([]);
  room.join('ana');
  await clock.advance(1_000);
  expect(said).toEqual(['Hello.']);
});

test('is written to the first person, where there is no voice', async () => {
  using clock = fakeClock();
  const { room, said } = setUp((of) => new NoVoice(of));
  room.join('recorder', 'egress');
  await clock.advance(60_000);
  expect(said).toEqual([]);
  room.join('ana');
  await clock.advance(0);
  expect(said).toEqual(['Hello.']);
});

test('is not said after close(), and leaves nothing behind', async () => {
  using clock = fakeClock();
  const { room, said, greeting } = setUp();
  room.voice.listenerArrives();
  await clock.advance(0);
  greeting.close();
  room.join('ana');
  await clock.advance(1_000);
  expect(said).toEqual([]);
  expect([room.listenerCount, clock.timers]).toEqual([0, 0]);
});
