import {
  bindUdpTransport,
  createUserAgent,
  type IncomingCall,
  type SipAddress,
  systemClock,
  type UserAgent,
} from '@trunkline/sip';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually } from '../support/deadline.js';
import { sdp } from '../support/sdp.js';

const NUMBER = '+15551230001';
const PASSWORD = 'a-long-pass-phrase-1';
const OFFER = sdp(40_000);

let cluster: Cluster;
let customer: Customer;
let dialers: SipAddress[];
const agents: UserAgent[] = [];

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster({ dialers: 2 }), Customer.start()]);
  dialers = cluster.dialerPorts.map(({ sip }) => ({ host: '127.0.0.1', port: sip }));
  const number = {
    PhoneNumber: NUMBER,
    VoiceUrl: customer.url('/voice'),
    StatusCallback: customer.url('/told'),
  };
  await cluster.api.send('POST', '/IncomingPhoneNumbers', number);
  const client = { Login: 'alice', Password: PASSWORD, VoiceUrl: customer.url('/from-alice') };
  await cluster.api.send('POST', '/Clients', client);
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

async function startAgent(onInvite?: (call: IncomingCall) => void): Promise<UserAgent> {
  const transport = await bindUdpTransport({ host: '127.0.0.1', port: 0 });
  const { port } = transport.local;
  const agent = createUserAgent({
    transport,
    clock: systemClock,
    publicAddress: () => ({ host: '127.0.0.1', port }),
    ...(onInvite ? { onInvite } : {}),
  });
  agents.push(agent);
  return agent;
}

/** Calls from the carrier's address, or as a client; what is heard is kept in short. */
function call(agent: UserAgent, user: string, { login, by = 0 }: { login?: string; by?: number } = {}) {
  const heard: string[] = [];
  const to = dialers[by] as SipAddress;
  const placed = agent.invite({
    requestUri: `sip:${user}@127.0.0.1:${to.port}`,
    from: { uri: login ? `sip:${login}@127.0.0.1` : 'sip:+15559990000@127.0.0.1', displayName: 'Anna' },
    to: { uri: `sip:${user}@127.0.0.1` },
    targets: [to],
    offer: OFFER,
    headers: [['X-Tenant', 'blue']],
    ...(login ? { credentials: { username: login, password: PASSWORD } } : {}),
    handlers: {
      onSent: () => {},
      onProvisional: ({ status }) => void heard.push(String(status)),
      onAnswered: ({ status }) => void heard.push(String(status)),
      onEnded: (end) => void heard.push(end.kind === 'rejected' ? `rejected ${end.status}` : end.kind),
    },
  });
  const until = (last: string) =>
    eventually(15_000, `${last} after ${heard}`, async () => (heard.at(-1) === last ? heard : null));
  return { placed, heard, until };
}

/** The newest inbound call, as the stream tells it. */
async function newestCall(status: string): Promise<string> {
  return eventually(10_000, `a call that is ${status}`, async () => {
    const last = cluster.events.entries.at(-1)?.data;
    return last?.direction === 'inbound' && last.status === status ? last.sid : null;
  });
}

test('a call to a number runs its markup, is recorded as inbound, and told to its StatusCallback', async () => {
  customer.serve('/voice', '<Response><Say>hello</Say><Pause length="1"/></Response>');
  const { until } = call(await startAgent(), NUMBER.slice(1));
  expect(await until('bye')).toEqual(['180', '200', 'bye']);
  const sid = await newestCall('completed');
  expect(cluster.events.namesOf(sid)).toEqual(['ringing', 'in-progress', 'completed']);
  const [asked] = customer.sentTo('/voice');
  expect(asked?.params).toMatchObject({
    CallSid: sid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+15559990000',
    To: NUMBER,
    CallerName: 'Anna',
    'SipHeader_X-Tenant': 'blue',
  });
  expect(await recorded(cluster, sid, 'completed')).toMatchObject({
    direction: 'inbound',
    to: NUMBER,
    from: '+15559990000',
    caller_name: 'Anna',
    end_reason: 'script-ended',
  });
  await customer.requests.waitFor('the StatusCallback', ({ path }) => path === '/told', 10_000);
  expect(customer.sentTo('/told')[0]?.params).toMatchObject({ CallSid: sid, CallStatus: 'completed' });
});

test('Reject refuses a call, and an unknown number is not found', async () => {
  customer.serve('/voice', '<Response><Reject reason="busy"/></Response>');
  await call(await startAgent(), NUMBER).until('rejected 486');
  const sid = await newestCall('busy');
  expect(await recorded(cluster, sid, 'busy')).toMatchObject({ end_reason: 'script-rejected' });
  await call(await startAgent(), '+15550000000').until('rejected 404');
});

test('the API ends a call that rings, and a caller who goes cancels one', async () => {
  customer.serve('/voice', '<Response><Pause length="60"/></Response>');
  const first = call(await startAgent(), NUMBER);
  await first.until('180');
  const sid = await newestCall('ringing');
  expect((await cluster.api.endCall(sid, 'completed')).status).toBe(200);
  await first.until('rejected 480');
  const second = call(await startAgent(), NUMBER);
  await second.until('180');
  second.placed.cancel();
  await second.until('canceled');
  await newestCall('canceled');
});

test('a client registers with one dialer and is called by any, calls itself, and is hung up on', async () => {
  const calls: IncomingCall[] = [];
  const agent = await startAgent((incoming) => {
    calls.push(incoming);
    incoming.ring();
    incoming.answer(OFFER);
  });
  const states: string[] = [];
  const registration = agent.register({
    aor: 'sip:alice@127.0.0.1',
    registrar: 'sip:127.0.0.1',
    targets: async () => [dialers[0] as SipAddress],
    credentials: { username: 'alice', password: PASSWORD },
    expiresSeconds: 300,
    contactUser: 'alice',
    onState: ({ kind }) => void states.push(kind),
  });
  await eventually(10_000, 'alice is registered', async () => states.includes('registered') || null);
  const url = customer.serve('/to-alice', '<Response><Pause length="1"/></Response>');
  for (let n = 0; n < 4; n++) {
    const { sid } = await cluster.api.createCall({ From: '+15559990000', To: 'client:alice', Url: url });
    const { data } = await cluster.events.endOf(sid);
    expect(data).toMatchObject({ status: 'completed', endReason: 'script-ended' });
  }
  expect(calls).toHaveLength(4);
  customer.serve('/from-alice', '<Response><Say>hello</Say></Response>');
  await call(agent, 'bob', { login: 'alice' }).until('bye');
  expect(customer.sentTo('/from-alice')[0]?.params).toMatchObject({ From: 'alice', To: 'bob' });
  await registration.stop();
  const { sid } = await cluster.api.createCall({ From: '1', To: 'client:alice', Url: url });
  const { data } = await cluster.events.endOf(sid);
  expect(data).toMatchObject({ status: 'failed', endReason: 'not-registered' });
});

test('when the dialer of an answered call dies, another hangs up on the caller and tells the end', async () => {
  customer.serve('/voice', '<Response><Say>hello</Say><Pause length="120"/></Response>');
  const { until } = call(await startAgent(), NUMBER, { by: 1 });
  await until('200');
  const sid = await newestCall('in-progress');
  await cluster.service('dialer-1').kill('SIGKILL');
  const { data } = await cluster.events.endOf(sid, 30_000);
  expect(data).toMatchObject({ status: 'failed', endReason: 'dialer-lost', direction: 'inbound' });
  await until('bye');
  expect(await recorded(cluster, sid, 'failed')).toMatchObject({ end_reason: 'dialer-lost' });
}, 60_000);
