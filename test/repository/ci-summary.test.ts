// The last line of the gate: its numbers are the report's, and a gate in which nothing ran fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';

function summary(report: string | undefined): { line: string | undefined; status: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'summary-'));
  const path = join(folder, 'report.json');
  try {
    if (report !== undefined) writeFileSync(path, report);
    const run = spawnSync(process.execPath, [join(rootFolder, 'scripts/ci-summary.mjs'), path], {
      encoding: 'utf8',
    });
    return { line: run.stdout.trim().split('\n').at(-1), status: run.status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const file = (status: string, tests: number) => ({ status, assertionResults: Array.from({ length: tests }) });

test.each([
  [
    'all pass',
    { numPassedTests: 7, numFailedTests: 0, testResults: [file('passed', 7)] },
    '7 passed, 0 failed',
    0,
  ],
  [
    'some fail',
    { numPassedTests: 5, numFailedTests: 2, testResults: [file('failed', 7)] },
    '5 passed, 2 failed',
    1,
  ],
  [
    'a file could not be loaded',
    { numPassedTests: 5, numFailedTests: 0, testResults: [file('passed', 5), file('failed', 0)] },
    '5 passed, 1 failed',
    1,
  ],
  ['none ran', { numPassedTests: 0, numFailedTests: 0, testResults: [] }, '0 passed, 0 failed', 1],
])('%s', (_, report, line, status) => {
  expect(summary(JSON.stringify(report))).toEqual({ line, status });
});

test.each([undefined, '', '{'])('a report that is missing or cut off (%j) fails', (report) => {
  expect(summary(report)).toEqual({ line: '0 passed, 0 failed', status: 1 });
});
