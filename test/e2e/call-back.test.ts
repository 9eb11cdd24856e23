import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, recorded, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';

/** Ends as the simulator's numbers do that call back. */
const CALLS_BACK = '+15551230012';

let cluster: Cluster;
let customer: Customer;

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster({ dialers: 2 }), Customer.start()]);
  customer.serve('/outer', '<Response><Pause length="30"/></Response>');
  customer.serve('/inner', '<Response><Hangup/></Response>');
  customer.serve('/callback', () => ({ status: 200 }));
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

async function buyNumber(phoneNumber: string, markup: string): Promise<string> {
  const { sid } = await cluster.api.send('POST', '/IncomingPhoneNumbers', {
    PhoneNumber: phoneNumber,
    VoiceUrl: customer.serve(`/voice/${phoneNumber.slice(1)}`, markup),
    StatusCallback: customer.url('/callback'),
    StatusCallbackEvent: ['ringing', 'answered', 'completed'],
  });
  return String(sid);
}

/** Has the carrier call one of our numbers, and gives the Sid of that call. */
async function beCalled(ourNumber: string): Promise<string> {
  await cluster.api.createCall({ From: ourNumber, To: CALLS_BACK, Url: customer.url('/outer') });
  const came = await cluster.events.waitFor(
    `a call comes to ${ourNumber}`,
    ({ data }) => data.direction === 'inbound' && data.to === ourNumber,
  );
  return came.subject;
}

test('a call that comes is a call like any other: its events, its markup, its callbacks, its record', async () => {
  const number = '+15557770001';
  const sid = await buyNumber(number, '<Response><Pause length="1"/><Redirect>/inner</Redirect></Response>');
  const callSid = await beCalled(number);
  await cluster.events.of(callSid, 'completed');
  expect(cluster.events.namesOf(callSid)).toEqual(['ringing', 'in-progress', 'completed']);

  const [asked] = customer.sentTo(`/voice/${number.slice(1)}`);
  expect(asked?.params).toMatchObject({
    CallSid: callSid,
    AccountSid: cluster.api.accountSid,
    From: CALLS_BACK,
    To: number,
    CallStatus: 'ringing',
    Direction: 'inbound',
  });

  expect(await recorded(cluster, callSid, 'completed')).toMatchObject({
    direction: 'inbound',
    from: CALLS_BACK,
    to: number,
    phone_number_sid: sid,
    hangup_side: 'local',
  });

  const told = () => callbacksOf(callSid, customer.requests.entries);
  await customer.requests.waitFor('the last callback', () => told().length === 3);
  expect(told().map(({ params }) => params.CallStatus)).toEqual(['ringing', 'in-progress', 'completed']);
});

function callbacksOf<T extends { path: string; params: Record<string, string> }>(
  callSid: string,
  all: T[],
): T[] {
  return all.filter(({ path, params }) => path === '/callback' && params.CallSid === callSid);
}
