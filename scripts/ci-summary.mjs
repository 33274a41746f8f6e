// Prints the tests that needed a second try and `N passed, N failed` from a vitest JSON report; fails where a test
// failed, where none ran, and where too many needed a second try.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * @typedef {{ fullName?: string, status: string, failureMessages?: string[] }} TestResult
 * @typedef {{ name?: string, status: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ numPassedTests: number, numFailedTests: number, testResults: FileResult[] }} Report
 */

/** One starved test is the machine's; three are the code's. */
const MOST_SECOND_TRIES = 2;

/** @type {Report | undefined} */
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
} catch {
  console.error('ci: there is no test report: the tests did not run to their end');
}
const files = report?.testResults ?? [];
const passed = report?.numPassedTests ?? 0;
// A file that could not even be loaded has no test that failed.
const unloaded = files.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
const failed = (report?.numFailedTests ?? 0) + unloaded;

// vitest keeps the errors of the first try with a test that passed at the second.
const secondTries = files.flatMap(({ name = '', assertionResults }) =>
  assertionResults
    .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
    .map(({ fullName, failureMessages = [] }) => ({
      test: `${relative(process.cwd(), name)} > ${fullName}`,
      failure: failureMessages[0]?.split('\n')[0] ?? '',
    })),
);
if (secondTries.length > 0) {
  console.log(`Second tries: ${secondTries.length}`);
  for (const { test, failure } of secondTries) console.log(`  ${test}\n    first try: ${failure}`);
}
const tooMany = secondTries.length > MOST_SECOND_TRIES;
if (tooMany) {
  console.error(
    `ci: more than ${MOST_SECOND_TRIES} tests needed a second try: find the cause, in the test or in what it tests`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0 || tooMany) process.exitCode = 1;
