import { expect, test } from 'vitest';
import { countLine, countTests } from './count-tests.mjs';

/**
 * @param {string} status
 * @param {string[]} tests
 */
const file = (status, ...tests) => ({ status, assertionResults: tests.map((one) => ({ status: one })) });

test('every test counts, whatever file it is in', () => {
  const testResults = [
    file('passed', 'passed', 'passed', 'skipped'),
    file('failed', 'failed', 'passed', 'todo', 'failed'),
  ];
  const counts = countTests({ testResults }, false);
  expect(counts).toEqual({ passed: 3, failed: 2, skipped: 2 });
  expect(countLine(counts)).toBe('3 passed, 2 failed, 2 skipped');
});

test('a file that could not be loaded counts as one failure', () => {
  expect(countTests({ testResults: [file('failed')] }, false).failed).toBe(1);
  expect(countTests({ testResults: [file('failed', 'passed')] }, false)).toMatchObject({
    passed: 1,
    failed: 1,
  });
});

test('a run that failed without a report, or without a failing test in it, is a failure', () => {
  expect(countTests(null, false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests({ testResults: [file('passed', 'passed')] }, false).failed).toBe(1);
});

test('the line of a good run has nothing but passed and failed', () => {
  expect(countLine(countTests({ testResults: [file('passed', 'passed')] }, true))).toBe('1 passed, 0 failed');
});
