import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../local/checkout.mjs';
import { SetupError } from '../local/errors.mjs';
import { choosePostgresAccount } from '../local/postgres-account.mjs';
import { build, unlessStopped } from './prepare.mjs';
import { inThrowAwayPlace, provideTestServers } from './test-servers.mjs';

/**
 * Runs one file of test/bench (whole-cluster when none is named) against servers of its own, with the settings that
 * `npm start` gives them: data is synced to the disk as it would be in earnest. So it is where the sandbox's data is, since
 * /tmp may be memory, and be filled by ten million calls.
 * @type {import('./main.mjs').Command}
 */
export async function bench([name = 'whole-cluster', ...args], { progress, stop }) {
  const run = (/** @type {Place} */ place) => unlessStopped(stop, runOne(name, args, { ...place, progress }));
  return inThrowAwayPlace(run, choosePostgresAccount().home);
}

/**
 * @typedef {{ owned: import('../local/owned-processes.mjs').OwnedProcesses, dir: string }} Place
 * @param {string} name
 * @param {string[]} args what the benchmark is told
 * @param {Place & { progress: import('../local/progress.mjs').Progress }} context
 * @returns {Promise<number>}
 */
async function runOne(name, args, context) {
  const { start } = await provideTestServers({
    ...context,
    durable: true,
    peers: name.startsWith('sip') ? 'sipp' : 'none',
  });
  const [servers] = await Promise.all([
    context.progress.step('starting throw-away servers', start),
    build(context),
  ]);
  const path = join(ROOT, 'test', '.build', 'bench', `${name}.js`);
  if (!existsSync(path)) throw new SetupError(`There is no benchmark test/bench/${name}.ts.`);
  const argv = [process.execPath, path, ...args];
  const child = context.owned.launch(argv, {
    env: servers.env,
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  await servers.stop();
  return code ?? 1;
}
