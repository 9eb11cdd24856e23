import { advanceCall, openCall, recordOf } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import type { CallLogEntry, Notification, NotificationFilter } from '@trunkline/store';
import { beforeEach, expect, test } from 'vitest';
import type { ReadPorts } from '../calls/get-call.js';
import { RecentCalls } from '../calls/recent-calls.js';
import type { Answer, Operation } from '../operation.js';
import { readParameters } from '../parameters/read-parameters.js';
import { DOOR_2010, DOOR_2012, type Door } from '../represent/door.js';
import type { Format } from '../represent/resource.js';
import { writerOf } from '../represent/writer-of.js';
import { knownAccount } from '../testing/known-account.js';
import { eventResource } from './event-resource.js';
import { historyOperations } from './history-operations.js';
import type { HistoryPorts } from './history-ports.js';
import { notificationResource } from './notification-resource.js';

const account = knownAccount();
const call = queuedCall({ accountSid: account.sid });
const queued = openCall(call, '/test');
const SOURCE = '/test';

let entries: CallLogEntry[];
let notifications: Notification[];
let recent: RecentCalls;
let asked: NotificationFilter | null;
let operations: readonly Operation[];

beforeEach(() => {
  entries = [];
  notifications = [];
  recent = new RecentCalls();
  recent.remember(recordOf(queued));
  asked = null;
  operations = historyOperations({ calls: readPorts(), log: log() });
});

const log = (): HistoryPorts['log'] => ({
  listCallEvents: async (callSid, { page, pageSize }) => {
    const all = entries.filter((entry) => entry.callSid === callSid);
    return { entries: all.slice(page * pageSize, (page + 1) * pageSize), total: all.length };
  },
  listNotifications: async (_accountSid, filter) => {
    asked = filter;
    return { notifications, total: notifications.length };
  },
  readNotification: async (_accountSid, sid) => notifications.find((one) => one.sid === sid) ?? null,
});

/** Nobody but this process knows the call. */
const readPorts = (): ReadPorts =>
  ({
    history: { readCall: async () => null },
    recent,
    bus: {
      fences: { read: async () => null },
      liveCalls: { find: async () => null, read: async () => null },
    },
    jobs: { peek: async () => null },
  }) as unknown as ReadPorts;

interface Request {
  path?: Record<string, string>;
  query?: string;
  door?: Door;
}

async function ask(path: string, { path: values, query, door = DOOR_2012 }: Request = {}): Promise<Answer> {
  const operation = operations.find((one) => one.path === path) as Operation;
  const read = operation.query && readParameters(operation.query, new URLSearchParams(query));
  return operation.run({
    caller: { account, scope: 'read', isPrimary: false },
    account,
    path: { CallSid: call.sid, ...values },
    query: read?.values ?? {},
    form: {},
    kept: read?.given ?? [],
    door,
    header: () => null,
    signal: new AbortController().signal,
  });
}

function write(answer: Answer, format: Format, door = DOOR_2012): string {
  const base = `/${door.version}/Accounts/${account.sid}`;
  const writer = writerOf(format);
  const place = { door, base, extension: writer.extension };
  if ('item' in answer) return writer.item(answer.item, place);
  if ('page' in answer) return writer.page(answer.page, place, `${base}/list${writer.extension}`).text;
  throw new Error('nothing to write');
}

function entry(changes: Partial<CallLogEntry>): CallLogEntry {
  return {
    callSid: call.sid,
    accountSid: account.sid,
    id: 'id',
    time: '2026-11-23T10:00:01.000Z',
    kind: 'state',
    name: 'ringing',
    sequence: 2,
    status: 'ringing',
    reason: null,
    sipCode: 180,
    code: null,
    message: null,
    request: null,
    response: null,
    ...changes,
  };
}

const fetched = entry({
  kind: 'markup-request',
  name: 'markup-request',
  sequence: null,
  status: null,
  sipCode: null,
  message: 'a & b',
  request: { method: 'GET', url: 'https://example.com/?a=1&b=2', event: null, attempt: 1 },
  response: { status: 200, durationMs: 31, error: null },
});

const warning: Notification = {
  sid: `NO${'a'.repeat(32)}`,
  accountSid: account.sid,
  callSid: call.sid,
  time: '2026-11-23T10:00:01.000Z',
  level: 0,
  code: 11200,
  message: 'HTTP 500',
  request: { method: 'POST', url: 'https://example.com/', event: null, attempt: 1 },
  response: { status: 500, durationMs: 2, error: null },
};

test('the history has states, requests and what came of them, in JSON as its schema says', async () => {
  entries = [entry({}), fetched];
  const page = JSON.parse(write(await ask('/Calls/{CallSid}/Events'), 'json'));
  expect(page).toMatchObject({ total: 2, page: 0, num_pages: 1 });
  for (const event of page.events) expect(eventResource.schema.parse(event)).toEqual(event);
  expect(page.events[0]).toMatchObject({ name: 'ringing', status: 'ringing', sip_code: 180, request: null });
  expect(page.events[1]).toMatchObject({
    name: 'markup-request',
    request: { method: 'GET', url: 'https://example.com/?a=1&b=2', event: null, attempt: 1 },
    response: { response_code: 200, request_duration: 31, error: null },
  });
});

test('at the door of 2010 its items have a request and a response, and the dates of that door', async () => {
  entries = [fetched];
  const answer = await ask('/Calls/{CallSid}/Events', { door: DOOR_2010 });
  const [event] = JSON.parse(write(answer, 'json', DOOR_2010)).events;
  expect(event).toMatchObject({
    time: 'Mon, 23 Nov 2026 10:00:01 +0000',
    request: { method: 'GET' },
    response: { response_code: 200 },
  });
});

