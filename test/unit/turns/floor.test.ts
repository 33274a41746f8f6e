// Who has the floor: one person at a time, in the order in which they asked.
import { expect, test } from 'vitest';
import { Floor, type FloorState } from '../../../src/turns/floor.js';
import { fakeClock } from '../../support/fake-clock.js';

function setUp() {
  const states: FloorState[] = [];
  const floor = new Floor({ onChange: (state) => states.push(state) });
  return { floor, states };
}

test('who speaks first has it, and the others wait in their order', () => {
  using _clock = fakeClock();
  const { floor, states } = setUp();
  expect(floor.begin('ana')).toBe(true);
  expect(floor.begin('ben')).toBe(false);
  expect(floor.begin('eve')).toBe(false);
  expect(floor.begin('ben')).toBe(false);
  floor.pause('ana');
  expect(states).toEqual([
    { holder: 'ana', waiting: [] },
    { holder: 'ana', waiting: ['ben'] },
    { holder: 'ana', waiting: ['ben', 'eve'] },
    { holder: 'ben', waiting: ['eve'] },
  ]);
});

test('a pause of 2 s gives it back where nobody waits, and a shorter one does not', async () => {
  using clock = fakeClock();
  const { floor, states } = setUp();
  floor.begin('ana');
  await clock.advance(60_000);
  floor.pause('ana');
  await clock.advance(1_900);
  floor.begin('ana');
  await clock.advance(60_000);
  expect(floor.holder).toBe('ana');
  floor.pause('ana');
  await clock.advance(2_000);
  expect(states).toEqual([
    { holder: 'ana', waiting: [] },
    { holder: null, waiting: [] },
  ]);
  expect(clock.timers).toBe(0);
});

test('who begins while the holder is silent need not wait for the end of the pause', () => {
  using _clock = fakeClock();
  const { floor, states } = setUp();
  floor.begin('ana');
  floor.pause('ana');
  expect(floor.begin('ben')).toBe(true);
  expect(floor.begin('ana')).toBe(false);
  floor.pause('ben');
  floor.pause('ana');
  floor.raise('eve');
  expect(floor.holder).toBe('eve');
  // A person whose turn it is has not paused: they have not begun.
  expect(floor.begin('ben')).toBe(false);
  expect(states.map(({ holder }) => holder)).toEqual(['ana', 'ben', 'ben', 'ana', 'eve', 'eve']);
});

test('a raised hand is next, before somebody who speaks later, and has 5 s to begin', async () => {
  using clock = fakeClock();
  const { floor } = setUp();
  floor.begin('ana');
  floor.raise('ben');
  floor.raise('ben');
  floor.begin('eve');
  expect(floor.state).toEqual({ holder: 'ana', waiting: ['ben', 'eve'] });
  floor.pause('ana');
  expect(floor.state).toEqual({ holder: 'ben', waiting: ['eve'] });
  expect(floor.isFor('eve')).toBe(false);
  await clock.advance(5_000);
  expect(floor.state).toEqual({ holder: 'eve', waiting: [] });
});

test('a hand that is raised while the floor is free gets it; one that is lowered gives it up, or its place', () => {
  using _clock = fakeClock();
  const { floor } = setUp();
  floor.raise('ana');
  floor.raise('ben');
  floor.raise('eve');
  expect(floor.state).toEqual({ holder: 'ana', waiting: ['ben', 'eve'] });
  expect(floor.lower('ben')).toBe(true);
  expect(floor.state).toEqual({ holder: 'ana', waiting: ['eve'] });
  expect(floor.lower('ana')).toBe(true);
  expect(floor.state).toEqual({ holder: 'eve', waiting: [] });
  expect(floor.lower('joe')).toBe(false);
});

test('what expires takes the place of a speaker, and not that of a raised hand', () => {
  using _clock = fakeClock();
  const { floor } = setUp();
  floor.begin('ana');
  floor.begin('ben');
  floor.raise('eve');
  floor.expire('ben');
  floor.expire('eve');
  expect(floor.state).toEqual({ holder: 'ana', waiting: ['eve'] });
});

test('a person who leaves has neither the floor nor a place', () => {
  using _clock = fakeClock();
  const { floor, states } = setUp();
  floor.begin('ana');
  floor.raise('ben');
  floor.leave('ben');
  floor.leave('ana');
  floor.leave('ana');
  expect(states.at(-1)).toEqual({ holder: null, waiting: [] });
  expect(states).toHaveLength(4);
});
