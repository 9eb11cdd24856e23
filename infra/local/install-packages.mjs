import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { stampPackages, wantedPackages } from './package-stamp.mjs';
import { runCommand } from './run-command.mjs';

/** @param {import('./owned-processes.mjs').OwnedProcesses} owned */
export async function installPackages(owned) {
  const wanted = wantedPackages(ROOT);
  // A user's npm settings may leave either out; compilers of the platform are optional packages.
  const include = ['--include=dev', '--include=optional'];
  await runCommand(owned, [...npm(), 'ci', ...include, '--no-audit', '--no-fund', '--no-progress'], {
    cwd: ROOT,
    env: npmEnvironment(),
    hint:
      'Look at the first "npm error" line. A network error: check `npm config get registry` and your proxy. ' +
      'EUSAGE: package.json and package-lock.json disagree. Then run the command again.',
  });
  stampPackages(ROOT, wanted);
}

/** The npm that runs us, else the one that came with this Node, else the one on PATH. */
function npm() {
  const bundled = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = process.env.npm_execpath ?? (existsSync(bundled) ? bundled : '');
  return script.endsWith('.js') ? [process.execPath, script] : ['npm'];
}

/** NODE_ENV=production, which some shells export, would leave out what the build needs. */
function npmEnvironment() {
  const { NODE_ENV, ...env } = process.env;
  return env;
}
