// The test projects: unit and contract need no server; house checks the repository itself; integration runs
// against real servers, one file at a time and alone, because its timings are real.
import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the results as JSON; unset in daily use. */
const reportFile = process.env.VITEST_REPORT_FILE;

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'live-api/test/unit/**/*.test.ts'],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'live-api/test/integration/**/*.test.ts'],
          fileParallelism: false,
          // Real time on a busy machine: a test that fails is tried once more, and the report says so.
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
