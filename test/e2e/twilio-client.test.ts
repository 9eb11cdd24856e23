/** The official client library, unchanged, against the whole cluster: only its base URL is ours. */
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer, type CustomerRequest } from '../support/customer.js';
import { eventually } from '../support/deadline.js';

let cluster: Cluster;
let customer: Customer;
let client: twilio.Twilio;

beforeAll(async () => {
  cluster = await startCluster();
  customer = await Customer.start();
  client = clientOf(cluster.api.accountSid, cluster.api.authToken);
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

function clientOf(accountSid: string, token: string, username = accountSid): twilio.Twilio {
  const made = twilio(username, token, { accountSid });
  made.api.baseUrl = cluster.api.baseUrl;
  return made;
}

const FROM = '+15559990000';
const ANSWERS = '+15551230007';
const RINGS = '+15551230003';

async function create(to: string, more: Record<string, unknown> = {}) {
  const url = customer.serve('/script', '<Response/>');
  return client.calls.create({ to, from: FROM, url, ...more });
}

async function over(sid: string, status = 'completed') {
  await cluster.events.endOf(sid);
  await recorded(cluster, sid, status);
}

/** Whether the client library itself takes the request's signature for ours. */
function isSigned({ headers, url, form }: CustomerRequest): boolean {
  const signature = String(headers['x-twilio-signature'] ?? '');
  return twilio.validateRequest(cluster.api.authToken, signature, url, form);
}

describe('a call', () => {
  test('is created, fetched and found over by its properties', async () => {
    const created = await create(ANSWERS, { timeout: 20 });
    expect(created).toMatchObject({
      to: ANSWERS,
      from: FROM,
      status: 'queued',
      direction: 'outbound-api',
      accountSid: cluster.api.accountSid,
      apiVersion: '2010-04-01',
      startTime: null,
      endTime: null,
      price: null,
      priceUnit: 'USD',
      parentCallSid: null,
    });
    expect(created.sid).toMatch(/^CA[0-9a-f]{32}$/);
    expect(Math.abs(created.dateCreated.getTime() - Date.now())).toBeLessThan(10_000);
    await over(created.sid);
    const fetched = await client.calls(created.sid).fetch();
    expect(fetched).toMatchObject({ sid: created.sid, status: 'completed', duration: '0', priceUnit: 'USD' });
    expect(fetched.startTime).toBeInstanceOf(Date);
    expect(fetched.endTime.getTime()).toBeGreaterThanOrEqual(fetched.startTime.getTime());
    expect(Number(fetched.price)).toBe(0);
    expect(Number(fetched.queueTime)).toBeGreaterThanOrEqual(0);
    expect(Object.keys(fetched.subresourceUris)).toEqual(
      expect.arrayContaining(['events', 'recordings', 'notifications']),
    );
  });

  test('is canceled while it rings, and completed while it talks', async () => {
    const ringing = await create(RINGS);
    await cluster.events.of(ringing.sid, 'ringing');
    await client.calls(ringing.sid).update({ status: 'canceled' });
    await over(ringing.sid, 'canceled');
    const url = customer.serve('/long', '<Response><Pause length="60"/></Response>');
    const talking = await create(ANSWERS, { url });
    await cluster.events.of(talking.sid, 'in-progress');
    await client.calls(talking.sid).update({ status: 'completed' });
    await over(talking.sid);
    expect((await client.calls(talking.sid).fetch()).status).toBe('completed');
  });

  test('is removed once it is over, and not before', async () => {
    const call = await create(RINGS);
    await cluster.events.of(call.sid, 'ringing');
    await expect(client.calls(call.sid).remove()).rejects.toMatchObject({ code: 20009 });
    await client.calls(call.sid).update({ status: 'completed' });
    await over(call.sid, 'canceled');
    expect(await client.calls(call.sid).remove()).toBe(true);
    await expect(client.calls(call.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    await eventually(5_000, 'the list is without it', async () => {
      const listed = await client.calls.list({ limit: 100 });
      return listed.every(({ sid }) => sid !== call.sid) || null;
    });
  });

  test('runs markup that came with the request', async () => {
    const twiml = new twilio.twiml.VoiceResponse();
    twiml.hangup();
    const call = await client.calls.create({ to: ANSWERS, from: FROM, twiml });
    expect((await cluster.events.endOf(call.sid)).data).toMatchObject({
      status: 'completed',
      endReason: 'script-ended',
    });
  });

  test('tells its events, its markup request and its warnings', async () => {
    const url = customer.serve('/say', '<Response><Say>hello</Say></Response>');
    const statusCallback = customer.serve('/told', () => ({ status: 204 }));
    const call = await create(ANSWERS, { url, statusCallback });
    await over(call.sid);
    const events = await eventually(10_000, 'the callback is in the history', async () => {
      const listed = await client.calls(call.sid).events.list();
      return listed.some(({ request }) => (request as { url?: string } | null)?.url === statusCallback)
        ? listed
        : null;
    });
    expect(events.some(({ request }) => (request as { url?: string } | null)?.url === url)).toBe(true);
    const notes = await eventually(10_000, 'the warning is there', async () => {
      const listed = await client.calls(call.sid).notifications.list();
      return listed.length > 0 ? listed : null;
    });
    expect(notes[0]?.messageText).toContain('Say');
    expect(await client.calls(call.sid).recordings.list()).toEqual([]);
  });
});

describe('callbacks and markup requests', () => {
  test('are signed so that validateRequest takes them, and give metadata back', async () => {
    const call = await cluster.api.createCall({
      To: ANSWERS,
      From: FROM,
      Url: customer.serve('/script', '<Response/>'),
      StatusCallback: `${customer.serve('/progress', () => ({ status: 204 }))}?a=1&b=2`,
      StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      Metadata: '{"order":"42"}',
    });
    await customer.requests.waitFor(
      'the last callback',
      ({ form }) => form.CallSid === call.sid && form.CallStatus === 'completed' && 'CallDuration' in form,
    );
    const own = customer.requests.entries.filter(({ params }) => params.CallSid === call.sid);
    expect(own.map(({ params }) => params.Metadata)).toEqual(own.map(() => '{"order":"42"}'));
    expect(own.length).toBeGreaterThanOrEqual(4);
    expect(own.map(isSigned)).toEqual(own.map(() => true));
    const [first] = own;
    expect(first && isSigned({ ...first, form: { ...first.form, From: '+19998887777' } })).toBe(false);
  });

  test('by GET are signed over their query', async () => {
    const statusCallback = customer.serve('/by-get', () => ({ status: 204 }));
    const call = await create(ANSWERS, { statusCallback, statusCallbackMethod: 'GET' });
    const told = await customer.requests.waitFor('the callback', ({ path }) => path === '/by-get');
    expect(told.params.CallSid).toBe(call.sid);
    expect(isSigned(told)).toBe(true);
  });
});

describe('lists', () => {
  const from = '+15558880000';
  const sids: string[] = [];
  beforeAll(async () => {
    for (let n = 0; n < 7; n++) sids.unshift((await create(ANSWERS, { from })).sid);
    for (const sid of sids) await over(sid);
  });

  test('give the newest first, whatever the size of the pages', async () => {
    for (const pageSize of [1, 3, 7, 50]) {
      const listed = await client.calls.list({ from, pageSize });
      expect(listed.map(({ sid }) => sid)).toEqual(sids);
    }
  });

  test('stop at a limit, also one above the largest page', async () => {
    expect((await client.calls.list({ from, limit: 2 })).map(({ sid }) => sid)).toEqual(sids.slice(0, 2));
    expect(await client.calls.list({ from, limit: 2000 })).toHaveLength(7);
  });

  test('are walked page by page, forth and back, and keep their filter', async () => {
    const first = await client.calls.page({ from, pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    const pages = [first, second, third].map((one) => one?.instances.map(({ sid }) => sid));
    expect(pages).toEqual([sids.slice(0, 3), sids.slice(3, 6), sids.slice(6)]);
    expect(third?.nextPageUrl).toBeUndefined();
    const back = await third?.previousPage();
    expect(back?.instances.map(({ sid }) => sid)).toEqual(sids.slice(3, 6));
  });

  test('are filtered by status and by the time of the answer', async () => {
    const startTimeAfter = new Date(Date.now() - 3_600_000);
    expect(await client.calls.list({ from, status: 'completed', startTimeAfter })).toHaveLength(7);
    expect(await client.calls.list({ from, status: 'busy' })).toEqual([]);
    expect(await client.calls.list({ from, startTimeBefore: startTimeAfter })).toEqual([]);
    const [first, last] = await Promise.all(
      [sids.at(-1) ?? '', sids[0] ?? ''].map((sid) => client.calls(sid).fetch()),
    );
    const days = new Set([first, last].map((call) => call?.startTime.toISOString().slice(0, 10)));
    const found = await Promise.all(
      [...days].map((day) => client.calls.list({ from, startTime: new Date(`${day}T00:00:00Z`) })),
    );
    expect(found.flat()).toHaveLength(7);
    expect(await client.calls.list({ from, startTime: new Date('2020-01-01T00:00:00Z') })).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    ['no To', { to: '' }, 400, 21201],
    ['no From', { from: '' }, 400, 21213],
    ['a bad Url', { url: 'not-a-url' }, 400, 21205],
    ['a malformed To', { to: '+0123' }, 400, 21211],
    ['a bad event', { statusCallback: 'http://h.example/', statusCallbackEvent: ['nonsense'] }, 400, 21626],
  ])('%s', async (_, more, status, code) => {
    await expect(create(ANSWERS, more)).rejects.toMatchObject({ status, code });
  });

  test('wrong credentials', async () => {
    const stranger = clientOf(cluster.api.accountSid, 'wrong-token');
    await expect(stranger.calls.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});

describe('accounts and keys', () => {
  test('a sub-account has its own calls, which its parent sees', async () => {
    const made = await client.api.accounts.create({ friendlyName: 'Branch' });
    expect(made).toMatchObject({ friendlyName: 'Branch', status: 'active' });
    const child = clientOf(made.sid, made.authToken);
    const call = await child.calls.create({
      to: ANSWERS,
      from: FROM,
      url: customer.serve('/script', '<Response/>'),
    });
    expect(call.accountSid).toBe(made.sid);
    await cluster.events.endOf(call.sid);
    const ofChild = client.api.v2010.accounts(made.sid).calls;
    const seen = await eventually(10_000, 'the parent sees the call', async () => {
      const listed = await ofChild.list();
      return listed.length > 0 ? listed : null;
    });
    expect(seen.map(({ sid }) => sid)).toEqual([call.sid]);
    await expect(child.api.v2010.accounts(cluster.api.accountSid).calls.list()).rejects.toMatchObject({
      status: 403,
    });
    expect((await child.calls.list()).map(({ sid }) => sid)).toEqual([call.sid]);
    await client.api.accounts(made.sid).update({ status: 'suspended' });
    await expect(child.calls.list()).rejects.toMatchObject({ status: 403, code: 20005 });
  });

  test('a key works until it is removed', async () => {
    const key = await client.newKeys.create({ friendlyName: 'reports' });
    const byKey = clientOf(cluster.api.accountSid, key.secret, key.sid);
    expect(await byKey.calls.list({ limit: 1 })).toBeInstanceOf(Array);
    expect((await client.keys.list()).map(({ sid }) => sid)).toContain(key.sid);
    expect(await client.keys(key.sid).remove()).toBe(true);
    await expect(byKey.calls.list({ limit: 1 })).rejects.toMatchObject({ status: 401 });
  });
});
