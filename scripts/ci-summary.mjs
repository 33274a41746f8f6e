// Prints `N passed, N failed` from a vitest JSON report; fails where a test failed, and where none ran.
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ numPassedTests: number, numFailedTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} Report
 */

/** @type {Report | undefined} */
let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
} catch {
  console.error('ci: there is no test report: the tests did not run to their end');
}
const passed = report?.numPassedTests ?? 0;
// A file that could not even be loaded has no test that failed.
const unloaded = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
const failed = (report?.numFailedTests ?? 0) + unloaded;
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
