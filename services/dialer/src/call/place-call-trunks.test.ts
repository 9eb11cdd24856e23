import type { CallEnd, InviteOptions } from '@trunkline/sip';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { instructed, start } from '../testing/placed-call.js';
import { ACCEPTED_AT } from '../testing/queued-record.js';
import { trunkOf } from '../testing/trunk-bench.js';

/** Trunks in this order, each at an address of its own. */
function trunksOf(count: number) {
  return Array.from({ length: count }, (_, n) =>
    trunkOf({ name: `carrier-${n + 1}`, host: `192.0.2.${n + 1}`, priority: 10 * (n + 1) }),
  );
}

const REJECTION = { kind: 'rejected' as const, q850: null, retryAfterSeconds: null, contacts: [] };
const CONGESTED = { ...REJECTION, status: 503, reason: 'Service Unavailable' };

test('a trunk that fails hands the call to the next, which gets a whole INVITE of its own', async () => {
  const trunks = [
    trunkOf({ priority: 1 }),
    trunkOf({ priority: 2, host: '192.0.2.2', port: 5070, username: 'u', passwordSealed: 'p' }),
  ];
  const at = await start({ trunks });
  expect(at.invite()).toMatchObject({
    requestUri: 'sip:+15551230001@192.0.2.1:5060',
    offer: 'our offer',
    firstResponseTimeoutMs: 4_000,
  });
  at.invite().handlers.onEnded({ kind: 'no-response' });
  await settle();
  expect(at.invite(1)).toMatchObject({
    requestUri: 'sip:+15551230001@192.0.2.2:5070',
    targets: [{ host: '192.0.2.2', port: 5070 }],
    credentials: { username: 'u', password: 'p' },
  });
  expect(at.invite(1).firstResponseTimeoutMs).toBeUndefined();
  at.invite(1).handlers.onEnded({ kind: 'unreachable', error: new Error('ECONNREFUSED') });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'failed']);
  expect(at.last()).toMatchObject({ endReason: 'unreachable' });
});

test('the record lists each INVITE with its trunk, why that one, its times and what came of it', async () => {
  const trunks = trunksOf(2);
  const at = await start({ trunks });
  const open = { endedAt: null, sipCode: null, sipReason: null, q850Cause: null, failure: null, error: null };
  const begun = {
    trunk: 'carrier-1',
    trunkSid: trunks[0]?.sid,
    target: 'UDP 192.0.2.1:5060',
    why: 'priority 10',
    startedAt: ACCEPTED_AT,
  };
  expect(at.last()?.attempts).toEqual([{ ...begun, ...open }]);
  await passTime(at.clock, 1_000);
  at.invite().handlers.onEnded({ ...CONGESTED, q850: 34 });
  await passTime(at.clock, 1_100);
  const first = {
    ...begun,
    endedAt: '2026-11-24T12:00:01.000Z',
    sipCode: 503,
    sipReason: 'Service Unavailable',
    q850Cause: 34,
    failure: 'trunk-failed',
    error: null,
  };
  const second = {
    trunk: 'carrier-2',
    trunkSid: trunks[1]?.sid,
    target: 'UDP 192.0.2.2:5060',
    why: "priority 20; 'carrier-1' before it failed: 503 Service Unavailable",
    startedAt: '2026-11-24T12:00:01.000Z',
    ...open,
  };
  expect(at.bus.note('d1', at.sid)?.record.call.attempts).toEqual([first, second]);
  at.answer('their answer', 1);
  const answered = { ...second, endedAt: '2026-11-24T12:00:02.100Z', sipCode: 200, sipReason: 'OK' };
  expect(at.last()).toMatchObject({ status: 'in-progress', attempts: [first, answered] });
  await passTime(at.clock, 3_000);
  at.invite(1).handlers.onEnded({ kind: 'bye', side: 'remote', q850: 16, status: null });
  expect(at.last()).toMatchObject({ status: 'completed', attempts: [first, answered] });
});

