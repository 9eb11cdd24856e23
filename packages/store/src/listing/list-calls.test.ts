import {
  ANSWERED_BY,
  CALL_STATUSES,
  type Call,
  type CallRecord,
  mintSid,
  supersedes,
} from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { BadCursorError } from '../errors.js';
import { migrate } from '../migrate.js';
import { type ListTuning, listCalls } from '../queries/list-calls.js';
import { writeCalls } from '../queries/write-calls.js';
import { CENTRE, type Life, recordsOf } from '../testing/call-lives.js';
import { mintCallSidAt } from '../testing/call-sid.js';
import { countsOf, readCounts } from '../testing/count-model.js';
import { matches, modelList } from '../testing/list-model.js';
import { ask, back, byNumber, onwards, type Question, sidsOf } from '../testing/list-walks.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';
import { type CallFilter, type CallPage, type ListOrder, SORT_KEYS } from './list-request.js';
import { sidMs } from './sid-range.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase(process.env.TEST_DATABASE_URL);
  await migrate(server.url);
  database = openDatabase({ url: server.url, poolSize: 4, onError: () => {} });
});
afterAll(async () => {
  await database?.close();
  await server?.drop();
});

const ADDRESSES = [
  '+15551230001',
  '15551230001',
  '+15551230002',
  'alice',
  '+alice',
  'sip:bob@example.com',
  '',
];
const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;
const PARENTS = ['CA0000000000007000000000000000000a', 'CA0000000000007000000000000000000b'];
const METADATA = [{}, { campaign: 'a' }, { campaign: 'a', row: '1' }, { campaign: 'b' }];
const PRICES = [null, '0.01', '0.5', '12.75'];

/** In one bucket, across its bounds, or anywhere in months. */
const moment = fc.oneof(
  fc.integer({ min: -50, max: 50 }),
  fc.integer({ min: -200_000, max: 200_000 }),
  fc.integer({ min: -(2 ** 26), max: 2 ** 26 }),
  fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
);
const delay = fc.oneof(fc.nat(1000), fc.nat(300_000), fc.nat(2 ** 31));

/** What a call of a status says at a time; one in three has times that its status should not have. */
const state = fc.record({
  status: fc.constantFrom(...CALL_STATUSES),
  talk: fc.option(delay),
  end: delay,
  isOdd: fc.nat(2).map((n) => n === 0),
  answered: fc.boolean(),
  answeredBy: fc.constantFrom(null, ...ANSWERED_BY.slice(0, 2)),
  price: fc.constantFrom(...PRICES),
  sipCode: fc.constantFrom(null, 200, 486),
  deleted: fc.nat(9).map((n) => n === 0),
});
const life = fc.record({
  at: moment,
  to: fc.constantFrom(...ADDRESSES),
  from: fc.constantFrom(...ADDRESSES.slice(0, 3)),
  direction: fc.constantFrom(...DIRECTIONS),
  parentCallSid: fc.constantFrom(null, null, ...PARENTS),
  metadata: fc.constantFrom(...METADATA),
  stranger: fc.nat(9).map((n) => n === 0),
  states: fc.array(state, { minLength: 1, maxLength: 3 }),
});
/** What becomes busy before the first, the second and the third state, if anything does. */
const BUSY = ['t:15551230001', 'f:15551230001', 't:alice'];

async function becomeBusy(accountSid: string, scope: string): Promise<void> {
  const text = 'select count_address($1, $2)';
  await database.run({ name: 'count-address', text, values: [accountSid, scope] });
}

/** Writes the lives state by state, some with their next ones in the same batch. @returns the calls as they must be */
async function write(lives: readonly Life[], accountSid: string): Promise<Call[]> {
  const records = recordsOf(lives, accountSid);
  const kept = new Map<string, CallRecord>();
  for (const place of [0, 1, 2]) {
    const busy = BUSY[place];
    if (busy !== undefined && lives.length % 2 === 0) await becomeBusy(accountSid, busy);
    const batch = records.flatMap((one, index) =>
      index % 4 === 0 && place === 0 ? one : one.slice(place, place + 1),
    );
    for (const record of batch) {
      const current = kept.get(record.call.sid);
      if (current === undefined || supersedes(record, current)) kept.set(record.call.sid, record);
    }
    await writeCalls(database, batch);
  }
  return [...kept.values()].map(({ call }) => call);
}

