import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Inside node_modules, so that it goes when they go. */
const STAMP = join('node_modules', '.trunkline-stamp');
/** Where npm notes what it put there, or took away again. */
const PUT_THERE = join('node_modules', '.package-lock.json');

/**
 * Everything that `npm ci` makes node_modules from, as a few words: lock file, every package.json, npm's settings, and the
 * platform that optional packages are chosen for.
 * @param {string} root the checkout's
 */
export function wantedPackages(root) {
  const sources = ['package-lock.json', 'package.json', '.npmrc', ...manifestsOfWorkspaces(root)];
  const { platform, arch, versions } = process;
  return `${digest(root, sources)} ${platform}-${arch}-${libc()} node${versions.node.split('.')[0]}`;
}

/**
 * Whether node_modules is still what `npm ci` made of what is wanted now; an interrupted install leaves no stamp.
 * @param {string} root
 */
export function arePackagesInstalled(root) {
  const path = join(root, STAMP);
  return existsSync(path) && readFileSync(path, 'utf8') === stampOf(root, wantedPackages(root));
}

/**
 * Notes that node_modules is complete.
 * @param {string} root
 * @param {string} wanted what was wanted before npm read it: a pull in the meantime must not count as installed
 */
export function stampPackages(root, wanted) {
  writeFileSync(join(root, STAMP), stampOf(root, wanted));
}

/**
 * @param {string} root
 * @param {string} wanted
 */
function stampOf(root, wanted) {
  return `${wanted} ${digest(root, [PUT_THERE])}`;
}

/**
 * The workspaces are folders (`packages/*`) or single ones; a folder without package.json is nothing to npm.
 * @param {string} root
 * @returns {string[]}
 */
function manifestsOfWorkspaces(root) {
  /** @type {{ workspaces?: string[] }} */
  const { workspaces = [] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [join(pattern, 'package.json')];
    const folder = pattern.slice(0, -2);
    const names = existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : [];
    return names.map((name) => join(folder, name, 'package.json'));
  });
}

/**
 * @param {string} root
 * @param {string[]} paths those that are not there are left out
 */
function digest(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths.filter((one) => existsSync(join(root, one)))) {
    const content = readFileSync(join(root, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Alpine's and everybody else's native packages differ, and a checkout may be seen by both: mounted into a container. */
function libc() {
  if (process.platform !== 'linux') return 'system';
  /** @type {{ header?: { glibcVersionRuntime?: string } }} */
  const report = process.report.getReport();
  return report.header?.glibcVersionRuntime ? 'glibc' : 'musl';
}
