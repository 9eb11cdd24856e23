import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} ProgramKind
 * @property {string} name
 * @property {string[][]} commands what must be together in one folder; of each, the first name that is there
 * @property {string[]} folders where a distribution keeps it away from PATH; `*` stands for any version, newest first
 * @property {string[]} packages Debian's
 * @property {string} formula Homebrew's
 * @property {string} variable gives a server that runs already instead
 * @property {string} [modules] the folder of what it loads; `*` stands for any platform
 */

/** @type {Record<'postgres' | 'redis' | 'nats' | 'sipp' | 'baresip' | 'kamailio', ProgramKind>} */
export const PROGRAMS = {
  postgres: {
    name: 'Postgres',
    commands: [['postgres'], ['initdb']],
    folders: [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/opt/homebrew/opt/postgresql@*/bin',
      '/usr/local/opt/postgresql@*/bin',
    ],
    packages: ['postgresql'],
    formula: 'postgresql@17',
    variable: 'DATABASE_URL',
  },
  redis: {
    name: 'Redis',
    commands: [['redis-server', 'valkey-server']],
    folders: ['/opt/homebrew/bin', '/usr/local/bin'],
    packages: ['redis-server'],
    formula: 'redis',
    variable: 'REDIS_URL',
  },
  nats: {
    name: 'NATS',
    commands: [['nats-server']],
    folders: ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'],
    packages: ['nats-server'],
    formula: 'nats-server',
    variable: 'NATS_URL',
  },
  sipp: {
    name: 'SIPp',
    commands: [['sipp']],
    folders: ['/opt/homebrew/bin', '/usr/local/bin'],
    packages: ['sip-tester'],
    formula: 'sipp',
    variable: 'TEST_SIPP',
  },
  baresip: {
    name: 'baresip',
    commands: [['baresip']],
    folders: ['/opt/homebrew/bin', '/usr/local/bin'],
    packages: ['baresip-core'],
    formula: 'baresip',
    variable: 'TEST_BARESIP',
    modules: '/usr/lib/baresip/modules',
  },
  kamailio: {
    name: 'Kamailio',
    commands: [['kamailio']],
    folders: ['/usr/sbin', '/usr/local/sbin'],
    packages: ['kamailio', 'kamailio-tls-modules'],
    // Homebrew has none.
    formula: '',
    variable: 'TEST_KAMAILIO',
    modules: '/usr/lib/*/kamailio/modules',
  },
};

/**
 * Where a program is, and what it needs to be run.
 * @typedef {object} FoundProgram
 * @property {string[]} paths one a command of its kind
 * @property {string} libraryPath for LD_LIBRARY_PATH; empty when the system's own will do
 * @property {string} root the folder that holds all of it, for those who may not read everything
 * @property {string} modules the folder of what it loads; empty when it has none, or it is not found
 */

/**
 * Looks on PATH and where distributions put it.
 * @param {ProgramKind} kind
 * @returns {FoundProgram | null}
 */
export function findInstalled(kind) {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of [...onPath, ...kind.folders.flatMap(expand)]) {
    const paths = commandsIn(folder, kind);
    if (paths) return { paths, libraryPath: '', root: folder, modules: modulesOf(kind, '') };
  }
  return null;
}

/**
 * Looks in a folder that packages were unpacked into.
 * @param {ProgramKind} kind
 * @param {string} root
 * @returns {FoundProgram | null}
 */
export function findUnpacked(kind, root) {
  const folders = ['usr/bin', 'usr/sbin', ...kind.folders.map((folder) => folder.slice(1))];
  for (const folder of folders.flatMap((one) => expand(join(root, one)))) {
    const paths = commandsIn(folder, kind);
    if (paths)
      return { paths, libraryPath: libraryFolders(root).join(':'), root, modules: modulesOf(kind, root) };
  }
  return null;
}

/**
 * @param {string} folder
 * @param {ProgramKind} kind
 */
function commandsIn(folder, kind) {
  const paths = kind.commands.map((names) => names.map((name) => join(folder, name)).find(isExecutable));
  return paths.every((path) => path !== undefined) ? paths : null;
}

/**
 * @param {ProgramKind} kind
 * @param {string} root
 */
function modulesOf({ modules }, root) {
  return modules === undefined ? '' : (expand(root + modules)[0] ?? '');
}

/** @param {string} root */
function libraryFolders(root) {
  return ['usr/lib', 'lib'].flatMap((folder) => expand(join(root, folder, '*-linux-gnu*')));
}

/**
 * The folders that a pattern with one `*` stands for, the highest version first.
 * @param {string} pattern
 */
export function expand(pattern) {
  const parts = pattern.split('/');
  const at = parts.findIndex((part) => part.includes('*'));
  if (at < 0) return existsSync(pattern) ? [pattern] : [];
  const parent = parts.slice(0, at).join('/');
  const [before = '', after = ''] = (parts[at] ?? '').split('*');
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => [parent, name, ...parts.slice(at + 1)].join('/'))
    .filter((path) => existsSync(path));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
