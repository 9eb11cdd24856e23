import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './errors.mjs';
import { giveTo } from './postgres-account.mjs';
import { isPostgresReady } from './probes.mjs';
import { runCommand } from './run-command.mjs';
import { serverEnvironment } from './server-environment.mjs';

const OLD_SERVER_LEAVES_WITHIN_MS = 6000;

/**
 * @typedef {object} PostgresOptions
 * @property {import('./owned-processes.mjs').OwnedProcesses} owned
 * @property {import('./find-program.mjs').FoundProgram} program
 * @property {import('./postgres-account.mjs').PostgresAccount} account
 * @property {string} dataDir
 * @property {string} password of the user postgres
 * @property {boolean} durable false: nothing is synced to the disk, for data that is thrown away
 * @property {string} logPath
 */

/**
 * Makes the cluster when there is none, and clears away what a crash left.
 * @param {PostgresOptions} options
 */
export async function preparePostgres(options) {
  const { dataDir, account } = options;
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await createCluster(options);
  giveTo(dataDir, account);
  await clearStalePid(dataDir);
}

/**
 * @param {PostgresOptions} options
 * @param {number} port
 * @returns {import('./kept-process.mjs').Program}
 */
export function postgresProgram(options, port) {
  const { owned, program, account, dataDir, durable, logPath } = options;
  const settings = {
    // jit needs libllvm, which is larger than all the rest and is not unpacked.
    jit: 'off',
    max_connections: '300',
    // A list is planned over every partition of calls with all its indexes, each of which takes a lock.
    max_locks_per_transaction: '512',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const argv = [program.paths[0] ?? '', '-D', dataDir, '-h', '127.0.0.1', '-p', String(port), '-k', ''];
  for (const [name, value] of Object.entries(settings)) argv.push('-c', `${name}=${value}`);
  return {
    label: 'postgres',
    logPath,
    launch: (log) =>
      owned.launch(argv, {
        deathSignal: 'QUIT',
        enter: account.enter,
        env: serverEnvironment(program),
        stdio: ['ignore', log, log],
        cwd: '/',
        ...account.user,
      }),
    isReady: () => isPostgresReady(port),
    beforeRestart: () => clearStalePid(dataDir),
    stopSignal: 'SIGINT',
    stopTimeoutMs: 5000,
  };
}

/** @param {PostgresOptions} options */
async function createCluster({ owned, program, account, dataDir, password, durable }) {
  const unfinished = `${dataDir}.part`;
  const passwordFile = `${dataDir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(dataDir), { recursive: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of account.user ? [unfinished, passwordFile] : []) {
    chownSync(path, account.user?.uid ?? 0, account.user?.gid ?? 0);
  }
  const flags = [
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--no-locale',
  ];
  try {
    const argv = [program.paths[1] ?? '', '-D', unfinished, ...flags, ...(durable ? [] : ['--no-sync'])];
    const env = serverEnvironment(program);
    await runCommand(owned, argv, { enter: account.enter, env, cwd: '/', ...account.user });
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Postgres refuses to start on a pid file whose pid lives, even when that pid belongs to another program by now.
 * @param {string} dataDir
 */
async function clearStalePid(dataDir) {
  const path = join(dataDir, 'postmaster.pid');
  const deadline = Date.now() + OLD_SERVER_LEAVES_WITHIN_MS;
  while (existsSync(path)) {
    const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
    if (!isPostgresOf(pid, dataDir)) {
      rmSync(path, { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new SetupError(`Another Postgres (pid ${pid}) runs on ${dataDir}.`, `Stop it first: kill ${pid}`);
    }
    await sleep(50);
  }
}

/**
 * @param {number} pid
 * @param {string} dataDir
 */
function isPostgresOf(pid, dataDir) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(Buffer.from(dataDir).toString('latin1'));
  } catch {
    return process.platform !== 'linux' && isAlive(pid);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
