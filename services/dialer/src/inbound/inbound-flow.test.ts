import { expect, test } from 'vitest';
import { CARRIER, createInboundWorld, PAGE, type WorldOptions } from '../testing/inbound-bench.js';
import { createCaller, OFFER } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';

const DIALER = { host: '192.0.2.9', port: 5060 };
const NUMBER = '+15551230001';

async function start(options: WorldOptions & { page?: string | number; maxCalls?: number } = {}) {
  const { page = '<Say>hello</Say><Pause length="5"/>', maxCalls = 10, ...world } = options;
  const at = await createInboundWorld(world);
  at.customer.pages[PAGE] = page;
  const dialer = await at.startDialer('d1', DIALER, { maxCalls });
  const carrier = createCaller(at.agentAt(CARRIER), DIALER);
  /** Nothing of any call is left. */
  const isQuiet = async () => {
    await passTime(at.clock, 70_000);
    const { clientTransactions, serverTransactions, dialogs, calls } = dialer.agent.counts();
    const left = { places: dialer.calls.size(), channels: dialer.channels.taken.length };
    return { clientTransactions, serverTransactions, dialogs, calls, ...left };
  };
  return { ...at, dialer, carrier, isQuiet };
}

const QUIET = { clientTransactions: 0, serverTransactions: 0, dialogs: 0, calls: 0, places: 0, channels: 0 };

test('a call to a number of ours rings, asks its VoiceUrl, is answered for its first word, and hung up on at the end', async () => {
  const at = await start();
  at.carrier.call('15551230001', {
    headers: [
      ['P-Asserted-Identity', '"Anna B" <tel:+15557770000>'],
      ['Diversion', '<sip:+15558880000@carrier.test>;reason=unconditional'],
      ['X-Tenant', 'blue'],
    ],
  });
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', '200']);
  expect(at.customer.paramsOf(0)).toMatchObject({
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+15557770000',
    To: NUMBER,
    CallerName: 'Anna B',
    ForwardedFrom: '+15558880000',
    'SipHeader_X-Tenant': 'blue',
    ApiVersion: '2012-04-24',
  });
  const { call } = at.story();
  expect(call).toMatchObject({ status: 'in-progress', phoneNumberSid: at.number.sid, sipCode: 200 });
  const note = at.bus.note('d1', call?.sid ?? '');
  expect(note).toMatchObject({
    record: { sequence: 2 },
    dialog: { remoteUri: 'sip:+15559990000@carrier.test' },
  });
  await passTime(at.clock, 6_000);
  expect(at.carrier.heard).toEqual(['180', '200', 'bye']);
  expect(at.story().names).toEqual(['ringing', 'in-progress', 'completed']);
  expect(at.story().call).toMatchObject({
    endReason: 'script-ended',
    hangupSide: 'local',
    durationSeconds: 5,
    price: '5.00',
    sipHeaders: { 'X-Tenant': 'blue' },
  });
  expect(at.dialer.media[0]?.log).toEqual([`sdp ${OFFER}`, 'start', 'close']);
  expect(await at.isQuiet()).toEqual(QUIET);
  expect(at.bus.note('d1', call?.sid ?? '')).toBeNull();
});

test('the first event has number 1, and the note is there before the phone rings', async () => {
  const at = await start();
  at.bus.isAway = true;
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_500);
  expect(at.carrier.heard).toEqual([]);
  expect(at.bus.told).toEqual([]);
  at.bus.isAway = false;
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard[0]).toBe('180');
  expect(at.bus.told[0]).toMatchObject({ sequence: 1, data: { status: 'ringing' } });
});

test('a caller is sent elsewhere when the call cannot be noted in time, and nothing is told of it', async () => {
  const at = await start();
  at.bus.isAway = true;
  at.carrier.call(NUMBER);
  await passTime(at.clock, 4_000);
  expect(at.carrier.heard).toEqual(['rejected 503']);
  at.bus.isAway = false;
  expect(await at.isQuiet()).toEqual(QUIET);
  expect(at.bus.told).toEqual([]);
});

