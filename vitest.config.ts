// The test projects: unit and contract need no server; repository checks the repository itself; integration runs
// against real servers in real time, two files at once; measuring runs after it, one file at a time.
import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the results as JSON; unset in daily use. */
const reportFile = process.env.VITEST_REPORT_FILE;

/** Tests that measure loads, latencies and leaks: nothing else may run beside them, and a second try would hide a miss. */
const MEASURING = [
  'test/integration/{leaks,tools}*.test.ts',
  'live-api/test/integration/{hostile,load,memory,timing,speech-timing,speech-life}*.test.ts',
];

const REAL_TIME = { testTimeout: 60_000, hookTimeout: 60_000 };

/** For what only has to arrive: test/support/patience.ts does the same for vi.waitFor. */
const PATIENT = { setupFiles: ['test/support/patience.ts'], expect: { poll: { timeout: 8_000 } } };

export default defineConfig({
  test: {
    allowOnly: false,
    // Only tests are printed: rtc-node logs at debug level to stdout under any other NODE_ENV, and its native library
    // writes its own log to stderr.
    env: { NODE_ENV: 'production', RUST_LOG: 'off' },
    passWithNoTests: false,
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      {
        test: {
          ...PATIENT,
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'live-api/test/unit/**/*.test.ts'],
          // Vitest leaves one core free for its own process, which waits most of the time.
          maxWorkers: 2,
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...PATIENT,
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 30_000,
          // Beside the repository's: one file waits for real time to pass for more than a minute.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...PATIENT,
          name: 'repository',
          include: ['test/repository/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...PATIENT,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'live-api/test/integration/**/*.test.ts'],
          exclude: MEASURING,
          // Most of each test is spent waiting for real time to pass: two files fit on two cores.
          maxWorkers: 2,
          ...REAL_TIME,
          // Two busy cores can be later than any bound that still means something. .ci/run counts second tries.
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...PATIENT,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // A browser, a worker and a server beside each other fill two cores.
          fileParallelism: false,
          ...REAL_TIME,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...PATIENT,
          name: 'measuring',
          include: MEASURING,
          fileParallelism: false,
          ...REAL_TIME,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
