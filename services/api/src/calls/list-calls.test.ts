import { beforeEach, describe, expect, test } from 'vitest';
import { readParameters } from '../parameters/read-parameters.js';
import { DOOR_2010, DOOR_2012, type Door } from '../represent/door.js';
import type { PageLink } from '../represent/page.js';
import { knownAccount } from '../testing/known-account.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { listCalls } from './list-calls.js';
import { listParameters } from './list-parameters.js';

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

const ACCOUNT = knownAccount();

async function list(query: string, door: Door = DOOR_2012, account = ACCOUNT) {
  const { values, given } = readParameters(listParameters, new URLSearchParams(query));
  return listCalls(ports, { account, query: values, kept: given, door });
}

/** Follows a link as a client does: its number and its token, and the rest as before. */
function follow(query: string, link: PageLink | null, door?: Door) {
  const token = link?.token ? `&PageToken=${encodeURIComponent(link.token)}` : '';
  return list(`${query}&Page=${link?.page}${token}`, door);
}

function addCalls(count: number, changes: Parameters<typeof testRecord>[0] = {}): string[] {
  const records = Array.from({ length: count }, () => testRecord(changes));
  ports.history.add(...records);
  return records.map(({ call }) => call.sid);
}

const sidsOf = ({ items }: { items: readonly { sid: string }[] }) => items.map(({ sid }) => sid);

test.each([
  ['PageSize=2', { page: 0, pageCount: 3, total: 5, start: 0, end: 1 }],
  ['PageSize=2&Page=2', { page: 2, pageCount: 3, total: 5, start: 4, end: 4 }],
  ['', { page: 0, pageSize: 50, pageCount: 1, total: 5, start: 0, end: 4 }],
  ['PageSize=5', { pageCount: 1, start: 0, end: 4 }],
])('of five calls, %j shows where it is', async (query, place) => {
  addCalls(5);
  expect(await list(query)).toMatchObject(place);
});

test('an empty list has a first page and no others', async () => {
  const empty = { items: [], page: 0, pageCount: 0, total: 0, start: 0, end: 0, previous: null, next: null };
  expect(await list('')).toMatchObject(empty);
});

test('the first page has no previous and the last no next', async () => {
  addCalls(4);
  const [first, last] = [await list('PageSize=2'), await list('PageSize=2&Page=1')];
  expect([first.previous, first.next?.page, last.previous?.page, last.next]).toEqual([null, 1, 0, null]);
});

describe('a page past the last', () => {
  test('is refused at the door of 2012, and the last is named', async () => {
    await expect(list('Page=1')).rejects.toThrow('Page is past the last page, which is 0');
    addCalls(4);
    await expect(list('Page=2&PageSize=2')).rejects.toThrow('Page is past the last page, which is 1');
  });

  test('is empty at the door of 2010, whose client library walks until there is no next', async () => {
    addCalls(4);
    expect(await list('Page=2&PageSize=2', DOOR_2010)).toMatchObject({
      items: [],
      next: null,
      previous: null,
    });
  });
});

test('a page size that is too large is refused, or taken as the largest', async () => {
  await expect(list('PageSize=1001')).rejects.toThrow('PageSize must be a whole number from 1 to 1000');
  await expect(list('PageSize=0', DOOR_2010)).rejects.toThrow('PageSize must be');
  expect((await list('PageSize=2000', DOOR_2010)).pageSize).toBe(1000);
});

test.each(['99999999999999', '9'.repeat(400)])('a page size of %s is only too large', async (size) => {
  await expect(list(`PageSize=${size}`)).rejects.toThrow('PageSize must be a whole number from 1 to 1000');
  expect((await list(`PageSize=${size}`, DOOR_2010)).pageSize).toBe(1000);
});

test.each(['+15551230001', '15551230001', '%2B15551230001', '%2B1 (555) 123-0001'])(
  'To=%s finds a number in either form',
  async (to) => {
    const plus = addCalls(1, { to: '+15551230001' });
    const bare = addCalls(1, { to: '15551230001' });
    addCalls(1, { to: '+15551230002' });
    expect(sidsOf(await list(`To=${to}`))).toEqual([...bare, ...plus]);
  },
);

describe('while calls arrive', () => {
  test('tokens neither skip nor repeat, forth and back', async () => {
    const newestFirst = addCalls(6).toReversed();
    const first = await list('PageSize=2');
    const arrived = addCalls(3).toReversed();
    const second = await follow('PageSize=2', first.next);
    addCalls(1);
    const third = await follow('PageSize=2', second.next);
    expect([first, second, third].flatMap(sidsOf)).toEqual(newestFirst);
    expect(third).toMatchObject({ page: 2, start: 8, end: 9, total: 10, next: null });
    const back = await follow('PageSize=2', third.previous);
    expect([sidsOf(back), back.page]).toEqual([sidsOf(second), 1]);
    const front = await follow('PageSize=2', (await follow('PageSize=2', back.previous)).previous);
    expect([sidsOf(front), front.page]).toEqual([arrived.slice(1), 0]);
  });

  test('a page is still found when the calls around it are deleted', async () => {
    const newestFirst = addCalls(5).toReversed();
    const first = await list('PageSize=2');
    for (const sid of sidsOf(first)) ports.history.records.delete(sid);
    expect(sidsOf(await follow('PageSize=2', first.next))).toEqual(newestFirst.slice(2, 4));
  });
});

describe('a token', () => {
  const refused = { message: 'PageToken is none that was given out for this list', status: 400 };

  test.each(['x', 'PA', 'PAxxxxxxxx', 'PCxxxxxxxx', '%F0%9F%98%80'])('is not %s', async (token) => {
    await expect(list(`PageToken=${token}`)).rejects.toMatchObject(refused);
  });

  test('is of its own list: its account, filter and order, but of any page size', async () => {
    addCalls(3);
    const link = (await list('PageSize=1&Status=queued&SortBy=To')).next;
    expect((await follow('PageSize=2&SortBy=To&Status=queued', link)).items.length).toBe(2);
    for (const other of [
      'PageSize=1',
      'PageSize=1&Status=queued',
      'Status=busy&SortBy=To',
      'SortBy=To:desc',
    ]) {
      const refusal = await follow(other, link).catch((error) => error);
      expect([refusal.message, refusal.status, refusal.code()]).toEqual([refused.message, 400, 21481]);
    }
    const stranger = knownAccount({ sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02' });
    const query = `Status=queued&SortBy=To&PageToken=${encodeURIComponent(link?.token ?? '')}`;
    await expect(list(query, DOOR_2012, stranger)).rejects.toMatchObject(refused);
  });

  test('is safe in a query as it is', async () => {
    addCalls(2, { to: 'ä&=?#%+ 😀' });
    const { next } = await list('PageSize=1&SortBy=To');
    expect(next?.token).toMatch(/^PA[\w-]+$/);
  });
});

test('a name has one form', async () => {
  addCalls(1, { to: 'alice' });
  expect((await list('To=alice')).total).toBe(1);
  expect((await list('To=ALICE')).total).toBe(0);
});

test('a deleted call is in no list', async () => {
  addCalls(1, { dateDeleted: '2026-11-24T10:00:00.000Z' });
  expect((await list('')).total).toBe(0);
});
