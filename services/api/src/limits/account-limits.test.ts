import { randomBytes } from 'node:crypto';
import { type Bus, connectBus } from '@trunkline/bus';
import { advanceCall, type CallEvent, openCall, recordOf } from '@trunkline/contracts';
import { type Limits, LimitsUnavailableError, openLimits } from '@trunkline/limits';
import { createLogger, createMetrics, type Metrics } from '@trunkline/runtime';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AccountBook, type KnownAccount } from '../accounts/account-book.js';
import { defineOperation } from '../operation.js';
import { knownAccount } from '../testing/known-account.js';
import { ACCOUNT, startTestApi } from '../testing/test-api.js';
import { testRecord } from '../testing/test-call.js';
import { type AccountLimits, openAccountLimits } from './open-account-limits.js';

/** What an account may do at most, on a real Redis and a real stream. */
const NAMESPACE = `t${randomBytes(6).toString('hex')}`;
const log = createLogger({ service: 'api', level: 'silent' });

let bus: Bus;
let limits: Limits;
let metrics: Metrics;
let book: AccountBook;
let opened: AccountLimits[];

beforeAll(async () => {
  bus = await connectBus({ url: serverUrl('TEST_NATS_URL'), namespace: NAMESPACE, name: 'limits test' });
  limits = openLimits({ url: serverUrl('TEST_REDIS_URL'), namespace: NAMESPACE, onError: () => {} });
});
afterAll(async () => {
  await bus?.close();
  await limits?.close();
  await Promise.all([dropStreams(), dropKeys()]);
});
beforeEach(async () => {
  await expect
    .poll(() => limits.releaseCalls([{ accountSid: 'AC', callSid: 'CA' }]).catch(String))
    .toBeUndefined();
  metrics = createMetrics('api');
  book = new AccountBook();
  book.markLoaded();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
});

function open(options: { defaults?: [number, number]; limits?: Limits } = {}): AccountLimits {
  const [REQUESTS_PER_SECOND, CONCURRENT_CALLS] = options.defaults ?? [0, 0];
  const accountLimits = openAccountLimits({
    config: { REQUESTS_PER_SECOND, CONCURRENT_CALLS },
    limits: options.limits ?? limits,
    book,
    bus,
    metrics,
    log,
  });
  opened.push(accountLimits);
  return accountLimits;
}

let number = 0;

/** An account of its own, in the book. */
function account(changes: Partial<KnownAccount> = {}): KnownAccount {
  number += 1;
  const made = knownAccount({ sid: `AC${String(number).padStart(32, '0')}`, ...changes });
  book.put([made]);
  return made;
}

const callSid = (n: number) => `CA${String(n).padStart(32, '0')}`;

/** A call that the account itself asks for. */
const by = (one: KnownAccount) => ({ account: one, caller: one });

const full = ({ sid }: KnownAccount, max: number) => ({
  allowed: false,
  complaint: `Account ${sid} has as many calls at once as it may have, which is ${max}`,
});

async function publish(...events: CallEvent[]): Promise<void> {
  for (const event of events) await bus.publish(event);
}

/** A call of the account from its acceptance to its end. */
function callThatEnds(accountSid: string, sid: string): [CallEvent, CallEvent] {
  const queued = openCall(testRecord({ accountSid, sid }).call, 'test');
  const over = advanceCall(
    recordOf(queued),
    'busy',
    { endTime: '2026-11-24T10:00:01.000Z' },
    new Date(),
    'test',
  );
  return [queued, over];
}

test('a request too many is answered 429, with when to come again, and is counted', async () => {
  const { admit } = open();
  const api = await startTestApi([pingOperation()], { admit });
  api.book.put([knownAccount({ ...ACCOUNT, requestsPerSecond: 3 })]);
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => api.send('GET', '/2010-04-01/Ping.json')),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(3);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(await refused[0]?.json()).toMatchObject({ code: 20429, status: 429 });
  expect(await metrics.text()).toMatch(/api_refused_by_limit_total\{limit="requests".*\} 3/);
  await api.close();
});

test('without a limit nothing is asked, and the own limit goes before the default', async () => {
  const asked: number[] = [];
  const takeRequest = async (_sid: string, perSecond: number) => {
    asked.push(perSecond);
    return { allowed: true } as const;
  };
  const { admit } = open({ defaults: [7, 0], limits: { ...limits, takeRequest } });
  expect(admit(account({ requestsPerSecond: 0 }))).toBeUndefined();
  await admit(account({ requestsPerSecond: 2 }));
  await admit(account());
  expect(asked).toEqual([2, 7]);
});

