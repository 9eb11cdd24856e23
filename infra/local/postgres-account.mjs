import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL, ROOT } from './checkout.mjs';
import { SetupError } from './errors.mjs';

const UNSHARE = ['unshare', '-U', '--map-user=65534', '--map-group=65534', '--'];

/**
 * As whom Postgres runs, which refuses to be root.
 * @typedef {object} PostgresAccount
 * @property {string[]} enter what runs it as somebody else inside a user namespace; its files stay ours
 * @property {{ uid: number, gid: number } | null} user who its process is, when that is not us
 * @property {string} home a folder which that user can reach, for programs and data
 */

/**
 * Ourselves unless we are root; then nobody inside a user namespace; and where those are forbidden, as in Docker's
 * defaults, a system account, with its files outside of a checkout that it cannot reach.
 * @returns {PostgresAccount}
 * @throws {SetupError}
 */
export function choosePostgresAccount() {
  if (process.getuid?.() !== 0) return { enter: [], user: null, home: LOCAL };
  if (spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true']).status === 0) {
    return { enter: UNSHARE, user: null, home: LOCAL };
  }
  const user = systemAccount();
  mkdirSync(LOCAL, { recursive: true });
  return { enter: [], user, home: canReach(LOCAL, user) ? LOCAL : outsideHome() };
}

/**
 * Makes a data folder's files belong to whom Postgres runs as now; it may have been somebody else the last time.
 * @param {string} dir
 * @param {PostgresAccount} account
 */
export function giveTo(dir, { user }) {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = user ?? { uid: 0, gid: 0 };
  if (lstatSync(dir).uid !== uid) chownAll(dir, uid, gid);
}

function systemAccount() {
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (line) return { uid: Number(line[2]), gid: Number(line[3]) };
  throw new SetupError(
    'Postgres refuses to run as root, and there is neither a user "postgres" nor "nobody".',
    'Run the command as a plain user.',
  );
}

/**
 * @param {string} dir
 * @param {{ uid: number, gid: number }} user
 */
function canReach(dir, user) {
  return spawnSync('test', ['-x', dir, '-a', '-r', dir], { ...user, cwd: '/' }).status === 0;
}

function outsideHome() {
  return `/var/cache/trunkline-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`;
}

/**
 * @param {string} path
 * @param {number} uid
 * @param {number} gid
 */
function chownAll(path, uid, gid) {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) chownAll(child, uid, gid);
    else if (entry.isFile()) chownSync(child, uid, gid);
  }
}
