import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * @param {{ owned: OwnedProcesses, dir: string, progress: import('../local/progress.mjs').Progress, durable: boolean, needsSipp: boolean }} options
 */
export async function provideTestServers({ owned, dir, progress, durable, needsSipp }) {
  const { env } = process;
  const given = {
    ...(env.TEST_DATABASE_URL ? { postgres: env.TEST_DATABASE_URL } : {}),
    ...(env.TEST_REDIS_URL ? { redis: env.TEST_REDIS_URL } : {}),
    ...(env.TEST_NATS_URL ? { nats: env.TEST_NATS_URL } : {}),
  };
  const servers = /** @type {const} */ (['postgres', 'redis', 'nats']).filter((name) => !(name in given));
  const sipp = needsSipp && !env.TEST_SIPP ? /** @type {const} */ (['sipp']) : [];
  const { programs, account } = await prepare([...servers, ...sipp], { owned, progress });
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

/**
 * @param {Record<'postgres' | 'redis' | 'nats', string>} urls
 * @param {import('../local/provide-programs.mjs').Programs} programs
 * @returns {NodeJS.ProcessEnv}
 */
function testEnvironment(urls, { sipp, nats }) {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.includes(name));
  return {
    ...Object.fromEntries(inherited),
    TEST_DATABASE_URL: urls.postgres,
    TEST_REDIS_URL: urls.redis,
    TEST_NATS_URL: urls.nats,
    // For tests of what happens when the server dies, which start one of their own.
    ...(nats ? { TEST_NATS_SERVER: nats.paths[0] } : {}),
    ...(sipp ? { TEST_SIPP: sipp.paths[0], TEST_SERVER_LIBRARY_PATH: sipp.libraryPath } : {}),
  };
}
