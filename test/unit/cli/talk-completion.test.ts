// When a talk is over: answered and quiet, and not a moment before.
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../../cli/received-messages.js';
import { TalkCompletion } from '../../../cli/talk-completion.js';

function event(type: string, fields: Record<string, unknown> = {}): AgentEvent {
  return { v: 1, call: 'c', epoch: 1, seq: 1, at: 0, type, ...fields };
}

/** A talk whose file played until 10 s and whose speech ended at 9 s. */
function played(): TalkCompletion {
  const completion = new TalkCompletion({ quietMs: 2000, lateMs: 8000 });
  completion.playing();
  completion.played(10_000, 9000);
  return completion;
}

describe('an agent that reports its turns', () => {
  test('is waited for until a turn completes, then for 2 s of quiet', () => {
    const completion = played();
    expect(completion.overAtMs()).toBeUndefined();
    completion.event(event('turn', { phase: 'started' }), 11_000);
    completion.active(15_000);
    expect(completion.overAtMs()).toBeUndefined();
    completion.event(event('turn', { phase: 'generated' }), 15_000);
    expect(completion.overAtMs()).toBeUndefined();
    completion.event(event('turn', { phase: 'completed' }), 16_000);
    expect(completion.overAtMs()).toBe(18_000);
    expect(completion.turns).toBe(1);
    completion.active(17_000);
    expect(completion.overAtMs()).toBe(19_000);
  });

  test('may begin another turn in the meantime', () => {
    const completion = played();
    completion.event(event('turn', { phase: 'completed' }), 12_000);
    completion.event(event('turn', { phase: 'started' }), 13_000);
    expect(completion.overAtMs()).toBeUndefined();
    completion.event(event('turn', { phase: 'completed' }), 14_000);
    expect(completion.overAtMs()).toBe(16_000);
    expect(completion.turns).toBe(2);
  });

  test('is waited for longer when its turn ended before the speech did', () => {
    const completion = new TalkCompletion({ quietMs: 2000, lateMs: 8000 });
    completion.playing();
    completion.event(event('turn', { phase: 'started' }), 3000);
    completion.event(event('turn', { phase: 'completed' }), 5000);
    expect(completion.overAtMs()).toBeUndefined();
    completion.played(10_000, 9000);
    expect(completion.overAtMs()).toBe(18_000);
  });

  test('has not answered with a turn that was interrupted', () => {
    const completion = played();
    completion.event(event('turn', { phase: 'started' }), 11_000);
    completion.event(event('turn', { phase: 'interrupted' }), 12_000);
    expect(completion.turns).toBe(0);
    expect(completion.overAtMs()).toBe(20_000);
  });

  test('is waited for while a tool runs', () => {
    const completion = played();
    completion.event(event('turn', { phase: 'completed' }), 11_000);
    completion.event(event('tool.call', { id: 'a' }), 11_000);
    completion.event(event('tool.call', { id: 'b' }), 11_000);
    completion.event(event('tool.result', { id: 'a' }), 12_000);
    expect(completion.overAtMs()).toBeUndefined();
    completion.event(event('tool.cancelled', { ids: ['b', 'c'] }), 12_000);
    expect(completion.overAtMs()).toBe(13_000);
  });

  test('its turn events take precedence over its state', () => {
    const completion = played();
    completion.event(event('turn', { phase: 'started' }), 11_000);
    completion.state('speaking', 11_000);
    completion.state('listening', 12_000);
    expect(completion.turns).toBe(0);
    completion.event(event('turn', { phase: 'completed' }), 12_100);
    expect(completion.turns).toBe(1);
    expect(completion.overAtMs()).toBe(14_100);
  });
});

test('an agent that publishes only its state has answered when it listens again', () => {
  const completion = played();
  completion.state('thinking', 10_500);
  completion.state('speaking', 11_000);
  expect(completion.overAtMs()).toBeUndefined();
  completion.state('listening', 14_000);
  expect(completion.turns).toBe(1);
  expect(completion.overAtMs()).toBe(16_000);
  completion.state('thinking', 15_000);
  expect(completion.overAtMs()).toBeUndefined();
});

test('a greeting answers nothing', () => {
  const completion = new TalkCompletion();
  completion.state('speaking', 1000);
  completion.event(event('turn', { phase: 'completed' }), 2000);
  completion.state('listening', 2000);
  completion.playing();
  completion.played(10_000, 9000);
  expect(completion.turns).toBe(0);
  expect(completion.overAtMs()).toBeUndefined();
});
