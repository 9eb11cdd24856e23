import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../local/checkout.mjs';
import { StoppedError } from '../local/errors.mjs';
import { countLine, countTests } from './count-tests.mjs';
import { build, unlessStopped } from './prepare.mjs';
import { reportError } from './report-error.mjs';
import { inThrowAwayPlace, provideTestServers } from './test-servers.mjs';

/**
 * Runs the tests against servers of their own. Its last line is `N passed, N failed`, whatever goes wrong.
 * @type {import('./main.mjs').Command}
 */
export async function test(args, { progress, stop }) {
  try {
    const counts = await inThrowAwayPlace((place) =>
      unlessStopped(stop, runAll(args, { ...place, progress })),
    );
    console.log(`\n${countLine(counts)}`);
    return counts.failed === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const code = reportError(error);
    console.log(`\n${countLine({ passed: 0, failed: 1, skipped: 0 })}`);
    return code;
  }
}

/**
 * @param {string[]} args
 * @param {{ owned: import('../local/owned-processes.mjs').OwnedProcesses, dir: string, progress: import('../local/progress.mjs').Progress }} context
 */
async function runAll(args, context) {
  const { progress, dir } = context;
  const { start } = await provideTestServers({ ...context, durable: false, peers: 'all' });
  const [servers, buildFailure] = await Promise.all([
    progress.step('starting throw-away servers', start),
    build(context).then(
      () => null,
      (error) => error,
    ),
  ]);
  const reportPath = join(dir, 'report.json');
  const code = await runVitest([...args, '--outputFile.json', reportPath], servers.env, context);
  await servers.stop();
  const counts = countTests(readReport(reportPath), code === 0);
  if (!buildFailure) return counts;
  // Most tests read the sources, so they were still worth running.
  console.error(`\n✗ ${buildFailure.message}`);
  return { ...counts, failed: counts.failed + 1 };
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {{ owned: import('../local/owned-processes.mjs').OwnedProcesses }} tools
 * @returns {Promise<number | null>}
 */
function runVitest(args, env, { owned }) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const argv = [process.execPath, vitest, 'run', '--reporter=default', '--reporter=json', ...args];
  const child = owned.launch(argv, { env, cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