const date = fc.oneof(moment, delay).map((ms) => new Date(CENTRE + ms));
/** Mostly one bound, or two in their order; now and then any three. */
const range = fc.oneof(
  { weight: 3, arbitrary: date.map((from) => ({ from })) },
  { weight: 3, arbitrary: date.map((until) => ({ until })) },
  { weight: 3, arbitrary: date.map((atOrBefore) => ({ atOrBefore })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(date, date)
      .map((dates) => dates.sort((one, other) => one.getTime() - other.getTime()))
      .map(([from, until]) => ({ from: from as Date, until: until as Date })),
  },
  { weight: 1, arbitrary: fc.record({ from: date, until: date, atOrBefore: date }, { requiredKeys: [] }) },
);
const addresses = fc.constantFrom(...ADDRESSES);
const counted = {
  status: fc.uniqueArray(fc.constantFrom(...CALL_STATUSES), { maxLength: 7, size: 'max' as const }),
  direction: fc.uniqueArray(fc.constantFrom(...DIRECTIONS), { minLength: 1, maxLength: 2 }),
  startTime: range,
  endTime: range,
  dateCreated: range,
  to: addresses,
  from: addresses.filter((address) => address.includes('1')),
};
const uncounted = {
  answeredBy: fc.constant(['human' as const]),
  parentCallSid: fc.constantFrom(...PARENTS),
  durationSeconds: fc.record({ min: fc.nat(100), max: fc.nat(400) }, { requiredKeys: [] }),
  price: fc.constantFrom({ min: '0.5' }, { max: '0.50' }, { min: '0.05', max: '12' }),
  sipCode: fc.constant([486, 503]),
  metadata: fc.constantFrom(...METADATA),
};

/** At most so many of the conditions. */
function fewOf(conditions: Record<string, fc.Arbitrary<unknown>>, most: number): fc.Arbitrary<CallFilter> {
  return fc
    .tuple(fc.shuffledSubarray(Object.keys(conditions), { maxLength: most }), fc.record(conditions))
    .map(([names, all]) => Object.fromEntries(names.map((name) => [name, all[name]])));
}

const tags = fc.constantFrom(...METADATA.slice(1));
const filters: fc.Arbitrary<CallFilter> = fc.oneof(
  fewOf(counted, 1),
  fewOf(counted, 3),
  fewOf({ ...counted, ...uncounted }, 2),
  // These are found in ways of their own.
  fc
    .tuple(fewOf({ ...counted, ...uncounted }, 2), tags)
    .map(([filter, metadata]) => ({ ...filter, metadata })),
);
const orders: fc.Arbitrary<ListOrder> = fc.record({
  by: fc.oneof(fc.constant('DateCreated' as const), fc.constantFrom(...SORT_KEYS)),
  descending: fc.boolean(),
});
/** As few rows as a test has must do for the counters to be asked down to their leaves. */
const tunings: fc.Arbitrary<ListTuning> = fc.constantFrom(
  { fewRows: 0, firstRows: 0 },
  { fewRows: 3, firstRows: 9 },
  { fewRows: 300, firstRows: 500 },
);
const question = fc.record({
  filter: filters,
  sort: orders,
  tuning: tunings,
  pageSize: fc.integer({ min: 1, max: 9 }),
});
function expectList(pages: readonly CallPage[], expected: readonly Call[]): void {
  expect(sidsOf(pages.flatMap(({ calls }) => calls))).toEqual(sidsOf(expected));
  let start = 0;
  for (const page of pages) {
    expect(page.total).toBe(expected.length);
    if (page.calls.length > 0) expect(page.start).toBe(start);
    start += page.calls.length;
  }
}

describe('any set of calls and any filter', () => {
  test('the pages put together are the filtered set in order, once each, with the exact total and start', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 50, size: 'max' }),
        fc.array(question, { minLength: 5, maxLength: 5 }),
        async (lives, questions) => {
          const accountSid = mintSid('AC');
          const calls = (await write(lives, accountSid)).filter((call) => call.accountSid === accountSid);
          for (const drawn of questions) {
            const asked = { ...drawn, database, accountSid };
            const expected = modelList(calls, asked.filter, asked.sort);
            expectList(await byNumber(asked, expected.length), expected);
            expectList(await onwards(asked), expected);
            expectList(await back(asked, expected.length), expected);
          }
        },
      ),
      { numRuns: Number(process.env.LIST_RUNS ?? 40) },
    );
  }, 600_000);

  test('the counters are what a count of the rows gives, and their bounds hold every time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 30, size: 'max' }), async (lives) => {
        const accountSid = mintSid('AC');
        const calls = await write(lives, accountSid);
        for (const account of new Set(calls.map((call) => call.accountSid))) {
          const own = calls.filter((call) => call.accountSid === account);
          expect(await readCounts(database, account)).toEqual(
            countsOf(own, new Set(account === accountSid && lives.length % 2 === 0 ? BUSY : [])),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('while calls are written', () => {
  test('a walk by cursor neither skips nor repeats a call that was there and still is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 5, maxLength: 25, size: 'max' }),
        fc.array(life, { minLength: 5, maxLength: 25, size: 'max' }),
        question,
        fc.boolean(),
        async (before, later, drawn, forwards) => {
          const accountSid = mintSid('AC');
          const asked = { ...drawn, database, accountSid };
          const there = modelList(
            (await write(before, accountSid)).filter((call) => call.accountSid === accountSid),
            asked.filter,
            asked.sort,
          );
          const writing = writeOneByOne(later, accountSid);
          const end = await ask({ ...asked, pageSize: 1 }, { page: Math.max(0, there.length - 1) });
          const pages = await (forwards ? onwards(asked) : walkBack(asked, end));
          await writing;
          const seen = sidsOf(pages.flatMap(({ calls }) => calls));
          // A call that changes what the list is sorted by moves to another place, perhaps one that is still to come.
          if (asked.sort.by === 'DateCreated') expect(new Set(seen).size).toBe(seen.length);
          const known = new Set(sidsOf(there));
          const expected = forwards ? there : there.filter((call) => isUpTo(end, call, asked));
          expect(seen.filter((sid) => known.has(sid))).toEqual(sidsOf(expected));
          for (const page of pages) {
            expect(page.start + page.calls.length).toBeLessThanOrEqual(page.total);
            expect(page.calls.every((call) => matches(call, asked.filter))).toBe(true);
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 600_000);

  /** Calls that arrive, change, and are deleted, each in a transaction of its own. */
  async function writeOneByOne(lives: readonly Life[], accountSid: string): Promise<void> {
    for (const records of recordsOf(lives, accountSid))
      for (const record of records) await writeCalls(database, [record]);
  }

  async function walkBack(asked: Question, end: CallPage): Promise<CallPage[]> {
    const pages = [end];
    for (let { cursors } = end; cursors; ) {
      const page = await ask(asked, { before: cursors.first });
      pages.unshift(page);
      cursors = page.cursors;
    }
    return pages;
  }

  /** The walk's own first page is the end of the list as it was then. */
  function isUpTo(end: CallPage, call: Call, { sort }: Question): boolean {
    const last = end.calls[0];
    return (
      last !== undefined && modelList([call, last], {}, sort)[last.sid === call.sid ? 0 : 1]?.sid === last.sid
    );
  }

  test('total and page are of one moment', async () => {
    const accountSid = mintSid('AC');
    const lives = fc.sample(life, 60).map((one) => ({ ...one, stranger: false }));
    const writing = writeOneByOne(lives, accountSid);
    let isWriting = true;
    void writing.finally(() => {
      isWriting = false;
    });
    const asked = {
      database,
      accountSid,
      filter: { status: ['completed' as const] },
      pageSize: 1000,
      tuning: { fewRows: 0, firstRows: 0 },
    };
    while (isWriting) {
      const sort = { by: 'DateCreated' as const, descending: true };
      const page = await ask({ ...asked, sort }, { page: 0 });
      expect(page.calls.length).toBe(page.total);
    }
    await writing;
  });
});

const newest = { by: 'DateCreated', descending: true } as const;

test.each(['', 'x', 'W10', Buffer.from('["Status",true,"CA1",null]').toString('base64url')])(
  'a cursor that the store did not make is refused: %j',
  async (after) => {
    const request = { filter: {}, sort: newest, at: { after }, pageSize: 5 };
    await expect(listCalls(database, { accountSid: mintSid('AC'), request })).rejects.toThrow(BadCursorError);
  },
);

test.each([
  ['StartTime', '0000-01-01T00:00:00.000Z'],
  ['EndTime', '2026-02-30T00:00:00.000Z'],
  ['Duration', 2 ** 31],
  ['Price', 'NaN'],
  ['To', 'nul\0'],
] as const)('nor one with a value that Postgres cannot compare with: %s %j', async (by, value) => {
  const place = [by, true, mintSid('CA'), value];
  const after = Buffer.from(JSON.stringify(place)).toString('base64url');
  const request = { filter: {}, sort: { by, descending: true }, at: { after }, pageSize: 5 };
  await expect(listCalls(database, { accountSid: mintSid('AC'), request })).rejects.toThrow(BadCursorError);
});

test.each<CallFilter>([
  { to: 'nul\0' },
  { metadata: { key: 'nul\0' } },
  { metadata: { 'nul\0': 'value' } },
  { metadata: { half: '\ud83d' } },
])('what Postgres cannot hold is found nowhere: %j', async (filter) => {
  const request = { filter, sort: newest, at: { page: 0 }, pageSize: 5 };
  const list = await listCalls(database, { accountSid: mintSid('AC'), request });
  expect(list).toEqual({ calls: [], total: 0, start: 0, cursors: null });
});

test('metadata is found by keys that no other account, and no other pair, has', async () => {
  const text = 'select metadata_keys($1, $2)::text[] || metadata_keys($3, $4)::text[] as keys';
  const keys = async (...values: string[]) =>
    (await database.run<{ keys: string[] }>({ name: 'metadata-keys', text, values })).rows[0]?.keys ?? [];
  const distinct = async (...values: string[]) => new Set(await keys(...values)).size;
  expect(await distinct('AC1', '{"a":"b"}', 'AC2', '{"a":"b"}')).toBe(2);
  expect(await distinct('AC1', '{"a":"bc"}', 'AC1', '{"ab":"c"}')).toBe(2);
  expect(await distinct('AC1', '{"a":"b"}', 'AC', '{"1a":"b"}')).toBe(2);
  expect(await distinct('AC1', '{"a":"b","c":"d"}', 'AC1', '{"c":"d"}')).toBe(2);
});

test('a cursor of another order is refused', async () => {
  const accountSid = mintSid('AC');
  await writeCalls(database, [{ call: queuedCall({ accountSid }), sequence: 1 }]);
  const request = { filter: {}, sort: newest, at: { page: 0 }, pageSize: 5 };
  const { cursors } = await listCalls(database, { accountSid, request });
  const turned = { ...request, sort: { ...newest, descending: false }, at: { after: cursors?.last ?? '' } };
  await expect(listCalls(database, { accountSid, request: turned })).rejects.toThrow(BadCursorError);
});

test('dateCreated goes by the moment in the Sid', () => {
  expect(sidMs(mintCallSidAt(CENTRE))).toBe(CENTRE);
});