test('an account has so many calls at once, and a call that is over makes room', async () => {
  const limited = account({ concurrentCalls: 2 });
  const { calls } = open();
  for (const n of [1, 2]) expect(await calls.takeCall(by(limited), callSid(n))).toEqual({ allowed: true });
  expect(await calls.takeCall(by(limited), callSid(3))).toEqual(full(limited, 2));
  expect(await metrics.text()).toMatch(/api_refused_by_limit_total\{limit="calls".*\} 1/);
  const [queued, over] = callThatEnds(limited.sid, callSid(1));
  await publish(queued);
  expect(await calls.takeCall(by(limited), callSid(3))).toEqual(full(limited, 2));
  await publish(over);
  await expect
    .poll(() => calls.takeCall(by(limited), callSid(3)), { timeout: 10_000 })
    .toEqual({ allowed: true });
  expect(await calls.takeCall(by(limited), callSid(4))).toMatchObject({ allowed: false });
});

test('the place of an accepted call is kept where there is a limit', () => {
  const kept: string[] = [];
  const keepCall: Limits['keepCall'] = async (sid) => void kept.push(sid);
  const { calls } = open({ limits: { ...limits, keepCall } });
  calls.keepCall(account({ concurrentCalls: 2 }), callSid(8));
  calls.keepCall(account(), callSid(9));
  expect(kept).toEqual([callSid(8)]);
});

test('a call that was not accepted gives its place back', async () => {
  const limited = account({ concurrentCalls: 1 });
  const { calls } = open();
  await calls.takeCall(by(limited), callSid(11));
  calls.releaseCall(limited, callSid(11));
  await expect.poll(() => calls.takeCall(by(limited), callSid(12))).toEqual({ allowed: true });
});

test('a batch that Redis does not take comes again; what ended before anybody followed is read too', async () => {
  const limited = account({ concurrentCalls: 1 });
  await limits.takeCall(callSid(21), [{ accountSid: limited.sid, max: 1 }]);
  let refusals = 2;
  const releaseCalls: Limits['releaseCalls'] = (held) => {
    if (refusals === 0) return limits.releaseCalls(held);
    refusals -= 1;
    return Promise.reject(new LimitsUnavailableError('Redis is away'));
  };
  await publish(...callThatEnds(limited.sid, callSid(21)));
  const { calls } = open({ limits: { ...limits, releaseCalls } });
  await expect
    .poll(() => calls.takeCall(by(limited), callSid(22)), { timeout: 15_000 })
    .toEqual({ allowed: true });
  expect(refusals).toBe(0);
}, 20_000);

/** Three accounts below one another, the topmost first. */
function family(...changes: [Partial<KnownAccount>, Partial<KnownAccount>, Partial<KnownAccount>]) {
  const top = account(changes[0]);
  const middle = account({ parentSid: top.sid, ...changes[1] });
  return { top, middle, low: account({ parentSid: middle.sid, ...changes[2] }) };
}

test('who is limited cannot go round it with an account below: its requests count for both', async () => {
  const { top, middle, low } = family({ requestsPerSecond: 1_000 }, { requestsPerSecond: 3 }, {});
  const { admit } = open();
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => admit(low)));
  const messages = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
  const aboveIsFull = 'An account above has made as many requests in this second as it may make';
  expect(messages).toEqual([aboveIsFull, aboveIsFull]);
  await expect(admit(middle)).rejects.toThrow(`Account ${middle.sid} may make 3 requests a second`);
  await admit(top);
});

test('what an account is refused at its own limit costs those above it nothing', async () => {
  const { middle, low } = family({}, { requestsPerSecond: 3 }, { requestsPerSecond: 1 });
  const { admit } = open();
  const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => admit(low)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await Promise.all([admit(middle), admit(middle)]);
  await expect(admit(middle)).rejects.toMatchObject({ status: 429 });
});

test('the default of an account with nobody above it is for itself, one of its own for all below it', async () => {
  const counted: string[] = [];
  const takeRequest = async (sid: string) => {
    counted.push(sid);
    return { allowed: true } as const;
  };
  const { admit } = open({ defaults: [7, 0], limits: { ...limits, takeRequest } });
  const { top, middle, low } = family({}, {}, { requestsPerSecond: 0 });
  await admit(low);
  await admit(top);
  expect(counted.splice(0)).toEqual([middle.sid, top.sid]);
  book.put([{ ...top, requestsPerSecond: 9 }]);
  await admit(low);
  expect(counted).toEqual([middle.sid, top.sid]);
});