test('each target of a trunk that an INVITE left for is an attempt', async () => {
  const resolver = {
    resolve: async () => [
      { host: '192.0.2.10', port: 5060 },
      { host: '192.0.2.11', port: 5061, protocol: 'TLS' as const, serverName: 'carrier.example' },
    ],
  };
  const at = await start({ resolver });
  const { handlers, targets } = at.invite();
  const [target, next] = targets;
  if (!target || !next) throw new Error('there are two targets');
  const silence = { status: null, reason: null, q850: null, retryAfterSeconds: null };
  handlers.onTargetFailed?.({ target, ...silence, failure: 'no-response' });
  handlers.onSent(next);
  at.ring();
  expect(at.bus.namesOf(at.sid)).toEqual(['initiated', 'ringing']);
  expect(at.last()?.attempts).toMatchObject([
    { target: 'UDP 192.0.2.10:5060', failure: 'trunk-failed', sipCode: null },
    { target: 'TLS 192.0.2.11:5061', failure: null, endedAt: null },
  ]);
});

const REFUSED = Object.assign(new Error('at 10.0.0.1'), { code: 'ECONNREFUSED' });
const WRONG_NAME = Object.assign(new Error('of x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });

test('a target that no INVITE could leave for is an attempt too, and says why', async () => {
  const targets = [10, 11].map((n) => ({ host: `192.0.2.${n}`, port: 5061, protocol: 'TLS' as const }));
  const invite = ({ handlers }: InviteOptions) => {
    const nothing = { status: null, reason: null, q850: null, retryAfterSeconds: null };
    queueMicrotask(() => {
      for (const target of targets.slice(0, 1))
        handlers.onTargetFailed?.({ target, ...nothing, failure: 'unreachable', error: REFUSED });
      handlers.onEnded({ kind: 'unreachable', error: WRONG_NAME });
    });
    return { callId: 'c', cancel: () => {}, bye: () => {}, renegotiate: () => {} };
  };
  const at = await start({ resolver: { resolve: async () => targets }, agent: { invite } });
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({
    endReason: 'unreachable',
    attempts: [
      { target: 'TLS 192.0.2.10:5061', failure: 'unreachable', sipCode: null, error: 'connection refused' },
      {
        target: 'TLS 192.0.2.11:5061',
        failure: 'unreachable',
        endedAt: expect.any(String),
        error: 'the certificate is for another name',
      },
    ],
  });
});

test('an INVITE that we take back failed for our reason, whether or not the far end says a last word', async () => {
  const at = await start();
  at.call.feed({ kind: 'end-requested', status: 'canceled' });
  const end = { kind: 'canceled', status: 487, reason: 'Request Terminated', lateAnswer: false } as const;
  at.invite().handlers.onEnded(end);
  expect(at.last()?.attempts).toMatchObject([{ sipCode: 487, failure: 'cancel-requested' }]);
  const silent = await start();
  await passTime(silent.clock, 64_000);
  const [attempt] = silent.last()?.attempts ?? [];
  expect(attempt).toMatchObject({ endedAt: silent.last()?.endTime, sipCode: null, failure: 'ring-timeout' });
});

test('a caller id is shown in place of the number that calls', async () => {
  const at = await start({}, instructed({ callerId: '+15557770000' }));
  expect(at.invite().from.uri).toBe('sip:+15557770000@192.0.2.9:5060');
  expect(at.last()?.from).toBe('+15559990000');
});

const SIP_AUTH = { username: 'anna', passwordSealed: 'c2VhbGVk' };
const withPassword = [trunkOf({ username: 'trunk', passwordSealed: 'p' })];

test("a call's own SIP credentials stand in place of the trunk's", async () => {
  const at = await start({ trunks: withPassword }, instructed({ sipAuth: SIP_AUTH }));
  const password = `c2VhbGVk opened for ${at.sid}`;
  expect(at.invite().credentials).toEqual({ username: 'anna', password });
  expect(at.notes()).toEqual([]);
});

test("a SIP password that cannot be opened is told, and the trunk's own credentials are used", async () => {
  const openPassword = () => {
    throw new Error('another key');
  };
  const at = await start({ trunks: withPassword, openPassword }, instructed({ sipAuth: SIP_AUTH }));
  expect(at.invite().credentials).toEqual({ username: 'trunk', password: 'p' });
  expect(at.notes()).toEqual([['error', 32202, expect.stringContaining('cannot be opened')]]);
});

test('a trunk says what its rules say, and the call its own headers', async () => {
  const trunk = trunkOf({
    host: 'carrier.example',
    port: null,
    stripDigits: 1,
    numberPrefix: '99#',
    numberFormat: 'no-plus',
    callerIdHeader: 'p-asserted-identity',
    hideCallerId: true,
    publicAddress: '203.0.113.5',
    outboundProxy: 'sip:proxy.example',
    followRedirects: true,
    reliableProvisionals: 'required',
    sessionExpiresSeconds: 1800,
  });
  const at = await start({ trunks: [trunk] }, instructed({ sipHeaders: { 'X-Order': '7' } }));
  expect(at.invite()).toMatchObject({
    requestUri: 'sip:99%235551230001@carrier.example',
    targets: [{ host: 'proxy.example', port: 5060 }],
    routes: ['<sip:proxy.example;lr>'],
    from: { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' },
    headers: [
      ['P-Asserted-Identity', '<sip:15559990000@203.0.113.5:5060>'],
      ['Privacy', 'id'],
      ['X-Order', '7'],
    ],
    publicHost: '203.0.113.5',
    offer: 'our offer at 203.0.113.5',
    followRedirects: true,
    reliable: 'required',
    sessionExpiresSeconds: 1800,
  });
  expect(at.invite().allowRefer).toBeUndefined();
});

test('what each trunk did is told to operators: in the log by call, in the numbers by trunk', async () => {
  const trunks = trunksOf(4);
  const gone = new Error('ENOTFOUND');
  const resolver = {
    resolve: async ({ host, port }: { host: string; port: number | null }) =>
      host === '192.0.2.2' ? Promise.reject(gone) : [{ host, port: port ?? 5060 }],
  };
  const at = await start({ trunks, resolver });
  at.invite(0).handlers.onEnded(CONGESTED);
  await settle();
  at.invite(1).handlers.onEnded({ kind: 'no-response' });
  await settle();
  at.invite(2).handlers.onEnded({ ...REJECTION, status: 486, reason: 'Busy Here' });
  expect(await at.isOver()).toBe(true);
  const callSid = at.sid;
  expect(at.log.fields).toMatchObject([
    { callSid, trunk: 'carrier-1', sipCode: 503, moreTrunks: true },
    { callSid, trunk: 'carrier-3', sipCode: null, reason: 'trunk-failed' },
  ]);
  expect(at.trunks.unresolved).toEqual(['carrier-2']);
  expect(at.legs).toEqual([
    ['carrier-1', 'trunk-failed'],
    ['carrier-3', 'trunk-failed'],
    ['carrier-4', 'busy'],
  ]);
});

test('a call that cannot be written into SIP is not tried on every trunk', async () => {
  let tries = 0;
  const invite = () => {
    tries += 1;
    throw Object.assign(new Error('a header would break'), { retryable: false });
  };
  const at = await start({ trunks: trunksOf(2), agent: { invite } });
  expect(await at.isOver()).toBe(true);
  expect(tries).toBe(1);
  expect(at.last()).toMatchObject({
    status: 'failed',
    endReason: 'rejected',
    hangupSide: 'local',
    attempts: [],
  });
  expect(at.log.complaints).toEqual(['a trunk failed']);
});

test('a trunk whose name has no address counts as unreachable', async () => {
  const resolver = { resolve: async () => Promise.reject(new Error('ENOTFOUND')) };
  const at = await start({ resolver });
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ status: 'failed', endReason: 'unreachable' });
});

test('a call whose account has no trunk fails, and its owner is told why', async () => {
  const at = await start({ trunks: [] });
  expect(await at.isOver()).toBe(true);
  expect(at.bus.namesOf(at.sid)).toEqual(['failed']);
  expect(at.last()).toMatchObject({ endReason: 'no-trunk', hangupSide: 'local', attempts: [] });
  expect(at.notes()).toEqual([['warning', null, 'no trunk for the call: the account has no trunk']]);
});

test('when the trunk that is left stays full, what the first one said is the end', async () => {
  const trunks = trunksOf(2).map((trunk) => ({ ...trunk, maxChannels: 1 }));
  const at = await start({ trunks });
  at.trunks.limits.full.add(trunks[1]?.sid ?? '');
  at.invite().handlers.onEnded(CONGESTED);
  await passTime(at.clock, 5_000);
  expect(await at.isOver()).toBe(false);
  await passTime(at.clock, 6_000);
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ endReason: 'trunk-failed', sipCode: 503 });
  expect(at.trunks.limits.held).toEqual([]);
});

