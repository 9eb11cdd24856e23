import type { Call } from '@trunkline/contracts';
import { XMLParser } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, basic, startTestApi, type TestApi } from '../testing/test-api.js';
import { testRecord } from '../testing/test-call.js';
import { createTestPorts, type TestPorts } from '../testing/test-ports.js';
import { callOperations } from './call-operations.js';

/** Every example and table of the specification of calls, in its order, as requests. */

let ports: TestPorts;
let api: TestApi;
beforeEach(async () => {
  ports = createTestPorts();
  api = await startTestApi(callOperations(ports));
});
afterEach(() => api.close());

/** The two calls that the specification shows. */
const ALICE = {
  sid: 'CAc0fb839632cf444f9066876d5de741e0',
  dateCreated: '2013-10-18T10:51:47.643Z',
  dateUpdated: '2013-10-18T10:51:49.174Z',
  to: '1234',
  from: 'alice',
  status: 'completed',
  startTime: '2013-10-18T10:51:47.671Z',
  endTime: '2013-10-18T10:51:49.174Z',
  durationSeconds: 1,
  price: '0.00',
  priceUnit: 'USD',
  direction: 'inbound',
} satisfies Partial<Call>;
const BOB = {
  ...ALICE,
  sid: 'CA4049cf008d6b4277b92ab863fd4ec7c8',
  dateCreated: '2013-10-18T10:49:45.942Z',
  dateUpdated: '2013-10-18T10:49:46.272Z',
  to: '1235',
  from: 'bob',
  startTime: '2013-10-18T10:49:45.994Z',
  endTime: '2013-10-18T10:49:46.272Z',
  durationSeconds: 0,
} satisfies Partial<Call>;

const AS_EMAIL = { authorization: basic('administrator@company.com', ACCOUNT.token) };
const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false });

async function get(path: string, headers: Record<string, string> = AS_EMAIL) {
  const response = await api.send('GET', path, { headers });
  const text = await response.text();
  return { status: response.status, text, root: parser.parse(text).RestcommResponse };
}

/** `''` for an empty element. */
const ALICE_SHOWN = {
  Sid: ALICE.sid,
  DateCreated: ALICE.dateCreated,
  DateUpdated: ALICE.dateUpdated,
  ParentCallSid: '',
  To: '1234',
  From: 'alice',
  PhoneNumberSid: '',
  Status: 'completed',
  StartTime: ALICE.startTime,
  EndTime: ALICE.endTime,
  Duration: '1',
  Price: '0.00',
  Direction: 'inbound',
  AnsweredBy: '',
  ApiVersion: '2012-04-24',
  ForwardedFrom: '',
  CallerName: '',
  Uri: `/2012-04-24/Calls/${ALICE.sid}`,
};

test('Call Resource URI: a call has its properties, in their order', async () => {
  ports.history.add(testRecord(ALICE));
  const { status, root } = await get(`/2012-04-24/Calls/${ALICE.sid}`);
  expect(status).toBe(200);
  expect(Object.entries(root.Call)).toEqual(Object.entries(ALICE_SHOWN));
});

describe('HTTP POST: a new call', () => {
  const REQUIRED = { From: '+15559990000', To: '+15551230001', Url: 'https://example.com/script' };
  const post = (form: Record<string, string>) => api.send('POST', '/2012-04-24/Calls', { form });

  test('is made of From, To and Url, and has its representation', async () => {
    const response = await post(REQUIRED);
    const { Call: shown } = parser.parse(await response.text()).RestcommResponse;
    expect(response.status).toBe(201);
    expect(shown).toMatchObject({ To: REQUIRED.To, From: REQUIRED.From, Status: 'queued', StartTime: '' });
    expect(ports.jobs.jobs.get(shown.Sid)?.call.instructions).toMatchObject({
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
    });
  });

  test.each(['From', 'To', 'Url'])('needs %s', async (name) => {
    const response = await post({ ...REQUIRED, [name]: '' });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(`${name} is required`),
    ]);
  });

  test('takes the optional parameters', async () => {
    const response = await post({
      ...REQUIRED,
      Method: 'GET',
      FallbackUrl: 'https://example.com/fallback',
      FallbackMethod: 'GET',
      StatusCallback: 'https://example.com/status',
      StatusCallbackMethod: 'GET',
      Timeout: '30',
    });
    expect(response.status).toBe(201);
    const [job] = ports.jobs.jobs.values();
    expect(job?.call).toMatchObject({
      instructions: {
        method: 'GET',
        fallbackUrl: 'https://example.com/fallback',
        fallbackMethod: 'GET',
        ringTimeoutSeconds: 30,
      },
      // It is requested when the call ends.
      statusCallback: { url: 'https://example.com/status', method: 'GET', events: ['completed'] },
    });
  });
});

test('Working on a production server: a system without calls has an empty list', async () => {
  const { status, root } = await get('/restcomm/2012-04-24/Calls');
  expect(status).toBe(200);
  expect(root.Calls).toMatchObject({ total: '0', numpages: '0', page: '0', start: '0', end: '0' });
  expect(root.Calls.Call).toBeUndefined();
});

