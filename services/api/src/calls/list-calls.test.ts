import { beforeEach, expect, test } from 'vitest';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { listCalls } from './list-calls.js';

let ports: TestPorts;
beforeEach(() => {
  ports = createTestPorts();
});

const ACCOUNT_SID = testRecord().call.accountSid;
const list = (query: string) => listCalls(ports, ACCOUNT_SID, new URLSearchParams(query));

function addCalls(count: number, changes: Parameters<typeof testRecord>[0] = {}): string[] {
  const records = Array.from({ length: count }, () => testRecord(changes));
  ports.history.add(...records);
  return records.map(({ call }) => call.sid);
}

test.each([
  ['PageSize=2', { page: 0, pageCount: 3, total: 5, start: 0, end: 1 }],
  ['PageSize=2&Page=2', { page: 2, pageCount: 3, total: 5, start: 4, end: 4 }],
  ['', { page: 0, pageSize: 50, pageCount: 1, total: 5, start: 0, end: 4 }],
  ['PageSize=5', { pageCount: 1, start: 0, end: 4 }],
])('of five calls, %j shows where it is', async (query, place) => {
  addCalls(5);
  expect(await list(query)).toMatchObject(place);
});

test('an empty list has a first page', async () => {
  expect(await list('')).toMatchObject({ calls: [], page: 0, pageCount: 0, total: 0, start: 0, end: 0 });
});

test('a page past the last is refused, and the last is named', async () => {
  await expect(list('Page=1')).rejects.toThrow('Page is past the last page, which is 0');
  addCalls(4);
  await expect(list('Page=2&PageSize=2')).rejects.toThrow('Page is past the last page, which is 1');
});

test.each(['+15551230001', '15551230001', '%2B15551230001'])(
  'To=%s finds a number in either form',
  async (to) => {
    const plus = addCalls(1, { to: '+15551230001' });
    addCalls(1, { to: '+15551230002' });
    expect((await list(`To=${to}`)).calls.map(({ sid }) => sid)).toEqual(plus);
    ports.history.records.clear();
    const bare = addCalls(1, { to: '15551230001' });
    expect((await list(`To=${to}`)).calls.map(({ sid }) => sid)).toEqual(bare);
  },
);

test('calls with both forms of a number are one list, in order, page by page', async () => {
  const sids = ['+1', '1', '1', '+1', '+1'].flatMap((from) => addCalls(1, { from }));
  addCalls(3, { from: '2' });
  const newestFirst = sids.toReversed();
  for (const [page, expected] of [
    newestFirst.slice(0, 2),
    newestFirst.slice(2, 4),
    newestFirst.slice(4),
  ].entries()) {
    const read = await list(`From=1&PageSize=2&Page=${page}`);
    expect(read.calls.map(({ sid }) => sid)).toEqual(expected);
    expect(read).toMatchObject({ total: 5, pageCount: 3 });
  }
  await expect(list('From=1&PageSize=2&Page=3')).rejects.toThrow('which is 2');
});

test('a name has one form', async () => {
  addCalls(1, { to: 'alice' });
  expect((await list('To=alice')).total).toBe(1);
  expect((await list('To=%2Balice')).total).toBe(0);
});
