import type { Call } from '@trunkline/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { callOperations } from './call-operations.js';

let ports: TestPorts;
let api: TestApi;
beforeAll(async () => {
  ports = createTestPorts();
  api = await startTestApi(callOperations(ports));
});
afterAll(() => api.close());

const ADDRESSES = ['+15551230001', '15551230001', 'alice', "ä+~'b", '*31#17'];
const STATUSES = ['queued', 'completed', 'busy'] as const;
const DAYS = ['2026-11-23', '2026-11-24', '2026-11-25'];

const someCall: fc.Arbitrary<Partial<Call>> = fc.record({
  to: fc.constantFrom(...ADDRESSES),
  from: fc.constantFrom(...ADDRESSES),
  status: fc.constantFrom(...STATUSES),
  startTime: fc.option(fc.constantFrom(...DAYS.map((day) => `${day}T12:00:00.000Z`)), { nil: null }),
  durationSeconds: fc.option(fc.nat(3), { nil: null }),
  metadata: fc.constantFrom<Call['metadata'][]>({}, { order: '17' }, { order: 'ä&=' }),
});

/** A parameter, and what it asks of a call. */
const FILTERS: [string, string, (call: Call) => boolean][] = [
  ['To', '15551230001', ({ to }) => to.endsWith('15551230001')],
  ['From', '+15551230001', ({ from }) => from.endsWith('15551230001')],
  ['To', "ä+~'b", ({ to }) => to === "ä+~'b"],
  ['From', '*31#17', ({ from }) => from === '*31#17'],
  ['Status', 'busy,completed', ({ status }) => status !== 'queued'],
  ['StartTime', '2026-11-24', ({ startTime }) => startTime?.startsWith('2026-11-24') === true],
  ['StartTime>', '2026-11-24', ({ startTime }) => startTime !== null && startTime > '2026-11-24'],
  ['Duration<', '1', ({ durationSeconds }) => durationSeconds !== null && durationSeconds <= 1],
  ['Metadata.order', 'ä&=', ({ metadata }) => metadata.order === 'ä&='],
];
const someFilters = fc
  .subarray(FILTERS)
  .filter((filters) => new Set(filters.map(([name]) => name)).size === filters.length);
const someOrder = fc.constantFrom('', 'DateCreated:asc', 'To:desc', 'Duration', 'StartTime:desc');

interface PageJson {
  total: number;
  num_pages: number;
  start: number;
  end: number;
  calls: { sid: string }[];
  uri: string;
  first_page_uri: string;
  next_page_uri: string | null;
  previous_page_uri: string | null;
  last_page_uri: string;
}

async function readPage(uri: string): Promise<PageJson> {
  const response = await api.send('GET', uri);
  expect(response.status).toBe(200);
  return (await response.json()) as PageJson;
}

/** Every page from this one on, by its links. */
async function walk(uri: string, link: 'next_page_uri' | 'previous_page_uri'): Promise<PageJson[]> {
  const pages: PageJson[] = [];
  for (let next: string | null = uri; next !== null; next = pages.at(-1)?.[link] ?? null) {
    pages.push(await readPage(next));
    if (pages.length > 50) throw new Error('the pages have no end');
  }
  return pages;
}

const sidsOf = (pages: PageJson[]) => pages.flatMap(({ calls }) => calls.map(({ sid }) => sid));

test('pages put together are the filtered calls, once each, and each URI keeps the filters', async () => {
  const lists = fc.record({
    calls: fc.array(someCall, { maxLength: 12 }),
    filters: someFilters,
    order: someOrder,
    pageSize: fc.integer({ min: 1, max: 5 }),
    arrivals: fc.array(someCall, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(lists, async ({ calls, filters, order, pageSize, arrivals }) => {
      ports.history.records.clear();
      const records = calls.map((call) => testRecord(call));
      ports.history.add(...records);
      const kept: [string, string][] = filters.map(([name, value]) => [name, value]);
      if (order !== '') kept.push(['SortBy', order]);
      const query = new URLSearchParams([...kept, ['PageSize', String(pageSize)]]);
      const pages = await walk(`/2012-04-24/Calls.json?${query}`, 'next_page_uri');
      const wanted = records
        .map(({ call }) => call)
        .filter((call) => filters.every(([, , passes]) => passes(call)))
        .map(({ sid }) => sid);
      expect(sidsOf(pages).toSorted()).toEqual(wanted.toSorted());
      let start = 0;
      for (const page of pages) {
        expect([page.total, page.num_pages]).toEqual([wanted.length, Math.ceil(wanted.length / pageSize)]);
        expect([page.start, page.end]).toEqual([start, start + Math.max(0, page.calls.length - 1)]);
        start += page.calls.length;
        for (const uri of [page.uri, page.first_page_uri, page.next_page_uri, page.last_page_uri]) {
          if (uri === null) continue;
          const parameters = new URL(uri, api.url).searchParams;
          for (const [name, value] of kept) expect(parameters.get(name)).toBe(value);
        }
      }
      const back = await walk(pages.at(-1)?.uri ?? '', 'previous_page_uri');
      expect(sidsOf(back.toReversed())).toEqual(sidsOf(pages));
      // Whatever arrives between two pages, those that were there come once each.
      const [first] = pages;
      ports.history.add(...arrivals.map((call) => testRecord(call)));
      const rest = first?.next_page_uri ? await walk(first.next_page_uri, 'next_page_uri') : [];
      const seen = [...sidsOf(first ? [first] : []), ...sidsOf(rest)];
      expect(seen.filter((sid) => wanted.includes(sid))).toEqual(sidsOf(pages));
      expect(new Set(seen).size).toBe(seen.length);
    }),
    { numRuns: 60 },
  );
}, 60_000);