test.each([
  ['busy', 486],
  ['rejected', 603],
])('Reject %s is answered %i, and costs nothing', async (reason, status) => {
  const at = await start({ page: `<Reject reason="${reason}"/>` });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', `rejected ${status}`]);
  expect(at.story().names).toEqual(['ringing', 'busy']);
  expect(at.story().call).toMatchObject({
    endReason: 'script-rejected',
    sipCode: status,
    startTime: null,
    durationSeconds: 0,
    price: '0.00',
  });
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('a Pause before Reject lets it ring, and a caller who goes meanwhile cancels the call', async () => {
  const at = await start({ page: '<Pause length="20"/><Reject/>' });
  const call = at.carrier.call(NUMBER);
  await passTime(at.clock, 5_000);
  expect(at.carrier.heard).toEqual(['180']);
  call.cancel();
  await passTime(at.clock, 1_000);
  expect(at.story().names).toEqual(['ringing', 'canceled']);
  expect(at.story().call).toMatchObject({ endReason: 'caller-gone', hangupSide: 'remote', sipCode: 487 });
  expect(await at.isQuiet()).toEqual(QUIET);
  expect(at.clock.pending()).toBeLessThan(5);
});

test.each([
  [404, 404],
  [500, 500],
  ['not markup <', 500],
])('markup that is %j before the answer fails the call with %i', async (page, status) => {
  const at = await start({ page });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', `rejected ${status}`]);
  expect(at.story().call).toMatchObject({ status: 'failed', endReason: 'script-failed', sipCode: status });
  expect(at.notes()[0]?.[0]).toBe('markup-request');
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('an empty document answers and hangs up', async () => {
  const at = await start({ page: '' });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', '200', 'bye']);
  expect(at.story().names).toEqual(['ringing', 'in-progress', 'completed']);
});

test('the caller hangs up', async () => {
  const at = await start({ page: '<Say/><Pause length="60"/>' });
  const call = at.carrier.call(NUMBER);
  await passTime(at.clock, 3_500);
  call.bye(16);
  await passTime(at.clock, 1_000);
  expect(at.story().call).toMatchObject({
    status: 'completed',
    endReason: 'hangup',
    hangupSide: 'remote',
    q850Cause: 16,
    durationSeconds: 3,
  });
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('no codec in common is 488, and the record says so', async () => {
  const at = await start();
  at.carrier.call(NUMBER, { offer: 'broken' });
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['rejected 488']);
  expect(at.story().names).toEqual(['ringing', 'failed']);
  expect(at.story().call).toMatchObject({ endReason: 'media-failed', sipCode: 488 });
  expect(at.customer.asked).toEqual([]);
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('an answer that is never acknowledged loses the connection', async () => {
  const at = await start();
  at.network.loses = ({ text }) => (text.startsWith('ACK ') ? true : null);
  at.carrier.call(NUMBER);
  await passTime(at.clock, 40_000);
  expect(at.story().call).toMatchObject({ status: 'failed', endReason: 'connection-lost' });
  expect(at.customer.asked).toHaveLength(1);
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('a request to end it is obeyed before and after the answer', async () => {
  const at = await start({ page: '<Pause length="3"/><Say/><Pause length="60"/>' });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_000);
  const first = at.story().call?.sid ?? '';
  expect(at.dialer.calls.end({ callSid: first, status: 'canceled' }).result).toBe('ending');
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', 'rejected 480']);
  expect(at.story().call).toMatchObject({ status: 'canceled', endReason: 'cancel-requested' });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 5_000);
  const second = at.story().call?.sid ?? '';
  expect(at.dialer.calls.end({ callSid: second, status: 'canceled' }).result).toBe('in-progress');
  expect(at.dialer.calls.end({ callSid: second, status: 'completed' }).result).toBe('ending');
  await passTime(at.clock, 1_000);
  expect(at.story().call).toMatchObject({ status: 'completed', endReason: 'end-requested' });
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('a drain tells ringing callers to try another of us, and hangs up on the others', async () => {
  const at = await start({ page: '<Pause length="30"/>' });
  at.carrier.call(NUMBER);
  await passTime(at.clock, 1_000);
  at.dialer.calls.drain();
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['180', 'rejected 503']);
  expect(at.story().call).toMatchObject({ status: 'failed', endReason: 'drained', sipCode: 503 });
});

test.each<[string, string, Parameters<typeof start>[0], (at: Awaited<ReturnType<typeof start>>) => void]>([
  ['an unknown number', 'rejected 404', {}, () => {}],
  ['no room', 'rejected 503', { maxCalls: 0 }, () => {}],
  ['a dialer that takes no calls', 'rejected 503', {}, (at) => at.dialer.admission.set('no-bus', true)],
  [
    'a trunk whose channels are all taken',
    'rejected 486',
    {},
    (at) => {
      at.dialer.channels.isFull = true;
    },
  ],
])('%s: %s, and no call', async (what, heard, options, prepare) => {
  const at = await start(options);
  prepare(at);
  at.carrier.call(what === 'an unknown number' ? '+15550000000' : NUMBER);
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual([heard]);
  expect(at.bus.told).toEqual([]);
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('a stranger hears nothing, whatever it sends, and is counted', async () => {
  const at = await start();
  const stranger = createCaller(at.agentAt({ host: '203.0.113.66', port: 5060 }), DIALER);
  stranger.call(NUMBER);
  await passTime(at.clock, 40_000);
  expect(stranger.heard).toEqual(['no-response']);
  expect(at.network.sent.filter(({ to }) => to.host === '203.0.113.66')).toEqual([]);
  expect(at.counted).toContain('dropped stranger');
  expect(at.customer.asked).toEqual([]);
});

test('over a wire that loses and doubles a third, every call still ends right', async () => {
  const wire = { seed: 7, loss: 0.3, duplication: 0.3, delayMs: { from: 1, to: 80 } };
  const at = await start({ ...wire, page: '<Say/><Pause length="2"/>', maxCalls: 100 });
  for (let n = 0; n < 20; n++) at.carrier.call(NUMBER);
  await passTime(at.clock, 120_000);
  const sids = new Set(at.bus.told.map(({ subject }) => subject));
  expect(sids.size).toBeGreaterThan(10);
  for (const sid of sids) {
    const last = at.bus.told.filter(({ subject }) => subject === sid).at(-1);
    expect(['completed', 'failed', 'canceled']).toContain(last?.data.status);
  }
  expect(await at.isQuiet()).toEqual(QUIET);
});

test('a call that cannot be begun is refused, and keeps no audio, place or channel', async () => {
  const at = await start();
  at.dialer.surroundings.openHistory = () => {
    throw new Error('a fault of ours');
  };
  at.carrier.call('15551230001');
  await passTime(at.clock, 1_000);
  expect(at.carrier.heard).toEqual(['rejected 500']);
  expect(at.dialer.media.map(({ log }) => log.at(-1))).toEqual(['close']);
  expect(await at.isQuiet()).toEqual(QUIET);
});
