import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL, ROOT } from '../local/checkout.mjs';
import { SetupError, StoppedError } from '../local/errors.mjs';
import { installPackages } from '../local/install-packages.mjs';
import { takeLock } from '../local/lock.mjs';
import { arePackagesInstalled } from '../local/package-stamp.mjs';
import { choosePostgresAccount } from '../local/postgres-account.mjs';
import { provideOptionalPrograms, providePrograms } from '../local/provide-programs.mjs';
import { tryCommand } from '../local/run-command.mjs';

/**
 * @typedef {object} Prepared
 * @property {import('../local/provide-programs.mjs').Programs} programs
 * @property {import('../local/postgres-account.mjs').PostgresAccount} account
 */

/**
 * npm packages and servers' programs, both at once. Two commands in one checkout take turns.
 * @param {{ needed: import('../local/provide-programs.mjs').ProgramName[], optional?: import('../local/provide-programs.mjs').ProgramName[] }} wanted
 * @param {{ owned: import('../local/owned-processes.mjs').OwnedProcesses, progress: import('../local/progress.mjs').Progress }} tools
 * @returns {Promise<Prepared>}
 */
export async function prepare({ needed, optional = [] }, { owned, progress }) {
  const lock = await waitForLock(join(LOCAL, 'prepare.lock'), progress);
  try {
    const account = choosePostgresAccount();
    const [programs] = await Promise.all([
      provideAll(needed, optional, { owned, progress, account }),
      arePackagesInstalled(ROOT) ||
        progress.step('installing npm packages (npm ci)', () => installPackages(owned)),
    ]);
    return { programs, account };
  } finally {
    lock.release();
  }
}

/**
 * @param {import('../local/provide-programs.mjs').ProgramName[]} needed
 * @param {import('../local/provide-programs.mjs').ProgramName[]} optional
 * @param {Parameters<typeof providePrograms>[1]} tools
 */
async function provideAll(needed, optional, tools) {
  const programs = await providePrograms(needed, tools);
  return { ...programs, ...(await provideOptionalPrograms(optional, tools)) };
}

/**
 * Builds what has changed.
 * @param {{ owned: import('../local/owned-processes.mjs').OwnedProcesses, progress: import('../local/progress.mjs').Progress }} tools
 * @throws {SetupError} with what the compiler says
 */
export async function build({ owned, progress }) {
  await progress.step('building (tsc -b)', async () => {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { code, output, errors } = await tryCommand(owned, [tsc, '-b', '--pretty', 'false'], { cwd: ROOT });
    if (code !== 0) throw new SetupError(`The build failed:\n${(output + errors).trim()}`);
  });
}

/**
 * Runs it until it is done or the user asks to stop.
 * @template T
 * @param {{ first: Promise<string> }} stop
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 * @throws {StoppedError}
 */
export function unlessStopped(stop, work) {
  return Promise.race([
    work,
    stop.first.then((why) => {
      throw new StoppedError(why);
    }),
  ]);
}

/**
 * @param {string} path
 * @param {import('../local/progress.mjs').Progress} progress
 */
async function waitForLock(path, progress) {
  for (let tries = 0; ; tries++) {
    const lock = takeLock(path);
    if ('release' in lock) return lock;
    if (tries === 0) progress.say(`… waiting for another command that installs here (pid ${lock.heldBy})`);
    await sleep(200);
  }
}
