import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Which of our packages each room may import, as the tables of ARCHITECTURE.md say. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/sip': [],
  'packages/media': [],
  'packages/rcml': [],
  'packages/runtime': [],
  'packages/webhook': [],
  'packages/queue': ['contracts'],
  'packages/bus': ['contracts'],
  'packages/store': ['contracts'],
  'packages/directory': ['contracts'],
  'packages/limits': [],
  'services/api': ['contracts', 'queue', 'bus', 'store', 'runtime', 'directory', 'limits'],
  'services/dialer': [
    'contracts',
    'sip',
    'media',
    'rcml',
    'queue',
    'bus',
    'runtime',
    'webhook',
    'directory',
    'limits',
  ],
  'services/recorder': ['contracts', 'queue', 'bus', 'store', 'runtime'],
  'services/notifier': ['contracts', 'bus', 'runtime', 'webhook', 'directory'],
  'services/simulator': ['sip', 'media', 'runtime'],
};

const HTTP_SERVERS = ['packages/runtime', 'services/api'];

/** The rooms of each library: whoever else wants what it does asks them. */
const ONLY_IN: Record<string, readonly string[]> = {
  nats: ['packages/bus'],
  bullmq: ['packages/queue'],
  ioredis: ['packages/queue', 'packages/limits'],
  'rate-limiter-flexible': ['packages/limits'],
  'big.js': ['packages/contracts'],
  'csv-stringify': ['services/api'],
  'swagger-ui-dist': ['services/api'],
  'google-libphonenumber': ['services/api'],
  pg: ['packages/store'],
  'node-pg-migrate': ['packages/store'],
  pino: ['packages/runtime'],
  'prom-client': ['packages/runtime'],
  hono: HTTP_SERVERS,
  '@hono/node-server': HTTP_SERVERS,
  undici: ['packages/webhook'],
  'ipaddr.js': ['packages/webhook'],
  'sdp-transform': ['packages/media'],
  saxes: ['packages/rcml'],
  'fast-xml-parser': ['services/api'],
  uuid: ['packages/contracts'],
  zod: ['packages/contracts', 'packages/runtime', 'services/api', 'services/dialer'],
};

/** What all layers of packages/sip may use, and their list. */
const BESIDE_LAYERS = ['clock.ts', 'errors.ts', 'index.ts', 'random-token.ts'];

interface SourceFile {
  path: string;
  room: string;
  imports: string[];
  text: string;
}

const files = ['packages', 'services'].flatMap((top) =>
  readdirSync(join(ROOT, top)).flatMap((name) => readRoom(`${top}/${name}`)),
);
const shipped = files.filter((file) => !file.path.endsWith('.test.ts'));