test('a call whose trunks are all full fails, when nobody saw to it before', async () => {
  const trunks = trunksOf(1).map((trunk) => ({ ...trunk, maxChannels: 0 as number }));
  const at = await start({ trunks });
  await passTime(at.clock, 11_000);
  expect(await at.isOver()).toBe(true);
  expect(at.last()).toMatchObject({ endReason: 'trunks-full' });
});

test('a call holds its channel until its leg is gone', async () => {
  const at = await start({ trunks: [trunkOf({ maxChannels: 3 })] });
  at.answer();
  expect(at.trunks.limits.held).toHaveLength(1);
  at.scripts[0]?.end({ kind: 'ended', by: 'end-of-document' });
  await settle();
  expect(at.last()).toMatchObject({ status: 'completed' });
  expect(at.trunks.limits.held).toHaveLength(1);
  at.invite().handlers.onEnded({ kind: 'bye', side: 'local', q850: null, status: 200 });
  expect(at.trunks.limits.held).toEqual([]);
});

test('an INVITE waits for its turn, and a call that is ended meanwhile sends none', async () => {
  const paced = trunkOf({ maxCallsPerSecond: 2 });
  const at = await start({ trunks: [paced] }, undefined, (bench) => {
    bench.trunks.limits.waitMs = 500;
  });
  expect(at.invites).toHaveLength(0);
  await passTime(at.clock, 600);
  expect(at.invites).toHaveLength(1);
  const ended = await start({ trunks: [paced] }, undefined, (bench) => {
    bench.trunks.limits.waitMs = 500;
  });
  ended.call.feed({ kind: 'end-requested', status: 'canceled' });
  await passTime(ended.clock, 1_000);
  expect(ended.invites).toHaveLength(0);
  expect(ended.trunks.limits.held).toEqual([]);
  expect(ended.bus.namesOf(ended.sid)).toEqual(['canceled']);
});

