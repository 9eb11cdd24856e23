import { join } from 'node:path';
import { LOCAL } from './checkout.mjs';
import { SetupError } from './errors.mjs';
import { findInstalled, findUnpacked, PROGRAMS } from './find-program.mjs';
import { tryCommand } from './run-command.mjs';
import { PackageFetcher } from './unpack-packages.mjs';

/** @typedef {keyof typeof PROGRAMS} ProgramName */
/** @typedef {Partial<Record<ProgramName, import('./find-program.mjs').FoundProgram>>} Programs */

/**
 * Finds each program: installed, or fetched before, or fetched now.
 * @param {ProgramName[]} wanted
 * @param {{ owned: import('./owned-processes.mjs').OwnedProcesses, progress: import('./progress.mjs').Progress,
 *   account: import('./postgres-account.mjs').PostgresAccount }} tools
 * @returns {Promise<Programs>}
 * @throws {SetupError} naming every way to get what is missing
 */
export async function providePrograms(wanted, { owned, progress, account }) {
  /** @type {Programs} */
  const found = {};
  const folderOf = (/** @type {ProgramName} */ name) =>
    join(name === 'postgres' ? account.home : LOCAL, 'apt', name);
  const look = (/** @type {ProgramName} */ name) =>
    findInstalled(PROGRAMS[name]) ?? findUnpacked(PROGRAMS[name], folderOf(name));
  for (const name of wanted) {
    const program = look(name);
    if (program) found[name] = program;
  }
  const missing = wanted.filter((name) => !found[name]);
  if (missing.length === 0) return found;
  const names = missing.map((name) => PROGRAMS[name].name).join(', ');
  await progress.step(`fetching ${names} into .local/`, async () => {
    const fetcher = new PackageFetcher(owned, join(LOCAL, 'apt', 'state'));
    if (!(await fetcher.isUsable()))
      throw new SetupError(`${names}: not on this machine.`, howToGet(missing));
    try {
      await Promise.all(
        missing.map(async (name) => {
          await fetcher.unpack(PROGRAMS[name].packages, folderOf(name));
          found[name] = await checkRuns(name, findUnpacked(PROGRAMS[name], folderOf(name)), owned);
        }),
      );
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      throw new SetupError(error.message, `${error.hint}\n${howToGet(missing)}`.trim());
    } finally {
      fetcher.close();
    }
  });
  return found;
}

/** @type {Partial<Record<ProgramName, string>>} */
const VERSION_FLAGS = { sipp: '-v', kamailio: '-v', baresip: '-h' };

/**
 * @param {ProgramName} name
 * @param {import('./find-program.mjs').FoundProgram | null} program
 * @param {import('./owned-processes.mjs').OwnedProcesses} owned
 */
async function checkRuns(name, program, owned) {
  const packages = PROGRAMS[name].packages.join(' ');
  if (!program) throw new SetupError(`The packages ${packages} hold no ${PROGRAMS[name].name}.`);
  const flag = VERSION_FLAGS[name] ?? '--version';
  const env = { PATH: process.env.PATH ?? '', LD_LIBRARY_PATH: program.libraryPath, LC_ALL: 'C' };
  const { code, output, errors } = await tryCommand(owned, [program.paths[0] ?? '', flag], { env });
  // SIPp tells its version with exit code 99.
  // baresip has no such question: its help tells it, with exit code 254 or so.
  if (code === 0 || /SIPp v|baresip v/.test(output + errors)) return program;
  throw new SetupError(
    `${program.paths[0]} does not run: ${(errors || output).trim().slice(0, 300) || code}`,
  );
}

/**
 * Provides what tests can do without: one that cannot be had is told of, and left out.
 * @param {ProgramName[]} wanted
 * @param {Parameters<typeof providePrograms>[1]} tools
 * @returns {Promise<Programs>}
 */
export async function provideOptionalPrograms(wanted, tools) {
  /** @type {Programs} */
  const found = {};
  for (const name of wanted) {
    try {
      Object.assign(found, await providePrograms([name], tools));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      tools.progress.say(`– without ${PROGRAMS[name].name}, whose tests are skipped: ${error.message}`);
    }
  }
  return found;
}

/** @param {ProgramName[]} missing */
function howToGet(missing) {
  const kinds = missing.map((name) => PROGRAMS[name]);
  const servers = kinds
    .filter(({ variable }) => variable.endsWith('_URL'))
    .map(({ variable }) => `${variable}=…`);
  return [
    'Any one of these helps:',
    `  Debian, Ubuntu: apt-get install ${kinds.flatMap(({ packages }) => packages).join(' ')}`,
    `  macOS:          brew install ${kinds
      .map(({ formula }) => formula)
      .filter(Boolean)
      .join(' ')}`,
    ...(servers.length > 0 ? [`  servers that run already (TEST_… for npm test): ${servers.join(' ')}`] : []),
  ].join('\n');
}
