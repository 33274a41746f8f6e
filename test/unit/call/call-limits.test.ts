// The lower of the profile's limits and the deployment's counts.
import { expect, test } from 'vitest';
import { limitedProfile } from '../../../src/call/call-limits.js';
import { parseProfile } from '../../../src/profile/profile.js';

function leaveOf(own: object, limits: { readonly minutes?: number; readonly tokens?: number }): object {
  const parsed = parseProfile({ metadata: JSON.stringify({ leave: own }) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { maxDurationMs, maxTokens } = limitedProfile(parsed.profile, limits).leave;
  return { maxDurationMs, maxTokens };
}

test.each([
  ['neither', {}, {}, {}],
  [
    "the profile's alone",
    { maxDurationMs: 90_000, maxTokens: 7 },
    {},
    { maxDurationMs: 90_000, maxTokens: 7 },
  ],
  ["the deployment's alone", {}, { minutes: 2, tokens: 9 }, { maxDurationMs: 120_000, maxTokens: 9 }],
  [
    'both, the profile lower',
    { maxDurationMs: 90_000, maxTokens: 7 },
    { minutes: 2, tokens: 9 },
    { maxDurationMs: 90_000, maxTokens: 7 },
  ],
  [
    'both, the deployment lower',
    { maxDurationMs: 90_000, maxTokens: 7 },
    { minutes: 1, tokens: 5 },
    { maxDurationMs: 60_000, maxTokens: 5 },
  ],
])('%s', (_which, own, limits, expected) => {
  expect(leaveOf(own, limits)).toEqual({ maxDurationMs: undefined, maxTokens: undefined, ...expected });
});