test('every folder of packages and services is in the table, and the table names no other', () => {
  expect([...new Set(files.map((file) => file.room))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('ARCHITECTURE.md shows the same rooms, and what each may import', () => {
  const lines = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').split('\n');
  const shown = {
    ...roomsOfTable(lines, { firstColumn: 'package', folder: 'packages' }),
    ...roomsOfTable(lines, { firstColumn: 'service', folder: 'services' }),
  };
  expect(shown).toEqual(MAY_IMPORT);
});

describe.each(Object.entries(MAY_IMPORT))('%s', (room, allowed) => {
  const own = files.filter((file) => file.room === room);

  test('imports only what the table allows', () => {
    const wrong = own.flatMap((file) =>
      ourPackages(file)
        .filter((name) => !allowed.includes(name))
        .map((name) => `${file.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('declares exactly what it imports', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, room, 'package.json'), 'utf8'));
    const used = new Set(
      own
        .filter((file) => !file.path.endsWith('.test.ts') && !file.path.includes('/testing'))
        .flatMap((file) => file.imports.filter((name) => !name.startsWith('.') && !name.startsWith('node:')))
        .map(packageOf),
    );
    expect([...used].sort()).toEqual(Object.keys(manifest.dependencies ?? {}).sort());
  });
});

test('nobody reaches into a package or out of a room by path', () => {
  const wrong = files.flatMap((file) =>
    file.imports
      .filter((name) => /^@trunkline\/[^/]+\/(?!testing$)/.test(name) || leavesRoom(file, name))
      .map((name) => `${file.path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('a library is imported in its rooms only, and every library has some', () => {
  const wrong = shipped.flatMap((file) =>
    librariesOf(file)
      .filter((name) => !ONLY_IN[name]?.includes(file.room))
      .map((name) => `${file.path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('the layers of packages/sip, as ARCHITECTURE.md shows them, import nothing that is above them', () => {
  const layers = sipLayers(readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').split('\n'));
  const layerOf = (path: string) =>
    layers.findIndex((names) => names.some((name) => name.test(basename(path, '.ts'))));
  const own = shipped.filter(({ path }) => /^packages\/sip\/src\/[^/]+\.ts$/.test(path));
  const wrong = own.flatMap((file) =>
    file.imports
      .flatMap((name) => resolveLocal(file, name))
      .filter((path) => layerOf(file.path) >= 0 && layerOf(path) > layerOf(file.path))
      .map((path) => `${file.path} imports ${path}`),
  );
  expect(wrong).toEqual([]);
  const outside = own.map(({ path }) => path).filter((path) => layerOf(path) < 0);
  expect(outside.map((path) => basename(path)).sort()).toEqual(BESIDE_LAYERS);
});

test('no file imports itself in a circle', () => {
  const graph = new Map(
    shipped.map((file) => [file.path, file.imports.flatMap((name) => resolveLocal(file, name))]),
  );
  expect([...graph.keys()].flatMap((path) => circleFrom(path, graph))).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = shipped.filter((file) => /\bprocess\.env\b/.test(file.text)).map((file) => file.path);
  expect(readers.filter((path) => !path.endsWith('/config.ts'))).toEqual([]);
});

function readRoom(room: string): SourceFile[] {
  const source = join(ROOT, room, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const text = readFileSync(join(source, name), 'utf8');
      return { path: relative(ROOT, join(source, name)), room, imports: importsOf(text), text };
    });
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function ourPackages(file: SourceFile): string[] {
  return file.imports
    .filter((name) => name.startsWith('@trunkline/'))
    .map((name) => packageOf(name).slice('@trunkline/'.length));
}

/** Whose code runs in production: what only a package's testing door imports is left out. */
function librariesOf(file: SourceFile): string[] {
  return file.imports
    .filter((name) => !/^(\.|node:|@trunkline\/)/.test(name))
    .map(packageOf)
    .filter((name) => name in ONLY_IN || !file.path.includes('/testing'));
}

/** The rooms that a table with the columns `<firstColumn> | ... | may import` names, by folder. */
function roomsOfTable(
  lines: string[],
  { firstColumn, folder }: { firstColumn: string; folder: string },
): Record<string, string[]> {
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const isHead = (line: string) => cellsOf(line)[0] === firstColumn && cellsOf(line).at(-1) === 'may import';
  const rows = lines.slice(lines.findIndex(isHead) + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return Object.fromEntries(
    rows.slice(0, end).map((line) => {
      const cells = cellsOf(line);
      return [`${folder}/${cells[0]}`, (cells.at(-1) ?? '').match(/[a-z]+/g) ?? []];
    }),
  );
}

/** The names of the files of each layer, from below, as the table with the columns `layer | files | …` has them. */
function sipLayers(lines: string[]): RegExp[][] {
  const rows = lines.slice(lines.findIndex((line) => line.startsWith('| layer | files |')) + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((row) =>
      [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(
        ([, name = '']) => new RegExp(`^${name.replaceAll('*', '.*')}$`),
      ),
    );
}

function leavesRoom(file: SourceFile, name: string): boolean {
  if (!name.startsWith('.')) return false;
  const target = relative(join(ROOT, file.room, 'src'), join(ROOT, file.path, '..', name));
  return target.startsWith('..');
}

function resolveLocal(file: SourceFile, name: string): string[] {
  if (!name.startsWith('.')) return [];
  return [relative(ROOT, join(ROOT, file.path, '..', name.replace(/\.js$/, '.ts')))];
}

function circleFrom(start: string, graph: Map<string, string[]>): string[] {
  const seen = new Set<string>();
  const waiting = [...(graph.get(start) ?? [])];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (path === start) return [start];
    if (seen.has(path)) continue;
    seen.add(path);
    waiting.push(...(graph.get(path) ?? []));
  }
  return [];
}
