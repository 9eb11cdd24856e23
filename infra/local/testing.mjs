import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export function temporaryFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'trunkline-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Asks until the answer is true.
 * @param {string} what
 * @param {() => boolean} ask
 */
export async function eventually(what, ask) {
  const deadline = Date.now() + 10_000;
  while (!ask()) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await sleep(10);
  }
}