test('a call takes a place with each account up the line, and its end gives all of them back', async () => {
  const { top, middle, low } = family({ concurrentCalls: 2 }, {}, { concurrentCalls: 5 });
  const { calls } = open();
  for (const n of [31, 32]) expect(await calls.takeCall(by(low), callSid(n))).toEqual({ allowed: true });
  const above = { allowed: false, complaint: 'An account above has as many calls at once as it may have' };
  expect(await calls.takeCall(by(middle), callSid(33))).toEqual(above);
  expect(await calls.takeCall({ account: low, caller: top }, callSid(33))).toEqual(full(top, 2));
  for (const n of [31, 32]) calls.keepCall(low, callSid(n));
  await publish(...callThatEnds(low.sid, callSid(31)));
  await expect
    .poll(() => calls.takeCall(by(middle), callSid(33)), { timeout: 10_000 })
    .toEqual({ allowed: true });
  calls.releaseCall(low, callSid(32));
  await expect.poll(() => calls.takeCall(by(top), callSid(34))).toEqual({ allowed: true });
  expect(await calls.takeCall(by(top), callSid(35))).toEqual(full(top, 2));
});

test('a limit of an account below is told to the one above it that calls for it', async () => {
  const { middle, low } = family({}, {}, { concurrentCalls: 1 });
  const { calls } = open();
  await calls.takeCall(by(low), callSid(41));
  const asked = { account: low, caller: middle };
  expect(await calls.takeCall(asked, callSid(42))).toEqual(full(low, 1));
  expect(await calls.takeCall(by(middle), callSid(42))).toEqual({ allowed: true });
});

test('of an account that another instance made the places above it are given back, too', async () => {
  book = new AccountBook();
  const whetherKnown = vi.spyOn(book, 'isLoaded');
  const top = account({ concurrentCalls: 1 });
  const made = knownAccount({ sid: `AC${'f'.repeat(32)}`, parentSid: top.sid });
  const places = [top, made].map(({ sid }) => ({ accountSid: sid, max: 1 }));
  await limits.takeCall(callSid(51), places);
  const { calls } = open();
  await publish(...callThatEnds(made.sid, callSid(51)));
  // As long as accounts are not known at all, the event comes again.
  await expect.poll(() => whetherKnown.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(await calls.takeCall(by(top), callSid(52))).toEqual(full(top, 1));
  book.seekWith(async () => {
    book.put([made]);
    return true;
  });
  book.markLoaded();
  await expect
    .poll(() => calls.takeCall(by(top), callSid(52)), { timeout: 15_000 })
    .toEqual({ allowed: true });
}, 20_000);

test('as long as no account has a limit, no event is read', () => {
  account();
  const consumed: string[] = [];
  const idle = openAccountLimits({
    config: { REQUESTS_PER_SECOND: 0, CONCURRENT_CALLS: 0 },
    limits,
    book,
    bus: {
      consumeBatches: ({ durable }) => {
        consumed.push(durable);
        return bus.consumeBatches({
          durable,
          maxBatch: 1,
          maxWaitMs: 1,
          handler: async () => {},
          onPoison: () => {},
        });
      },
    },
    metrics,
    log,
  });
  opened.push(idle);
  expect(consumed).toEqual([]);
});

function pingOperation() {
  return defineOperation({
    id: 'ping',
    method: 'get',
    path: '/Ping',
    root: 'version',
    tag: 'Test',
    summary: 'Nothing',
    needs: 'read',
    success: { status: 204 },
    run: async () => ({ status: 204 }),
  });
}

function serverUrl(name: 'TEST_NATS_URL' | 'TEST_REDIS_URL'): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run the tests with "npm test", which provides the servers`);
  return url;
}

async function dropStreams(): Promise<void> {
  const url = new URL(serverUrl('TEST_NATS_URL'));
  const nats = await connect({ servers: url.host, token: decodeURIComponent(url.username) });
  const manager = await nats.jetstreamManager();
  for await (const name of manager.streams.names()) {
    if (name.includes(NAMESPACE)) await manager.streams.delete(name);
  }
  await nats.close();
}

async function dropKeys(): Promise<void> {
  const redis = new Redis(serverUrl('TEST_REDIS_URL'));
  const keys = await redis.keys(`*${NAMESPACE}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
