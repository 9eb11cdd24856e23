import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a lock that dies with its holder: the file names a process and when that process began, so that neither a
 * crash nor a reused pid keeps it locked.
 * @param {string} path
 * @returns {{ release(): void } | { heldBy: number }} heldBy: the pid of who has it
 */
export function takeLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) });
  for (let tries = 0; tries < 10; tries++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder) return { heldBy: holder };
    removeStale(path);
  }
  return { heldBy: 0 };
}

/** @param {string} path */
function readHolder(path) {
  try {
    const { pid, began } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && beganAt(pid) === began ? pid : null;
  } catch {
    return null;
  }
}

// Renamed first, and looked at again: of two that find the same stale lock, the second must not remove what the first
// has just made.
/** @param {string} path */
function removeStale(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readHolder(aside)) renameSync(aside, path);
    else rmSync(aside, { force: true });
  } catch {
    // The other one was quicker.
  }
}

/**
 * A text that tells a process from a later one with the same pid; null when there is none.
 * @param {number} pid
 */
export function beganAt(pid) {
  try {
    // Field 22 of proc(5), counted from behind the name, which may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return process.platform === 'linux' ? null : beganAtByPs(pid);
  }
}

/** @param {number} pid */
function beganAtByPs(pid) {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
