import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';

let cluster: Cluster;
let customer: Customer;

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster({ dialers: 2 }), Customer.start()]);
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

test('one POST rings a phone, runs its markup, reports its progress and can be read back', async () => {
  const url = customer.serve('/script', '<Response><Pause length="1"/><Hangup/></Response>');
  customer.serve('/progress', () => ({ status: 204 }));
  const response = await cluster.api.request('POST', '/2012-04-24/Calls', {
    From: '+15559990000',
    To: '+15551230001',
    Url: url,
    StatusCallback: customer.url('/progress'),
    StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toContain('application/xml');
  const created = await response.text();
  const sid = /<Sid>(CA[0-9a-f]{32})<\/Sid>/.exec(created)?.[1] ?? '';
  expect(created).toContain('<Status>queued</Status>');
  expect(response.headers.get('location')).toBe(`/2012-04-24/Calls/${sid}`);
  expect((await cluster.api.readCall(sid)).sid).toBe(sid);

  await cluster.events.endOf(sid);
  expect(cluster.events.namesOf(sid)).toEqual(['queued', 'initiated', 'ringing', 'in-progress', 'completed']);
  expect(
    cluster.events.entries.filter((event) => event.subject === sid).map((event) => event.sequence),
  ).toEqual([1, 2, 3, 4, 5]);

  const call = await recorded(cluster, sid, 'completed');
  expect(call).toMatchObject({
    to: '+15551230001',
    from: '+15559990000',
    duration: 1,
    direction: 'outbound-api',
    sip_code: 200,
    hangup_side: 'local',
    end_reason: 'script-ended',
    account_sid: cluster.api.accountSid,
  });
  expect(Date.parse(String(call.end_time))).toBeGreaterThan(Date.parse(String(call.start_time)));

  const [fetched] = customer.sentTo('/script');
  expect(fetched).toMatchObject({
    method: 'POST',
    params: { CallSid: sid, CallStatus: 'in-progress', To: '+15551230001', Direction: 'outbound-api' },
  });
  await customer.requests.waitFor(
    'the last callback',
    (request) => request.params.CallStatus === 'completed',
  );
  const progress = customer
    .sentTo('/progress')
    .map(({ params }) => [params.CallStatus, params.SequenceNumber]);
  expect(progress).toEqual([
    ['initiated', '0'],
    ['ringing', '1'],
    ['in-progress', '2'],
    ['completed', '3'],
  ]);
  expect(customer.sentTo('/progress').at(-1)?.params).toMatchObject({
    CallDuration: '1',
    SipResponseCode: '200',
  });
  expect((await cluster.numbers()).byNumber['+15551230001']).toEqual({ invites: 1, calls: 1 });
});

test('calls go to whichever dialer is free, and each rings once', async () => {
  const url = customer.serve('/short', '<Response/>');
  const calls = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      cluster.api.createCall({ From: '1234', To: `+4930${100 + n}0007`, Url: url, Method: 'GET' }),
    ),
  );
  await Promise.all(calls.map((call) => cluster.events.endOf(call.sid)));
  const owners = new Set(
    cluster.events.entries.filter((event) => event.sequence > 1).map((event) => event.source),
  );
  expect(owners.size).toBe(2);
  const { byNumber } = await cluster.numbers();
  expect(calls.map((call) => byNumber[String(call.to)])).toEqual(calls.map(() => ({ invites: 1, calls: 1 })));
  expect(customer.sentTo('/short').map((request) => request.method)).toEqual(calls.map(() => 'GET'));
});

test('the list is paged, filtered, and its page URIs keep the filter', async () => {
  const url = customer.serve('/listed', '<Response/>');
  const calls = await Promise.all(
    Array.from({ length: 5 }, () => cluster.api.createCall({ From: 'alice', To: '+3310000007', Url: url })),
  );
  await Promise.all(calls.map((call) => recorded(cluster, call.sid, 'completed')));
  const newestFirst = calls
    .map((call) => call.sid)
    .sort()
    .reverse();
  const seen: string[] = [];
  let uri: string | null = '/2012-04-24/Calls.json?From=alice&Status=completed&PageSize=2';
  while (uri !== null) {
    const response: Response = await cluster.api.request('GET', uri);
    expect(response.status).toBe(200);
    const page = (await response.json()) as Record<string, unknown> & { calls: { sid: string }[] };
    expect(page).toMatchObject({ num_pages: 3, total: 5, page_size: 2 });
    seen.push(...page.calls.map((call) => call.sid));
    uri = page.next_page_uri as string | null;
  }
  expect(seen).toEqual(newestFirst);
});

test('markup that cannot be fetched is taken from the fallback', async () => {
  const fallback = customer.serve(
    '/fallback',
    '<Response><Redirect method="GET">/next</Redirect></Response>',
  );
  customer.serve('/next', '<Response><Sms>not built yet</Sms><Hangup/></Response>');
  const call = await cluster.api.createCall({
    From: '1',
    To: '+15550007',
    Url: customer.url('/missing'),
    FallbackUrl: fallback,
  });
  await cluster.events.of(call.sid, 'completed');
  expect(
    customer.requests.entries
      .filter((request) => request.params.CallSid === call.sid)
      .map((request) => [request.method, request.path]),
  ).toEqual([
    ['POST', '/missing'],
    ['POST', '/fallback'],
    ['GET', '/next'],
  ]);
});

test('a call whose markup and fallback both fail ends failed', async () => {
  const fallback = customer.serve('/broken', 'this is no XML');
  const call = await cluster.api.createCall({
    From: '1',
    To: '+15550007',
    Url: customer.url('/missing'),
    FallbackUrl: fallback,
  });
  expect((await cluster.events.endOf(call.sid)).data).toMatchObject({
    status: 'failed',
    endReason: 'script-failed',
    hangupSide: 'local',
  });
});
