// The test projects: unit and contract (fast, no server), integration (real servers, one file at a time), house.
import { defineConfig } from 'vitest/config';

/** Where the reporter leaves the numbers that .ci/run prints. */
const reportFile = process.env['VITEST_REPORT_FILE'] ?? '.cache/vitest-report.json';

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    reporters: ['default', ['json', { outputFile: reportFile }]],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'live-api/test/unit/**/*.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'live-api/test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'house', include: ['test/house/**/*.test.ts'], testTimeout: 30_000 },
      },
    ],
  },
});
