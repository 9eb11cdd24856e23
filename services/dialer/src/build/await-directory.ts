import type { Directory } from '@trunkline/directory';
import type { CallLog } from '../call/call-log.js';

const COMPLAIN_MS = 10_000;

/**
 * Waits until accounts and rates are known, for as long as it takes, and complains meanwhile. False when this dialer is
 * asked to stop before.
 */
export async function awaitDirectory({
  directory,
  admission,
  log,
}: {
  directory: Pick<Directory, 'whenReady'>;
  admission: { obstacles(): readonly string[] };
  log: CallLog;
}): Promise<boolean> {
  while (!admission.obstacles().includes('draining')) {
    if (await directory.whenReady(COMPLAIN_MS)) return true;
    log.warn({}, 'accounts and rates are not known yet: no call is taken');
  }
  return false;
}
