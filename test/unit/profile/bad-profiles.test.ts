// Wrong profiles, one fault each: where it is, what is allowed, and what kind of value was there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../../src/profile/nearest.js';
import { type Problem, parseProfile } from '../../../src/profile/profile.js';
import { WRONG_PROFILES } from '../../support/wrong-profiles.js';

function problemsOf(metadata: unknown): readonly Problem[] {
  const result = parseProfile({ metadata });
  if (result.ok) throw new Error('a wrong profile was taken');
  return result.problems;
}

test.each(WRONG_PROFILES)('%j', (metadata, path, message) => {
  const problems = problemsOf(metadata);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toEqual({
    path,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('all of them at once are all reported', () => {
  const problems = problemsOf({
    voise: 1,
    model: 3,
    tools: [{ declaration: { name: '' }, run: { by: 'x' } }],
    listen: { policy: 'all', foo: 1 },
    live: { temperature: 'hot', tool: [] },
    see: null,
    voice: 'Kore',
    leave: 3,
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    'leave',
    'listen.foo',
    'listen.policy',
    'live.temperature',
    'live.tool',
    'model',
    'tools[0].declaration.name',
    'tools[0].run.by',
    'voise',
  ]);
});

test('no value is ever printed, nor an endless name', () => {
  const told = JSON.stringify(
    problemsOf({
      model: 'Sesame?',
      voice: 'Sesame !',
      control: 'Sesame',
      live: { labels: { a: { Sesame: 'Sesame' } }, mediaResolution: 'Sesame' },
      ['k'.repeat(5_000)]: 1,
      'line\nbreak': 1,
    }),
  );
  expect(told).not.toContain('Sesame');
  expect(told).not.toContain('k'.repeat(65));
  expect(told).toContain('line\\\\nbreak');
});

test('very many problems are counted, not listed', () => {
  const problems = problemsOf({ history: Array.from({ length: 300 }, () => 1) });
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toEqual({ path: '', message: 'has 250 more problems' });
});

describe('the nearest name', () => {
  const known = ['voice', 'model', 'maxDurationMs', 'whenAloneMs'];

  test.each([
    ['vioce', 'voice'],
    ['Voice', 'voice'],
    ['max-duration-ms', 'maxDurationMs'],
    ['modle', 'model'],
    ['colour', undefined],
    ['', undefined],
  ])('%j is %j', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  test('one slip in a name of some length is always forgiven', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(20), fc.stringMatching(/^[a-z]$/), (name, at, letter) => {
        const place = at % name.length;
        const slips = [
          name.slice(0, place) + name.slice(place + 1),
          name.slice(0, place) + letter + name.slice(place),
          name.slice(0, place) + letter + name.slice(place + 1),
        ];
        for (const slip of slips) expect(nearest(slip, known)).toBe(name);
      }),
    );
  });
});
