// Which microphones are received: one a person, sixteen in all, and who gets a place that becomes free.
import { describe, expect, test } from 'vitest';
import { chooseAudio, leftOut, MAX_MICROPHONES } from '../../../src/room/microphones.js';
import type { RemoteTrack } from '../../../src/room/port.js';

function track(identity: string, rest: Partial<RemoteTrack> = {}): RemoteTrack {
  return { sid: `TR_${identity}`, identity, source: 'microphone', kind: 'audio', muted: false, ...rest };
}

function people(count: number): RemoteTrack[] {
  return Array.from({ length: count }, (_, index) => track(`person-${index + 1}`));
}

describe('one person', () => {
  test('has one microphone and the sound of one screen', () => {
    const tracks = [
      track('ana', { sid: 'TR_1' }),
      track('ana', { sid: 'TR_2' }),
      track('ana', { sid: 'TR_3', source: 'screen-audio' }),
      track('ana', { sid: 'TR_4', source: 'other' }),
    ];
    expect([...chooseAudio(tracks, new Set())]).toEqual(['TR_1', 'TR_3']);
  });

  test('keeps the one that is received, and changes to an open one where that is muted', () => {
    const [first, second] = [track('ana', { sid: 'TR_1' }), track('ana', { sid: 'TR_2' })];
    expect([...chooseAudio([first, second], new Set(['TR_2']))]).toEqual(['TR_2']);
    expect([...chooseAudio([first, { ...second, muted: true }], new Set(['TR_2']))]).toEqual(['TR_1']);
  });
});

describe('of twenty people', () => {
  test('sixteen are received, and the others get a place in the order in which they came', () => {
    const all = people(20);
    const first = chooseAudio(all, new Set());
    expect(first.size).toBe(MAX_MICROPHONES);
    expect(first.has('TR_person-17')).toBe(false);
    expect([...leftOut(all, first)]).toEqual(['person-17', 'person-18', 'person-19', 'person-20']);
    const withoutThird = all.filter(({ identity }) => identity !== 'person-3');
    const next = chooseAudio(withoutThird, first);
    expect([...next].filter((sid) => !first.has(sid))).toEqual(['TR_person-17']);
    expect([...leftOut(withoutThird, next)]).toEqual(['person-18', 'person-19', 'person-20']);
  });

  test('one who is muted gives the place to one who is not, and waits for another after that', () => {
    const all = people(20);
    const first = chooseAudio(all, new Set());
    const muted = all.map((each) => (each.identity === 'person-5' ? { ...each, muted: true } : each));
    const next = chooseAudio(muted, first);
    expect(next.has('TR_person-5')).toBe(false);
    expect(next.has('TR_person-17')).toBe(true);
    expect(leftOut(muted, next).has('person-5')).toBe(false);
    const again = chooseAudio(all, next);
    expect(again.has('TR_person-5')).toBe(false);
    expect(leftOut(all, again).has('person-5')).toBe(true);
  });

  test('those who are muted take no place from anybody, in whatever order they came', () => {
    const all = people(20).map((each, index) => ({ ...each, muted: index < 10 }));
    const chosen = chooseAudio(all, new Set());
    expect(all.filter(({ muted }) => !muted).every(({ sid }) => chosen.has(sid))).toBe(true);
    expect(leftOut(all, chosen).size).toBe(0);
  });
});