test('in XML and CSV a request has properties of its own', async () => {
  entries = [fetched];
  const answer = await ask('/Calls/{CallSid}/Events');
  const xml = write(answer, 'xml');
  expect(xml).toContain('<RequestUrl>https://example.com/?a=1&amp;b=2</RequestUrl>');
  expect(xml).toContain('<ResponseCode>200</ResponseCode>');
  expect(xml).toContain('<RequestDuration>31</RequestDuration>');
  const [head, line] = write(answer, 'csv').split(/\r?\n/);
  expect(head).toContain('RequestMethod,RequestUrl');
  expect(line).toContain('GET,https://example.com/?a=1&b=2');
});

test('a call whose history is not written yet has what it tells itself', async () => {
  const page = JSON.parse(write(await ask('/Calls/{CallSid}/Events'), 'json'));
  expect(page.events).toMatchObject([
    { name: 'queued', status: 'queued', sequence: 1, time: call.dateCreated },
  ]);

  const ringing = advanceCall(recordOf(queued), 'ringing', {}, new Date('2026-11-23T10:00:01Z'), SOURCE);
  const changes = { sipCode: 486, endReason: 'busy' } as const;
  recent.remember(
    recordOf(advanceCall(recordOf(ringing), 'busy', changes, new Date('2026-11-23T10:00:02Z'), SOURCE)),
  );
  const second = await ask('/Calls/{CallSid}/Events', { query: 'Page=1&PageSize=2' });
  expect(JSON.parse(write(second, 'json'))).toMatchObject({
    total: 3,
    events: [{ name: 'busy', sequence: 3, reason: 'busy', sip_code: 486 }],
  });
});

test.each(['/Calls/{CallSid}/Events', '/Calls/{CallSid}/Recordings', '/Calls/{CallSid}/Notifications'])(
  '%s is not found for a call that there is not, or that was deleted',
  async (path) => {
    const unknown = { path: { CallSid: `CA${'0'.repeat(32)}` } };
    await expect(ask(path, unknown)).rejects.toMatchObject({ status: 404 });
    recent.remember({ call: { ...call, dateDeleted: '2026-11-24T00:00:00.000Z' }, sequence: 9 });
    await expect(ask(path)).rejects.toMatchObject({ status: 404 });
  },
);

test('a call has no recordings yet', async () => {
  const answer = await ask('/Calls/{CallSid}/Recordings');
  expect(JSON.parse(write(answer, 'json'))).toMatchObject({ total: 0, recordings: [], next_page_uri: null });
  expect(write(answer, 'xml')).toContain('<Recordings ');
});

test('notifications are shown as their schema says, and by the client library’s names', async () => {
  notifications = [warning];
  const answer = await ask('/Calls/{CallSid}/Notifications');
  expect(asked).toEqual({ callSid: call.sid });
  const [shown] = JSON.parse(write(answer, 'json')).notifications;
  expect(notificationResource.schema.parse(shown)).toEqual(shown);
  expect(shown).toMatchObject({
    log: 0,
    error_code: 11200,
    more_info: '/docs/errors#11200',
    message_text: 'HTTP 500',
    request_url: 'https://example.com/',
    response_code: 500,
    uri: `/2012-04-24/Accounts/${account.sid}/Notifications/${warning.sid}.json`,
  });
  const at2010 = await ask('/Notifications', { door: DOOR_2010 });
  expect(JSON.parse(write(at2010, 'json', DOOR_2010)).notifications[0]).toMatchObject({
    log: '0',
    error_code: '11200',
    request_variables: null,
  });
});

test.each([null, 99999])('a notification with the code %j is explained nowhere', async (code) => {
  notifications = [{ ...warning, code }];
  const [shown] = JSON.parse(write(await ask('/Notifications'), 'json')).notifications;
  expect(shown).toMatchObject({ error_code: code, more_info: null });
  expect(notificationResource.schema.parse(shown)).toEqual(shown);
});

test.each<[string, NotificationFilter]>([
  ['', {}],
  ['Log=1', { level: 1 }],
  [
    'MessageDate=2026-11-23',
    { from: new Date('2026-11-23T00:00:00Z'), until: new Date('2026-11-24T00:00:00Z') },
  ],
  [
    'MessageDate=2026-11-23T10:00:00Z',
    { from: new Date('2026-11-23T10:00:00Z'), until: new Date('2026-11-23T10:00:01Z') },
  ],
  [
    'MessageDate%3E=2026-11-23&MessageDate%3C=2026-11-24',
    { from: new Date('2026-11-23T00:00:00Z'), until: new Date('2026-11-24T00:00:00.001Z') },
  ],
])('notifications with %s', async (query, filter) => {
  await ask('/Notifications', { query });
  expect(asked).toEqual(filter);
});

test.each(['Log=2', 'MessageDate=yesterday', 'MessageDate%3C=2026-02-30'])('%s is refused', async (query) => {
  await expect(ask('/Notifications', { query })).rejects.toMatchObject({ status: 400 });
});

test('a notification is read by its Sid, and below its own call only', async () => {
  notifications = [warning];
  const path = { NotificationSid: warning.sid };
  expect(write(await ask('/Notifications/{NotificationSid}', { path }), 'xml')).toContain('<Log>0</Log>');
  await ask('/Calls/{CallSid}/Notifications/{NotificationSid}', { path });
  const none = { path: { NotificationSid: 'NO1' } };
  await expect(ask('/Notifications/{NotificationSid}', none)).rejects.toMatchObject({ status: 404 });
  notifications = [{ ...warning, callSid: `CA${'0'.repeat(32)}` }];
  await expect(ask('/Calls/{CallSid}/Notifications/{NotificationSid}', { path })).rejects.toMatchObject({
    status: 404,
  });
});