test('Filter using the From parameter: only calls made from client Alice', async () => {
  ports.history.add(testRecord(ALICE), testRecord(BOB));
  const { status, root } = await get('/restcomm-sbc/2012-04-24/Calls?From=alice');
  expect(status).toBe(200);
  expect(Object.entries(root.Calls.Call)).toEqual(Object.entries(ALICE_SHOWN));
});

describe('List Filter', () => {
  const leg = testRecord({ ...BOB, sid: 'CA4049cf008d6b4277b92ab863fd4ec7c9', parentCallSid: ALICE.sid });
  const STATUSES = [
    'queued',
    'ringing',
    'in-progress',
    'canceled',
    'completed',
    'failed',
    'busy',
    'no-answer',
  ];

  async function found(query: string): Promise<string[]> {
    const { root } = await get(`/2012-04-24/Calls?${query}`);
    return [root.Calls.Call ?? []].flat().map(({ Sid }: { Sid: string }) => Sid);
  }

  test.each([
    ['To=1234', [ALICE.sid]],
    ['From=bob', [BOB.sid, leg.call.sid]],
    ['Status=completed', [ALICE.sid, BOB.sid, leg.call.sid]],
    ['StartTime=2013-10-18', [ALICE.sid, BOB.sid, leg.call.sid]],
    ['StartTime=2013-10-17', []],
    ['StartTime<=2013-10-18', []],
    ['StartTime<=2013-10-19', [ALICE.sid, BOB.sid, leg.call.sid]],
    ['StartTime>=2013-10-18', [ALICE.sid, BOB.sid, leg.call.sid]],
    ['StartTime>=2013-10-19', []],
    [`ParentCallSid=${ALICE.sid}`, [leg.call.sid]],
  ])('%s', async (query, sids) => {
    ports.history.add(testRecord(ALICE), testRecord(BOB), leg);
    expect((await found(query)).sort()).toEqual(sids.sort());
  });

  test.each(STATUSES)('Status=%s', async (status) => {
    const records = STATUSES.map((one) => testRecord({ status: one as Call['status'] }));
    ports.history.add(...records);
    expect(await found(`Status=${status}`)).toEqual([
      records.find(({ call }) => call.status === status)?.call.sid,
    ]);
  });

  test('parameters are case-sensitive', async () => {
    expect((await get('/2012-04-24/Calls?from=alice')).status).toBe(400);
  });
});

describe('Paging Information', () => {
  const SIDS = Array.from({ length: 7 }, (_, index) => `CA4049cf008d6b4277b92ab863fd4ec7c${index}`);
  beforeEach(() => ports.history.add(...SIDS.map((sid) => testRecord({ ...BOB, sid }))));

  test('PageSize=1 returns a single item', async () => {
    const headers = { authorization: basic(ACCOUNT.sid, ACCOUNT.token) };
    const { root } = await get('/restcomm/2012-04-24/Calls?PageSize=1', headers);
    expect([root.Calls.Call].flat()).toMatchObject([
      {
        Sid: SIDS[6],
        To: '1235',
        From: 'bob',
        Duration: '0',
        Price: '0.00',
        Uri: `/2012-04-24/Calls/${SIDS[6]}`,
      },
    ]);
  });

  test('a page says which it is, and where the others are', async () => {
    const { root } = await get('/2012-04-24/Calls?Page=1&PageSize=3');
    const { Call: shown, ...attributes } = root.Calls;
    expect(shown.map(({ Sid }: { Sid: string }) => Sid)).toEqual([SIDS[3], SIDS[2], SIDS[1]]);
    expect(attributes).toEqual({
      page: '1',
      numpages: '3',
      pagesize: '3',
      total: '7',
      start: '3',
      end: '5',
      uri: '/2012-04-24/Calls?Page=1&PageSize=3',
      firstpageuri: '/2012-04-24/Calls?Page=0&PageSize=3',
      previouspageuri: expect.stringMatching(/^\/2012-04-24\/Calls\?Page=0&PageSize=3&PageToken=PB/),
      nextpageuri: expect.stringMatching(/^\/2012-04-24\/Calls\?Page=2&PageSize=3&PageToken=PA/),
      lastpageuri: '/2012-04-24/Calls?Page=2&PageSize=3',
    });
    const sidsAt = async (uri: string) =>
      [(await get(uri)).root.Calls.Call].flat().map(({ Sid }: { Sid: string }) => Sid);
    expect(await sidsAt(attributes.nextpageuri)).toEqual([SIDS[0]]);
    expect(await sidsAt(attributes.previouspageuri)).toEqual([SIDS[6], SIDS[5], SIDS[4]]);
    expect(await sidsAt(attributes.firstpageuri)).toEqual([SIDS[6], SIDS[5], SIDS[4]]);
    expect(await sidsAt(attributes.lastpageuri)).toEqual([SIDS[0]]);
  });
});
