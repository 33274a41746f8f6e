// The random stories of the gate in large number, each time others. A failure prints the shortest story, with its seed.
// SOAK_SEED plays those of a seed again.
import { test } from 'vitest';
import { checkStories } from '../support/stories.js';

const STORIES = Number(process.env.SOAK_STORIES ?? 100_000);
const SEED = process.env.SOAK_SEED === undefined ? undefined : Number(process.env.SOAK_SEED);

test('whatever the service sends, loses and delays', { timeout: 3_600_000 }, () =>
  checkStories(STORIES, SEED),
);
