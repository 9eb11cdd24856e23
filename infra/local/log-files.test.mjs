import { closeSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog, rotateAll, tailOf } from './log-files.mjs';
import { temporaryFolder } from './testing.mjs';

test('a log that grew too large is put aside while its writer goes on', async () => {
  const dir = temporaryFolder();
  const path = join(dir, 'api.log');
  const file = openLog(path);
  writeFileSync(join(dir, 'small.log'), 'small');
  writeSync(file, 'old '.repeat(10));
  await rotateAll(dir, 20);
  writeSync(file, 'new');
  closeSync(file);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('old '.repeat(10));
  expect(readFileSync(join(dir, 'small.log'), 'utf8')).toBe('small');
});

test('the tail of a log is its last lines since a place', () => {
  const path = join(temporaryFolder(), 'api.log');
  writeFileSync(path, 'one\ntwo\nthree\nfour\n');
  expect(tailOf(path, { lines: 2 })).toBe('three\nfour');
  expect(tailOf(path, { from: 8 })).toBe('three\nfour');
  expect(tailOf('/no/such/file')).toBe('');
});
