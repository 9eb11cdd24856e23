import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { copyFile, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines } from './run-command.mjs';

const TAIL_BYTES = 16 * 1024;

/**
 * Opens a log for a child to write into by itself: nothing of what it logs passes through us.
 * @param {string} path
 */
export function openLog(path) {
  return openSync(path, 'a', 0o600);
}

/**
 * Keeps every log of a folder within `maxBytes`, and one older part beside it. The children keep writing to the open
 * file, so it is copied and emptied, not renamed; a line written in between can be lost.
 * @param {string} dir
 * @param {{ maxBytes?: number, everyMs?: number }} [options]
 * @returns {{ stop(): void }}
 */
export function boundLogs(dir, { maxBytes = 10 * 1024 * 1024, everyMs = 10_000 } = {}) {
  const timer = setInterval(() => void rotateAll(dir, maxBytes), everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

/**
 * @param {string} dir
 * @param {number} maxBytes
 */
export async function rotateAll(dir, maxBytes) {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.log'));
  for (const name of names) {
    const path = join(dir, name);
    try {
      if ((await stat(path)).size <= maxBytes) continue;
      await copyFile(path, `${path}.1`);
      await truncate(path);
    } catch {
      // A full disk: the next round tries again.
    }
  }
}

/**
 * The last lines of a log, from the byte `from` on.
 * @param {string} path
 * @param {{ lines?: number, from?: number }} [options]
 */
export function tailOf(path, { lines = 15, from = 0 } = {}) {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const start = Math.max(from <= size ? from : 0, size - TAIL_BYTES);
      const buffer = Buffer.alloc(size - start);
      readSync(file, buffer, 0, buffer.length, start);
      return lastLines(buffer.toString('utf8').trim(), lines);
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** @param {string} path */
export async function sizeOf(path) {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
