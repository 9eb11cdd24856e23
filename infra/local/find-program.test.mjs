import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expand, findUnpacked, PROGRAMS } from './find-program.mjs';
import { temporaryFolder } from './testing.mjs';
import { neededPackages } from './unpack-packages.mjs';

test('of several versions the highest comes first', () => {
  const dir = temporaryFolder();
  for (const version of ['9', '17', '15']) mkdirSync(join(dir, version, 'bin'), { recursive: true });
  mkdirSync(join(dir, '18'));
  expect(expand(`${dir}/*/bin`)).toEqual(['17', '15', '9'].map((version) => join(dir, version, 'bin')));
  expect(expand(`${dir}/nothing/*/bin`)).toEqual([]);
});

test('a program counts as found only when all of its commands are together', () => {
  const root = temporaryFolder();
  const bin = join(root, 'usr/lib/postgresql/17/bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'usr/lib/x86_64-linux-gnu'));
  const add = (/** @type {string} */ name) => {
    writeFileSync(join(bin, name), '');
    chmodSync(join(bin, name), 0o755);
  };
  add('postgres');
  expect(findUnpacked(PROGRAMS.postgres, root)).toBeNull();
  add('initdb');
  expect(findUnpacked(PROGRAMS.postgres, root)).toEqual({
    paths: [join(bin, 'postgres'), join(bin, 'initdb')],
    libraryPath: join(root, 'usr/lib/x86_64-linux-gnu'),
    root,
    modules: '',
  });
});

test('of what apt would install, only what a server needs is fetched', () => {
  const uris = `'http://deb.debian.org/debian/pool/main/r/redis/redis-tools_7.0.15-1_amd64.deb' redis-tools_5%3a7.0.15-1_amd64.deb 989 MD5Sum:1
'http://deb.debian.org/debian/pool/main/l/libllvm14.deb' libllvm14_1%3a14_amd64.deb 1 MD5Sum:2
'http://deb.debian.org/debian/pool/main/p/postgresql_15.deb' postgresql_15+248_all.deb 1 MD5Sum:3
'http://deb.debian.org/debian/pool/main/p/postgresql-15_15.deb' postgresql-15_15.18_amd64.deb 1 MD5Sum:4
`;
  expect(neededPackages(uris)).toEqual(['redis-tools', 'postgresql-15']);
});
