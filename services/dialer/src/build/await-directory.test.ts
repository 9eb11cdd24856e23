import { expect, test } from 'vitest';
import { type Admission, createAdmission } from '../jobs/admission.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { awaitDirectory } from './await-directory.js';

function wait(answers: boolean[], onAsked: (admission: Admission) => void = () => {}) {
  const log = createQuietLog();
  const admission = createAdmission(['no-directory']);
  const directory = {
    whenReady: async () => {
      onAsked(admission);
      return answers.shift() ?? true;
    },
  };
  return { log, isReady: awaitDirectory({ directory, admission, log }) };
}

test('accounts and rates are waited for, however long it takes, and that is told', async () => {
  const { isReady, log } = wait([false, false, true]);
  expect(await isReady).toBe(true);
  expect(log.complaints).toHaveLength(2);
});

test('a dialer that is asked to stop waits no longer', async () => {
  const { isReady } = wait([false], (admission) => admission.set('draining', true));
  expect(await isReady).toBe(false);
});
