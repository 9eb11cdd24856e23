import { mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import type { SipAddress } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { AttemptList } from '../call/attempts.js';
import type { CallInput } from '../call/call-machine.js';
import { ACCOUNT_SID, createInboundWorld, makeClient, type WorldOptions } from '../testing/inbound-bench.js';
import { createPhone, OFFER } from '../testing/inbound-parties.js';
import { passTime } from '../testing/pass-time.js';
import { createClientLeg } from './client-leg.js';

const [D1, D2] = [
  { host: '192.0.2.9', port: 5060 },
  { host: '192.0.2.10', port: 5060 },
];
const place = (n: number): SipAddress => ({ host: `203.0.113.${n}`, port: 5060 });

type StartOptions = { to?: string; enabled?: boolean } & Omit<WorldOptions, 'entries'>;

async function start({ to = 'alice', enabled = true, ...wire }: StartOptions = {}) {
  const client = makeClient('alice', 'pw', { enabled });
  const at = await createInboundWorld({ ...wire, entries: [{ kind: 'client', client }] });
  const dialers = [await at.startDialer('d1', D1), await at.startDialer('d2', D2)];
  const [d1] = dialers;
  const beat = () => {
    for (const [n, { at: address }] of dialers.entries())
      void at.bus.leases.renew({
        dialerId: `d${n + 1}`,
        sipAddress: `${address.host}:${address.port}`,
        startedAt: at.now().toISOString(),
        draining: false,
        trunks: {},
      });
    at.clock.after(3_000, beat);
  };
  beat();
  // Until the dialers know each other.
  await passTime(at.clock, 3_500);
  const told: string[] = [];
  const ends: Extract<CallInput, { kind: 'leg-over' }>[] = [];
  const list = new AttemptList();
  const call = queuedCall({ accountSid: ACCOUNT_SID, to, from: '+15559990000', callerName: 'Shop' });
  call.instructions.sipHeaders = { 'X-Order': '7' };
  const leg = createClientLeg(
    call,
    {
      callSid: mintSid('CA'),
      agent: d1?.agent ?? fail(),
      offer: () => OFFER,
      attempts: {
        begin: (start) => {
          const end = list.begin(start, at.now().toISOString());
          return { end: (how) => void end(how, at.now().toISOString()) };
        },
      },
      onReinvite: () => null,
      onReinviteAnswer: () => {},
      onAnswer: ({ sdp }) => void told.push(`sdp ${sdp}`),
      feed: (input) => {
        told.push(input.kind);
        if (input.kind === 'leg-over') ends.push(input);
      },
      meter: { legEnded: () => {} },
      log: at.log,
    },
    {
      directory: at.directory,
      locations: at.bus.locations,
      dialerId: 'd1',
      isAlive: d1?.door.peers.isAlive ?? fail(),
      seekDialers: d1?.door.peers.seek ?? fail(),
      edgeRoute: (binding) => d1?.agent.edgeRoute(binding) ?? '',
      now: at.now,
      publicAddress: D1,
    },
  );
  /** A device that is registered with one of the dialers. */
  const device = async (n: number, dialer = D1) => {
    const phone = createPhone(at.agentAt, { at: place(n), login: 'alice', password: 'pw', dialer });
    phone.register();
    await passTime(at.clock, 1_000);
    expect(phone.states).toEqual(['registered']);
    return phone;
  };
  const outcome = () => ends[0]?.outcome;
  return { ...at, client, dialers, leg, told, outcome, device, attempts: () => list.all() };
}

function fail(): never {
  throw new Error('there is no dialer');
}

test('all devices ring, here and at other dialers; the first answer wins, and the others are told so', async () => {
  const at = await start();
  const [near, far] = [await at.device(1), await at.device(2, D2)];
  at.leg.next();
  await passTime(at.clock, 1_000);
  expect([near.calls.length, far.calls.length]).toEqual([1, 1]);
  expect(far.calls[0]?.request.headers.get('From')).toContain('"Shop" <sip:+15559990000@192.0.2.9:5060>');
  expect(far.calls[0]?.request.headers.get('X-Order')).toBe('7');
  far.calls[0]?.answer('far answer');
  await passTime(at.clock, 1_000);
  expect(at.told.filter((what) => what !== 'sent' && what !== 'ringing')).toEqual([
    'sdp far answer',
    'answered',
  ]);
  expect(near.ends).toEqual(['canceled']);
  const cancel = at.network.sent.find(({ text }) => text.startsWith('CANCEL '));
  expect(cancel?.text).toMatch(/^Reason: SIP;cause=200;text="Call completed elsewhere"/m);
  expect(at.attempts()).toMatchObject([
    {
      target: 'UDP 203.0.113.1:5060',
      why: 'registered here, with 1 more',
      sipCode: 487,
      failure: 'answered-elsewhere',
    },
    { target: 'UDP 192.0.2.10:5060', why: 'registered at d2, with 1 more', sipCode: 200, failure: null },
  ]);
  at.leg.hangUp();
  await passTime(at.clock, 1_000);
  expect(far.ends).toEqual(['bye-remote']);
  expect(at.outcome()).toMatchObject({ status: 'completed', reason: 'hangup', side: 'local' });
});

test('what a device at another dialer says in the call comes back through that dialer', async () => {
  const at = await start();
  const far = await at.device(2, D2);
  at.leg.next();
  await passTime(at.clock, 1_000);
  far.calls[0]?.answer('far answer');
  await passTime(at.clock, 3_000);
  far.calls[0]?.bye(16);
  await passTime(at.clock, 1_000);
  expect(at.outcome()).toMatchObject({ status: 'completed', side: 'remote', q850Cause: 16 });
  const byes = at.network.sent.filter(({ text }) => text.startsWith('BYE '));
  expect(byes.map(({ to }) => to.host)).toEqual([D2.host, D1.host]);
});

test('when nobody takes it, what a person said is the outcome', async () => {
  const at = await start();
  const [one, other] = [await at.device(1), await at.device(2)];
  at.leg.next();
  await passTime(at.clock, 1_000);
  one.calls[0]?.reject(486);
  await passTime(at.clock, 1_000);
  expect(at.outcome()).toBeUndefined();
  other.calls[0]?.reject(404);
  await passTime(at.clock, 1_000);
  expect(at.outcome()).toMatchObject({ status: 'busy', reason: 'busy', sipCode: 486 });
});

test('who declines for all devices stops the others', async () => {
  const at = await start();
  const [one, other] = [await at.device(1), await at.device(2)];
  at.leg.next();
  await passTime(at.clock, 1_000);
  one.calls[0]?.reject(603);
  await passTime(at.clock, 1_000);
  expect(other.ends).toEqual(['canceled']);
  expect(at.outcome()).toMatchObject({ status: 'busy', reason: 'declined', sipCode: 603 });
});

test('two that answer in the same moment: one is hung up on', async () => {
  const at = await start();
  const phones = [await at.device(1), await at.device(2)];
  at.leg.next();
  await passTime(at.clock, 1_000);
  for (const phone of phones) phone.calls[0]?.answer('answer');
  await passTime(at.clock, 2_000);
  expect(at.told.filter((what) => what === 'answered')).toHaveLength(1);
  expect(phones.flatMap(({ ends }) => ends)).toEqual(['bye-remote']);
});

test('a call that is taken back stops all', async () => {
  const at = await start();
  const phones = [await at.device(1), await at.device(2, D2)];
  at.leg.next();
  await passTime(at.clock, 1_000);
  at.leg.cancel();
  await passTime(at.clock, 1_000);
  expect(phones.flatMap(({ ends }) => ends)).toEqual(['canceled', 'canceled']);
  expect(at.outcome()).toMatchObject({ sipCode: 487 });
});

test('a call that ends while its INVITEs are on their way leaves no phone ringing', async () => {
  const at = await start({ delayMs: { from: 50, to: 60 } });
  const phone = await at.device(1);
  at.leg.next();
  await passTime(at.clock, 20);
  at.leg.abandon();
  await passTime(at.clock, 5_000);
  expect(phone.ends).toEqual(['canceled']);
});

test('a device that has gone without a word is given up after ten seconds', async () => {
  const at = await start();
  await at.device(1);
  at.network.loses = ({ to }) => (to.host === '203.0.113.1' ? true : null);
  at.leg.next();
  await passTime(at.clock, 11_000);
  expect(at.outcome()).toMatchObject({ status: 'failed', reason: 'unreachable', sipCode: null });
  expect(at.log.complaints).toContain('a device could not be reached');
});

test.each([
  [{}, 'no device of alice is registered'],
  [{ to: 'client:alice' }, 'no device of alice is registered'],
  [{ to: 'carol' }, 'the account has no client carol'],
  [{ enabled: false }, 'the client alice is switched off'],
])('with nothing to ring the record says why: %o', async (options, why) => {
  const at = await start(options);
  at.leg.next();
  await passTime(at.clock, 100);
  expect(at.told).toEqual(['leg-over']);
  expect(at.outcome()).toMatchObject({ status: 'failed', reason: 'not-registered', side: 'local' });
  expect(at.attempts()).toMatchObject([
    { why, target: null, failure: 'not-registered', endedAt: expect.any(String) },
  ]);
});

test('a device whose dialer is gone is called where it was seen', async () => {
  const at = await start();
  const far = await at.device(2, D2);
  at.dialers.splice(1);
  await passTime(at.clock, 15_000);
  at.leg.next();
  await passTime(at.clock, 1_000);
  expect(far.calls).toHaveLength(1);
  expect(at.attempts()[0]?.why).toBe('registered at d2, which is gone');
});

test('while the bus is away nobody knows where a client is', async () => {
  const at = await start();
  at.bus.isAway = true;
  at.leg.next();
  await passTime(at.clock, 100);
  expect(at.outcome()).toMatchObject({ status: 'failed', reason: 'unreachable' });
});

test.each([1, 2, 3])(
  'over a wire that loses and doubles a third, one of two phones gets the call (%i)',
  async (seed) => {
    const at = await start({ seed, duplication: 0.3, delayMs: { from: 1, to: 60 } });
    const phones = [await at.device(1), await at.device(2, D2)];
    at.network.setLoss(0.3);
    at.leg.next();
    await passTime(at.clock, 6_000);
    for (const phone of phones) phone.calls[0]?.answer('answer');
    await passTime(at.clock, 10_000);
    expect(at.told.filter((what) => what === 'answered').length).toBeLessThanOrEqual(1);
    at.leg.hangUp();
    at.leg.cancel();
    await passTime(at.clock, 100_000);
    expect(at.told.at(-1)).toBe('leg-over');
    expect(at.told.filter((what) => what === 'leg-over')).toHaveLength(1);
    const [d1] = at.dialers;
    expect(d1?.agent.counts()).toMatchObject({ clientTransactions: 0, dialogs: 0, calls: 0 });
  },
);
