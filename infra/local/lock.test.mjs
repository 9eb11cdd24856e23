import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beganAt, takeLock } from './lock.mjs';
import { temporaryFolder } from './testing.mjs';

test('a lock is held until it is released', () => {
  const path = join(temporaryFolder(), 'deep', 'start.lock');
  const lock = takeLock(path);
  expect(takeLock(path)).toEqual({ heldBy: process.pid });
  if ('release' in lock) lock.release();
  expect(takeLock(path)).toHaveProperty('release');
});

test.for([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, began: '1' })],
  ['of a pid that is another process now', JSON.stringify({ pid: process.pid, began: 'earlier' })],
  ['that a crash left half written', '{"pid":'],
  ['that names nobody', JSON.stringify({ pid: 'x', began: null })],
])('a lock %s is taken', ([, content = '']) => {
  const path = join(temporaryFolder(), 'start.lock');
  writeFileSync(path, content);
  expect(takeLock(path)).toHaveProperty('release');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ pid: process.pid, began: beganAt(process.pid) });
});
