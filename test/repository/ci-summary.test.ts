// The last lines of the gate: numbers and second tries are the report's, and a gate in which nothing ran fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';

interface Summary {
  readonly lines: readonly string[];
  readonly status: number | null;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'summary-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function summaryOf(path: string): Summary {
  const run = spawnSync(process.execPath, [join(rootFolder, 'scripts/ci-summary.mjs'), path], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { lines: run.stdout.trimEnd().split('\n'), status: run.status };
}

function summary(report: string): Summary {
  const path = join(folder, 'report.json');
  writeFileSync(path, report);
  return summaryOf(path);
}

const file = (status: string, tests: number) => ({
  status,
  assertionResults: Array.from({ length: tests }, () => ({ status })),
});

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
  expect(summary(JSON.stringify(report))).toEqual({ lines: [line], status });
});

test.each(['', '{'])('a report that is empty or cut off (%j) fails', (report) => {
  expect(summary(report)).toEqual({ lines: ['0 passed, 0 failed'], status: 1 });
});

test('a report that is missing fails', () => {
  expect(summaryOf(join(folder, 'none.json'))).toEqual({ lines: ['0 passed, 0 failed'], status: 1 });
});

describe('second tries', () => {
  function reportWith(count: number, others: { readonly failed?: number } = {}) {
    const retried = Array.from({ length: count }, (_, index) => ({
      fullName: `a call survives ${index}`,
      status: 'passed',
      failureMessages: [`Error: too late ${index}\n    at somewhere`],
    }));
    const failed = Array.from({ length: others.failed ?? 0 }, () => ({
      fullName: 'never passes',
      status: 'failed',
      failureMessages: ['Error: one', 'Error: two'],
    }));
    const first = { fullName: 'passes', status: 'passed', failureMessages: [] };
    return JSON.stringify({
      numPassedTests: count + 1,
      numFailedTests: failed.length,
      testResults: [
        {
          name: join(folder, 'test/edges.test.ts'),
          status: 'passed',
          assertionResults: [...retried, ...failed, first],
        },
      ],
    });
  }

  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      `  test/edges.test.ts > a call survives ${index}`,
      `    first try: Error: too late ${index}`,
    ]).flat();

  test.each([
    [1, 0],
    [2, 0],
    [3, 1],
  ])('%i are named, and the gate ends with status %i', (count, status) => {
    expect(summary(reportWith(count))).toEqual({
      lines: [`Second tries: ${count}`, ...named(count), `${count + 1} passed, 0 failed`],
      status,
    });
  });

  test('a test that failed at each try is a failure, not a second try', () => {
    expect(summary(reportWith(0, { failed: 1 }))).toEqual({ lines: ['1 passed, 1 failed'], status: 1 });
  });

  test("vitest's own report of a test that passed at its second try names it", () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(
      join(project, 'flaky.test.mjs'),
      `let tries = 0;
       test('passes first', () => {});
       test('passes at the second try', () => { if (++tries < 2) throw new Error('not yet'); });`,
    );
    const report = join(folder, 'vitest.json');
    const vitest = join(rootFolder, 'node_modules/vitest/vitest.mjs');
    const args = ['run', '--root', project, '--globals', '--retry=1', '--reporter=json'];
    const run = spawnSync(process.execPath, [vitest, ...args, `--outputFile=${report}`], {
      encoding: 'utf8',
      cwd: project,
    });
    expect(run.status, run.stderr).toBe(0);
    expect(summaryOf(report)).toEqual({
      lines: [
        'Second tries: 1',
        '  project/flaky.test.mjs > passes at the second try',
        '    first try: Error: not yet',
        '2 passed, 0 failed',
      ],
      status: 0,
    });
  }, 60_000);
});
