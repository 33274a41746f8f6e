// Random calls over the real bridge and supervisor: words are heard once, answers are captioned once, no tool runs twice.
import { test } from 'vitest';
import { checkStories } from '../../support/stories.js';

const SEED = 1;

// The same stories each time: a search for new ones is the soak's.
test('whatever the service sends, loses and delays', { timeout: 300_000 }, () => checkStories(500, SEED));
