// When a talk is over: answered and quiet, and not a moment before.
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../../cli/received-messages.js';
import { Settling } from '../../../cli/talk-completion.js';

function event(type: string, fields: Record<string, unknown> = {}): AgentEvent {
  return { v: 1, epoch: 1, seq: 1, at: 0, type, ...fields };
}

/** A talk whose file played until 10 s and whose speech ended at 9 s. */
function played(): Settling {
  const settling = new Settling({ quietMs: 2000, lateMs: 8000 });
  settling.playing();
  settling.played(10_000, 9000);
  return settling;
}

describe('an agent that tells its turns', () => {
  test('is waited for until a turn completes, then for 2 s of quiet', () => {
    const settling = played();
    expect(settling.overAtMs()).toBeUndefined();
    settling.event(event('turn', { phase: 'started' }), 11_000);
    settling.active(15_000);
    expect(settling.overAtMs()).toBeUndefined();
    settling.event(event('turn', { phase: 'generated' }), 15_000);
    expect(settling.overAtMs()).toBeUndefined();
    settling.event(event('turn', { phase: 'completed' }), 16_000);
    expect(settling.overAtMs()).toBe(18_000);
    expect(settling.turns).toBe(1);
    settling.active(17_000);
    expect(settling.overAtMs()).toBe(19_000);
  });

  test('may begin another turn in the meantime', () => {
    const settling = played();
    settling.event(event('turn', { phase: 'completed' }), 12_000);
    settling.event(event('turn', { phase: 'started' }), 13_000);
    expect(settling.overAtMs()).toBeUndefined();
    settling.event(event('turn', { phase: 'completed' }), 14_000);
    expect(settling.overAtMs()).toBe(16_000);
    expect(settling.turns).toBe(2);
  });

  test('is waited for longer when its turn ended before the speech did', () => {
    const settling = new Settling({ quietMs: 2000, lateMs: 8000 });
    settling.playing();
    settling.event(event('turn', { phase: 'started' }), 3000);
    settling.event(event('turn', { phase: 'completed' }), 5000);
    expect(settling.overAtMs()).toBeUndefined();
    settling.played(10_000, 9000);
    expect(settling.overAtMs()).toBe(18_000);
  });

  test('has not answered with a turn that was interrupted', () => {
    const settling = played();
    settling.event(event('turn', { phase: 'started' }), 11_000);
    settling.event(event('turn', { phase: 'interrupted' }), 12_000);
    expect(settling.turns).toBe(0);
    expect(settling.overAtMs()).toBe(20_000);
  });

  test('is waited for while a tool runs', () => {
    const settling = played();
    settling.event(event('turn', { phase: 'completed' }), 11_000);
    settling.event(event('tool.call', { id: 'a' }), 11_000);
    settling.event(event('tool.call', { id: 'b' }), 11_000);
    settling.event(event('tool.result', { id: 'a' }), 12_000);
    expect(settling.overAtMs()).toBeUndefined();
    settling.event(event('tool.cancelled', { ids: ['b', 'c'] }), 12_000);
    expect(settling.overAtMs()).toBe(13_000);
  });

  test('is believed in its turns more than in its state', () => {
    const settling = played();
    settling.event(event('turn', { phase: 'started' }), 11_000);
    settling.state('speaking', 11_000);
    settling.state('listening', 12_000);
    expect(settling.turns).toBe(0);
    settling.event(event('turn', { phase: 'completed' }), 12_100);
    expect(settling.turns).toBe(1);
    expect(settling.overAtMs()).toBe(14_100);
  });
});

test('an agent that tells only its state has answered when it listens again', () => {
  const settling = played();
  settling.state('thinking', 10_500);
  settling.state('speaking', 11_000);
  expect(settling.overAtMs()).toBeUndefined();
  settling.state('listening', 14_000);
  expect(settling.turns).toBe(1);
  expect(settling.overAtMs()).toBe(16_000);
  settling.state('thinking', 15_000);
  expect(settling.overAtMs()).toBeUndefined();
});

test('a greeting answers nothing', () => {
  const settling = new Settling();
  settling.state('speaking', 1000);
  settling.event(event('turn', { phase: 'completed' }), 2000);
  settling.state('listening', 2000);
  settling.playing();
  settling.played(10_000, 9000);
  expect(settling.turns).toBe(0);
  expect(settling.overAtMs()).toBeUndefined();
});
