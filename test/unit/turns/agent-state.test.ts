// What the agent says it is doing.
import { describe, expect, test } from 'vitest';
import { agentState } from '../../../src/turns/agent-state.js';

const quiet = { ready: true, speaking: false, working: false, occupied: true };

describe('the agent is', () => {
  test('initializing until the session was open once, whatever else is known', () => {
    expect(agentState({ ready: false, speaking: true, working: true, occupied: true })).toBe('initializing');
    expect(agentState({ ...quiet, ready: false })).toBe('initializing');
  });

  test('listening while somebody is there, idle while nobody is', () => {
    expect(agentState(quiet)).toBe('listening');
    expect(agentState({ ...quiet, occupied: false })).toBe('idle');
  });

  test('thinking while somebody waits for an answer', () => {
    expect(agentState({ ...quiet, working: true })).toBe('thinking');
  });

  test('speaking as long as it is heard, also while it works on something', () => {
    expect(agentState({ ...quiet, speaking: true })).toBe('speaking');
    expect(agentState({ ...quiet, speaking: true, working: true })).toBe('speaking');
    expect(agentState({ ...quiet, speaking: true, occupied: false })).toBe('speaking');
  });
});
