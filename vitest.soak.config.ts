// The long runs: `npm run soak`. SOAK_ROTATIONS (200), SOAK_SHORT_CALLS (2000) and SOAK_MINUTES (10) make them shorter for a first look,
// at all but memory: that is level only after some forty rotations, so that a shorter run fails there.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts', 'live-api/test/soak/**/*.test.ts', 'test/browser/**/*.soak.ts'],
    // As the tests of the gate: rtc-node logs each message of a flood otherwise.
    env: { NODE_ENV: 'production', RUST_LOG: 'off' },
    fileParallelism: false,
    testTimeout: 60 * 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    setupFiles: ['test/support/patience.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    reporters: ['verbose'],
  },
});
