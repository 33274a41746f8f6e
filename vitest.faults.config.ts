// The losses that a call has to survive, one after the other: `npm run test:faults`. Minutes long, so not in the gate.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 150_000,
    hookTimeout: 60_000,
    allowOnly: false,
    setupFiles: ['test/support/patience.ts'],
  },
});
