// The random stories of the gate in large number, each time others. A failure prints the shortest story, with its seed.
import { test } from 'vitest';
import { checkStories } from '../support/stories.js';

const STORIES = Number(process.env.SOAK_STORIES ?? 100_000);

test('whatever the service sends, loses and delays', { timeout: 3_600_000 }, () => checkStories(STORIES));
