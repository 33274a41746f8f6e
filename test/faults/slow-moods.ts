// Moods of the service that take half a minute each: a full quota, and speech of which it shows no sign.
import { expect } from 'vitest';
import { errors, goesOn, type Mood, opens, WITHIN_MS } from './mood.js';

/** A voice of 1.5 s, as loud as speech, with the pauses of words. */
export const UTTERANCE = Int16Array.from({ length: 36_000 }, (_, index) =>
  Math.floor(index / 2_400) % 4 === 3
    ? 0
    : Math.round(8_000 * Math.sin((index * 2 * Math.PI * 220) / 24_000)),
);
const QUOTA_MS = 30_000;

const overQuota = (code: number, reason: string): Mood['play'] =>
  async function play({ person }, liveApi) {
    const before = liveApi.sessions.length;
    liveApi.faults.refuseSetups({ code, reason }, 20);
    liveApi.faults.close(code, reason);
    const atMs = Date.now();
    await person.waitFor(() => errors(person).length > 0, 5_000);
    expect(errors(person)).toMatchObject([{ message: expect.stringContaining(reason), fatal: false }]);
    // Ten seconds or more between two attempts are at most three in 30 s.
    await person.waitFor(() => liveApi.sessions.length > before, 2 * QUOTA_MS);
    expect(Date.now() - atMs).toBeGreaterThan(QUOTA_MS / 3);
    expect(errors(person)).toHaveLength(1);
  };

export const SLOW_MOODS: readonly Mood[] = [
  {
    name: 'a full quota, RESOURCE_EXHAUSTED: one error within 5 s, 3 connects in 30 s at most',
    play: overQuota(1011, 'RESOURCE_EXHAUSTED'),
  },
  {
    name: 'a full quota, as a page about plans words it: the same',
    play: overQuota(1008, 'You exceeded your current quota, please check your plan and billing details.'),
  },
  {
    name: 'speech that is swallowed twice on a model that may be silent: an event, then another connection',
    play: async (call, liveApi) => {
      const { person } = call;
      liveApi.faults.apply({ fault: 'swallow', input: 'speech', count: 2 });
      await person.speak(UTTERANCE, 24_000);
      await person.waitFor(() => errors(person).some(({ code }) => code === 'unheard'), WITHIN_MS);
      expect(opens(person)).toBe(1);
      await person.speak(UTTERANCE, 24_000);
      await person.waitFor(() => opens(person) === 2, WITHIN_MS);
      await goesOn(call);
    },
  },
];
