/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 */

/**
 * Counts every test of vitest's JSON report. A file that failed without a failing test (it could not be loaded, or a
 * hook failed) counts as one, and so does a run that failed for a reason which the report does not show.
 * @param {{ testResults: FileResult[] } | null} report
 * @param {boolean} isSuccess what vitest's exit code says
 * @returns {Counts}
 */
export function countTests(report, isSuccess) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of report?.testResults ?? []) {
    const failures = assertionResults.filter((test) => test.status === 'failed').length;
    const passes = assertionResults.filter((test) => test.status === 'passed').length;
    counts.passed += passes;
    counts.failed += failures || Number(status === 'failed');
    counts.skipped += assertionResults.length - passes - failures;
  }
  if (!isSuccess && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** @param {Counts} counts */
export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
