// Guests at full size, one after the other: `npm run test:guests`. Minutes long, so not in the gate.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/guests/**/*.test.ts'],
    env: { NODE_ENV: 'production', RUST_LOG: 'off' },
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    allowOnly: false,
    setupFiles: ['test/support/patience.ts'],
    reporters: ['verbose'],
  },
});
