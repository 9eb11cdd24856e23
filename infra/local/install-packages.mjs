import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { runCommand } from './run-command.mjs';

/** Inside node_modules, so that it goes when they go. */
const STAMP = join(ROOT, 'node_modules', '.trunkline-stamp');

/** Whether node_modules is what package-lock.json says, on this platform; an interrupted install leaves no stamp. */
export function arePackagesInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/** Notes that node_modules is complete. */
export function stampPackages() {
  writeFileSync(STAMP, wantedStamp());
}

/** @param {import('./owned-processes.mjs').OwnedProcesses} owned */
export async function installPackages(owned) {
  const argv = [...npm(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress'];
  await runCommand(owned, argv, {
    cwd: ROOT,
    env: npmEnvironment(),
    hint:
      'Look at the first "npm error" line. A network error: check `npm config get registry` and your proxy. ' +
      'EUSAGE: package.json and package-lock.json disagree. Then run the command again.',
  });
  stampPackages();
}

function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  return `${hash.digest('hex')} ${process.platform}-${process.arch} node${process.versions.node.split('.')[0]}`;
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
