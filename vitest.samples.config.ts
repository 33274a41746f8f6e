// `npm run test:samples`: the examples of the Live API's documentation pages against the local Live API.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'samples',
    allowOnly: false,
    setupFiles: ['test/support/patience.ts'],
    include: ['live-api/test/samples/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
