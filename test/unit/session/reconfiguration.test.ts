import { expect, type Mock, test, vi } from 'vitest';
import { type Profile, parseProfile } from '../../../src/profile/profile.js';
import type { ProfileChange } from '../../../src/session/port.js';
import { Reconfiguration } from '../../../src/session/reconfiguration.js';

function profile(instructions: string): Profile {
  const parsed = parseProfile({ metadata: { instructions } });
  if (!parsed.ok) throw new Error('no profile');
  return parsed.profile;
}

function change(instructions: string): Omit<ProfileChange, 'onRefused'> & { onRefused: Mock<() => void> } {
  return {
    profile: profile(instructions),
    instructions: true,
    tools: false,
    setup: false,
    onRefused: vi.fn<() => void>(),
  };
}

test('connections are opened with the newest profile, and wait only while one of an older is there', () => {
  const reconfiguration = new Reconfiguration();
  expect(reconfiguration.opening(0)).toEqual({});
  const brief = change('Be brief.');
  reconfiguration.change(brief, false, 0);
  expect(reconfiguration.waits).toBe(true);
  expect(reconfiguration.opening(0)).toEqual({ profile: brief.profile });
  expect(reconfiguration.waits).toBe(false);
  reconfiguration.change(change('Be long.'), true, 0);
  expect(reconfiguration.waits).toBe(false);
});

test('a refusal soon after a change is of the change: everything unproved is undone, newest first', () => {
  const reconfiguration = new Reconfiguration();
  const order: string[] = [];
  const first = change('first');
  const second = change('second');
  first.onRefused.mockImplementation(() => void order.push('first'));
  second.onRefused.mockImplementation(() => void order.push('second'));
  reconfiguration.change(first, true, 0);
  reconfiguration.change(second, true, 1_000);
  expect(reconfiguration.refused('loss', 1_100)).toBe(false);
  expect(reconfiguration.refused('refusal', 1_100)).toBe(true);
  expect(order).toEqual(['second', 'first']);
  expect(reconfiguration.opening(1_200)).toEqual({});
  expect(reconfiguration.refused('refusal', 1_300)).toBe(false);
});

test('a change that has stood for a while is what a later one goes back to', () => {
  const reconfiguration = new Reconfiguration();
  const proved = change('proved');
  reconfiguration.change(proved, true, 0);
  const late = change('late');
  reconfiguration.change(late, true, 60_000);
  expect(reconfiguration.refused('handle-refused', 60_100)).toBe(true);
  expect(proved.onRefused).not.toHaveBeenCalled();
  expect(reconfiguration.opening(60_200)).toEqual({ profile: proved.profile });
});

test('a refusal long after is of something else', () => {
  const reconfiguration = new Reconfiguration();
  reconfiguration.change(change('x'), true, 0);
  expect(reconfiguration.refused('refusal', 15_001)).toBe(false);
});