test('an INVITE whose connection is still being opened is taken back when the call ends', async () => {
  const at = await start({ connects: false });
  at.call.feed({ kind: 'end-requested', status: 'canceled' });
  expect(at.last()).toMatchObject({ status: 'canceled' });
  expect(at.invite().canceled).toBe(1);
});

test('a trunk that asks for a pause gets no calls meanwhile, and says so where another is chosen', async () => {
  const at = await start({ trunks: trunksOf(2) });
  at.invite().handlers.onEnded({ ...CONGESTED, retryAfterSeconds: 120 });
  await settle();
  at.invite(1).handlers.onEnded({ ...REJECTION, status: 486, reason: 'Busy Here' });
  const routed = await at.trunks.openRoutes({ sid: 'CA2', accountSid: 'AC1' }).next();
  expect(routed?.why).toBe("priority 20; 'carrier-1' before it asked for a pause until 12:02:00Z");
});

test.each([
  ['a phone that is busy', 'succeeded', { ...REJECTION, status: 486, reason: 'Busy Here' }],
  ['a 503 that speaks of the phone', 'succeeded', { ...CONGESTED, q850: 17 }],
  ['a caller who gives up', 'withdrawn', { kind: 'canceled', status: null, reason: null, lateAnswer: false }],
  ['a 500', 'failed', { ...REJECTION, status: 500, reason: 'Server Internal Error' }],
  ['silence', 'failed', { kind: 'no-response' }],
] as [string, string, CallEnd][])('%s counts for the trunk as %s', async (_, kind, end) => {
  const at = await start();
  const told: string[] = [];
  const { tell } = at.trunks.states;
  at.trunks.states.tell = (trunk, result) => {
    told.push(result.kind);
    tell.call(at.trunks.states, trunk, result);
  };
  at.invite().handlers.onEnded(end);
  expect(told).toEqual([kind]);
});

test('once the phone rings no other trunk is tried, and nothing that follows is held against the trunk', async () => {
  const at = await start({ trunks: trunksOf(2) });
  at.ring();
  at.invite().handlers.onEnded(CONGESTED);
  expect(await at.isOver()).toBe(true);
  expect(at.invites).toHaveLength(1);
  expect(at.last()).toMatchObject({ endReason: 'trunk-failed', sipCode: 503 });
});
