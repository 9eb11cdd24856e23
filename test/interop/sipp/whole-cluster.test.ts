/** What carriers do to a whole cluster: trunks and numbers are set up by requests, SIPp is at the other end. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../support/api-client.js';
import { type Cluster, recorded, startCluster } from '../../support/cluster.js';
import { Customer } from '../../support/customer.js';
import { eventually } from '../../support/deadline.js';
import { Sipp, type SippOptions } from '../../support/sipp.js';

/** Say needs somebody to listen. */
const ANSWER = '<Response><Say>Good morning.</Say><Pause length="20"/></Response>';

let cluster: Cluster;
let customer: Customer;
let players: Sipp[] = [];
let trunks: string[] = [];

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster({ trunks: '' }), Customer.start()]);
  customer.serve('/pause', '<Response><Pause length="20"/></Response>');
  customer.serve('/bye', '<Response><Hangup/></Response>');
});

afterEach(async () => {
  for (const player of players) player.stop();
  await Promise.all(trunks.map((sid) => cluster.api.send('DELETE', `/Trunks/${sid}`)));
  players = [];
  trunks = [];
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

async function play(scenario: string, options?: SippOptions): Promise<Sipp> {
  const sipp = await Sipp.start(scenario, options);
  players.push(sipp);
  return sipp;
}

async function finished(): Promise<void> {
  await Promise.all(players.map((player) => player.finished(15_000)));
}

async function createTrunk(port: number, form: Record<string, string> = {}): Promise<void> {
  const { sid } = await cluster.api.send('POST', '/Trunks', {
    Host: '127.0.0.1',
    Port: `${port}`,
    FriendlyName: `carrier ${port}`,
    OptionsInterval: '0',
    ...form,
  });
  trunks.push(String(sid));
}

/** A call by one of the trunks, and its record once it is over. */
async function place(markup: '/pause' | '/bye', status: string): Promise<Json & { attempts: Json[] }> {
  const parties = { From: '+15559990000', To: '+15551112222' };
  const { sid } = await cluster.api.createCall({ ...parties, Url: customer.url(markup) });
  await cluster.events.endOf(sid);
  return (await recorded(cluster, sid, status)) as Json & { attempts: Json[] };
}

/** A number of ours; who calls it gets this markup. */
async function createNumber(phoneNumber: string, markup: string): Promise<void> {
  const url = customer.serve(`/voice/${phoneNumber.slice(1)}`, markup);
  await cluster.api.send('POST', '/IncomingPhoneNumbers', { PhoneNumber: phoneNumber, VoiceUrl: url });
}

function call(user: string, scenario: string): Promise<Sipp> {
  return play(scenario, { calls: { port: cluster.dialerPorts[0]?.sip as number, user } });
}

test('a stranger hears nothing, and is counted', async () => {
  await call('+15550000000', 'hears-nothing');
  await finished();
  expect(await cluster.service('dialer-0').metrics()).toMatch(
    /sip_gate_drops_total\{reason="[a-z-]+".*\} [1-9]/,
  );
});

test('503 with Retry-After: the next trunk takes the call, and for now the later calls too', async () => {
  const [full, free] = await Promise.all([play('unavailable'), play('answered', { times: 2 })]);
  await createTrunk(full.port, { FriendlyName: 'full', Priority: '1' });
  await createTrunk(free.port, { FriendlyName: 'free', Priority: '2' });
  const first = await place('/bye', 'completed');
  expect(first.attempts).toMatchObject([
    { trunk: 'full', sip_code: 503, failure: 'trunk-failed' },
    { trunk: 'free', sip_code: 200, failure: null },
  ]);
  const second = await place('/bye', 'completed');
  expect(second.attempts).toMatchObject([{ trunk: 'free', sip_code: 200, failure: null }]);
  expect(second.attempts[0]?.why).toMatch(/'full' before it .*pause until/);
  await finished();
});

test('302 fails the call unless the trunk says that it is to be followed', async () => {
  const callee = await play('redirects', { keys: { moved_host: '127.0.0.1', moved_port: '5999' } });
  await createTrunk(callee.port);
  const record = await place('/bye', 'failed');
  expect(record).toMatchObject({ sip_code: 302, attempts: [{ sip_code: 302, failure: 'rejected' }] });
  const told = await eventually(10_000, 'the contact is told', async () => {
    const text = JSON.stringify(await cluster.api.send('GET', `/Calls/${record.sid}/Notifications`));
    return text.includes('sip:') ? text : null;
  });
  expect(told).toContain('sip:elsewhere@127.0.0.1:5999: not followed');
  await finished();
});

test('302 is followed where the trunk says so', async () => {
  await createTrunk((await play('moves-within')).port, { FollowRedirects: 'true' });
  expect(await place('/bye', 'completed')).toMatchObject({ sip_code: 200 });
  await finished();
});

test('a trunk is told its password when it asks', async () => {
  const callee = await play('wants-password');
  await createTrunk(callee.port, { Username: 'trunk', Password: 's3cret' });
  expect(await place('/bye', 'completed')).toMatchObject({ sip_code: 200 });
  await finished();
});

test('a reliable 183 is confirmed: the call is answered with what it agreed on', async () => {
  await createTrunk((await play('reliable-183', { seesRepeats: true })).port);
  expect(await place('/bye', 'completed')).toMatchObject({ sip_code: 200 });
  await finished();
});

test('the far end puts a call on hold, takes it back and hangs up', async () => {
  await createTrunk((await play('holds')).port);
  expect(await place('/pause', 'completed')).toMatchObject({ end_reason: 'hangup', hangup_side: 'remote' });
  await finished();
});

test('over TCP: a trunk is called, and early media moves', async () => {
  const callee = await play('early-update', { protocol: 'TCP' });
  await createTrunk(callee.port, { Transport: 'tcp' });
  const record = await place('/bye', 'completed');
  expect(record.attempts).toMatchObject([{ target: `TCP 127.0.0.1:${callee.port}` }]);
  await finished();
});

test('a number that nobody has: 404', async () => {
  await createTrunk(5999);
  await call('+15550000000', 'hears-404');
  await finished();
});

test.each([
  ['busy', '486'],
  ['rejected', '603'],
])('Reject with reason %s: the caller hears %s', async (reason, status) => {
  await createTrunk(5999);
  await createNumber(`+1555777${status}`, `<Response><Reject reason="${reason}"/></Response>`);
  await call(`+1555777${status}`, `hears-${status}`);
  await finished();
});

test('a tel: URI names a number too', async () => {
  await createTrunk(5999);
  await createNumber('+15557770205', '<Response><Reject reason="busy"/></Response>');
  await call('+15557770205', 'calls-tel');
  await finished();
  expect(customer.sentTo('/voice/15557770205')[0]?.params).toMatchObject({ From: '+15553334444' });
});

test('a call is answered, and its markup knows the name, the diversion and the X-headers', async () => {
  await createTrunk(5999);
  await createNumber('+15557770200', ANSWER);
  await call('+15557770200', 'calls-with-headers');
  await finished();
  expect(customer.sentTo('/voice/15557770200')[0]?.params).toMatchObject({
    Direction: 'inbound',
    From: '+15553334444',
    To: '+15557770200',
    CallerName: 'Alice Liddell',
    ForwardedFrom: '+15558889999',
    'SipHeader_X-Account': '42',
    'SipHeader_X-Campaign': 'spring, "early"',
  });
});

test('a call without an offer is answered with ours', async () => {
  await createTrunk(5999);
  await createNumber('+15557770201', ANSWER);
  await call('+15557770201', 'delayed-offer');
  await finished();
});

test('a caller puts us on hold, and takes us back', async () => {
  await createTrunk(5999);
  await createNumber('+15557770202', ANSWER);
  await call('+15557770202', 'caller-holds');
  await finished();
});

test('a call that comes is hung up on when its markup is over', async () => {
  await createTrunk(5999);
  await createNumber('+15557770203', '<Response><Hangup/></Response>');
  await call('+15557770203', 'calls');
  await finished();
});

test('a caller that hangs up while it rings', async () => {
  await createTrunk(5999);
  await createNumber('+15557770204', '<Response><Pause length="20"/></Response>');
  await call('+15557770204', 'cancels');
  await finished();
  const end = await cluster.events.waitFor(
    'the call ends',
    ({ data }) => data.to === '+15557770204' && data.endTime !== null,
  );
  expect(end.data).toMatchObject({ endReason: 'caller-gone', startTime: null, sipCode: 487 });
});
