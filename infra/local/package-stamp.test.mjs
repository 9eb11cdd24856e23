import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { arePackagesInstalled, stampPackages, wantedPackages } from './package-stamp.mjs';
import { temporaryFolder } from './testing.mjs';

test('installed packages stay installed', () => {
  const root = installed();
  expect(arePackagesInstalled(root)).toBe(true);
  write(root, { 'packages/sip/src/parse.ts': 'export {}', 'packages/left-over/dist/index.js': '' });
  expect(arePackagesInstalled(root)).toBe(true);
});

test.for([
  ['the lock file changes', 'package-lock.json'],
  ['the root package.json changes', 'package.json'],
  ["a workspace's package.json changes", 'packages/sip/package.json'],
  ['a workspace that is named by itself changes', 'tools/package.json'],
  ['there is a new workspace', 'packages/media/package.json'],
  ["npm's settings change", '.npmrc'],
  ['somebody else let npm change node_modules', 'node_modules/.package-lock.json'],
])('packages are installed again when %s', ([, path = '']) => {
  const root = installed();
  write(root, { [path]: '{ "workspaces": ["packages/*", "tools"], "now": "different" }' });
  expect(arePackagesInstalled(root)).toBe(false);
});

test('packages are installed again when a workspace is gone', () => {
  const root = installed();
  rmSync(join(root, 'packages/sip'), { recursive: true });
  expect(arePackagesInstalled(root)).toBe(false);
});

test('without a stamp nothing counts as installed', () => {
  const root = installed();
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(arePackagesInstalled(root)).toBe(false);
});

test('what is pulled while npm is at work is installed the next time', () => {
  const root = installed();
  const wanted = wantedPackages(root);
  write(root, { 'package-lock.json': '{ "pulled": true }' });
  stampPackages(root, wanted);
  expect(arePackagesInstalled(root)).toBe(false);
});

/** A checkout in which npm ci has just ended. */
function installed() {
  const root = temporaryFolder();
  write(root, {
    'package.json': '{ "workspaces": ["packages/*", "tools"] }',
    'package-lock.json': '{}',
    'packages/sip/package.json': '{}',
    'tools/package.json': '{}',
    'node_modules/.package-lock.json': '{}',
  });
  stampPackages(root, wantedPackages(root));
  return root;
}

/**
 * @param {string} root
 * @param {Record<string, string>} files
 */
function write(root, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
