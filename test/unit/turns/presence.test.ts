// The agent's state over the call: thinking ends when an answer speaks, or when none is to be expected any more.
import { expect, test } from 'vitest';
import type { AgentState } from '../../../src/protocol/topics.js';
import { Presence } from '../../../src/turns/presence.js';
import { fakeClock } from '../../support/fake-clock.js';

test('the result of a tool that is not answered is thought about for 10 s, not for the rest of the call', async () => {
  using clock = fakeClock();
  const states: AgentState[] = [];
  const presence = new Presence((state) => states.push(state));
  presence.occupied(true);
  presence.ready();
  presence.follow({ phase: 'answering', id: 1 }, 1);
  await clock.advance(30_000);
  expect(states.at(-1)).toBe('thinking');
  presence.follow({ phase: 'awaited', id: 1 }, 0);
  await clock.advance(9_999);
  expect(states.at(-1)).toBe('thinking');
  await clock.advance(1);
  expect(states.at(-1)).toBe('listening');
});
