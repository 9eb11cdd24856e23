import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAMS } from '../local/find-program.mjs';
import { OwnedProcesses } from '../local/owned-processes.mjs';
import { startServers } from '../local/servers.mjs';
import { newSecrets } from '../local/settings.mjs';
import { prepare } from './prepare.mjs';

// Only what is named TEST_… is used: an inherited DATABASE_URL could be anybody's production.
const NOT_FOR_TESTS = ['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'NAMESPACE', 'NODE_ENV'];

/**
 * A folder and processes that are gone afterwards, however we end.
 * @template T
 * @param {(place: { owned: OwnedProcesses, dir: string }) => Promise<T>} run
 * @param {string} [parent] where the folder is made
 */
export async function inThrowAwayPlace(run, parent = tmpdir()) {
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(join(parent, 'trunkline-'));
  // Postgres may have to run as another user, who must be able to pass; each folder inside is closed by its owner.
  chmodSync(dir, 0o711);
  const owned = new OwnedProcesses({ removeDir: dir });
  try {
    return await run({ owned, dir });
  } finally {
    owned.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/**
 * Everything that tests and benchmarks run against, fresh, except for what TEST_… variables give.
 * @param {{ owned: OwnedProcesses, dir: string, progress: import('../local/progress.mjs').Progress, durable: boolean, peers: 'all' | 'sipp' | 'none' }} options
 */
export async function provideTestServers({ owned, dir, progress, durable, peers }) {
  const { env } = process;
  const given = {
    ...(env.TEST_DATABASE_URL ? { postgres: env.TEST_DATABASE_URL } : {}),
    ...(env.TEST_REDIS_URL ? { redis: env.TEST_REDIS_URL } : {}),
    ...(env.TEST_NATS_URL ? { nats: env.TEST_NATS_URL } : {}),
  };
  const servers = /** @type {const} */ (['postgres', 'redis', 'nats']).filter((name) => !(name in given));
  const sipp = peers !== 'none' && !env.TEST_SIPP ? /** @type {const} */ (['sipp']) : [];
  const optional = peers === 'all' ? PEERS.filter((name) => !env[PROGRAMS[name].variable]) : [];
  const { programs, account } = await prepare(
    { needed: [...servers, ...sipp], optional },
    { owned, progress },
  );
  const start = async () => {
    const logDir = join(dir, 'logs');
    const tempDir = join(dir, 'tmp');
    for (const folder of [logDir, tempDir]) mkdirSync(folder, { mode: 0o700 });
    const running = await startServers({
      owned,
      programs,
      account,
      dataDir: dir,
      postgresDir: join(dir, 'postgres'),
      logDir,
      durable,
      secrets: newSecrets(),
      ports: {},
      given,
      say: (line) => progress.say(line),
    });
    return { stop: running.kill, env: { ...testEnvironment(running.urls, programs), TMPDIR: tempDir } };
  };
  return { start };
}

/** Programs that nobody here wrote, which tests can do without: those that want one are skipped by name. */
const PEERS = /** @type {const} */ (['baresip', 'kamailio']);

/**
 * @param {'baresip' | 'kamailio'} name
 * @param {import('../local/find-program.mjs').FoundProgram | undefined} program
 * @returns {NodeJS.ProcessEnv}
 */
function peerEnvironment(name, program) {
  if (!program) return {};
  const { variable } = PROGRAMS[name];
  return {
    [variable]: program.paths[0],
    [`${variable}_MODULES`]: program.modules,
    [`${variable}_LIBRARY_PATH`]: program.libraryPath,
  };
}

/**
 * @param {Record<'postgres' | 'redis' | 'nats', string>} urls
 * @param {import('../local/provide-programs.mjs').Programs} programs
 * @returns {NodeJS.ProcessEnv}
 */
function testEnvironment(urls, programs) {
  const { sipp, nats } = programs;
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.includes(name));
  return {
    ...Object.fromEntries(inherited),
    TEST_DATABASE_URL: urls.postgres,
    TEST_REDIS_URL: urls.redis,
    TEST_NATS_URL: urls.nats,
    // For tests of what happens when the server dies, which start one of their own.
    ...(nats ? { TEST_NATS_SERVER: nats.paths[0] } : {}),
    ...(sipp ? { TEST_SIPP: sipp.paths[0], TEST_SERVER_LIBRARY_PATH: sipp.libraryPath } : {}),
    ...Object.assign({}, ...PEERS.map((name) => peerEnvironment(name, programs[name]))),
  };
}
