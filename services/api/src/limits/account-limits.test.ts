import { randomBytes } from 'node:crypto';
import { type Bus, connectBus } from '@trunkline/bus';
import { advanceCall, type CallEvent, openCall, recordOf } from '@trunkline/contracts';
import { type Limits, LimitsUnavailableError, openLimits } from '@trunkline/limits';
import { createLogger, createMetrics, type Metrics } from '@trunkline/runtime';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
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
  for (const n of [1, 2]) expect(await calls.takeCall(limited, callSid(n))).toEqual({ allowed: true });
  expect(await calls.takeCall(limited, callSid(3))).toEqual({ allowed: false, max: 2 });
  expect(await metrics.text()).toMatch(/api_refused_by_limit_total\{limit="calls".*\} 1/);
  const [queued, over] = callThatEnds(limited.sid, callSid(1));
  await publish(queued);
  expect(await calls.takeCall(limited, callSid(3))).toEqual({ allowed: false, max: 2 });
  await publish(over);
  await expect
    .poll(() => calls.takeCall(limited, callSid(3)), { timeout: 10_000 })
    .toEqual({ allowed: true });
  expect(await calls.takeCall(limited, callSid(4))).toMatchObject({ allowed: false });
});

test('the place of an accepted call is kept where there is a limit', () => {
  const kept: string[] = [];
  const keepCall: Limits['keepCall'] = async (_sid, callSid) => void kept.push(callSid);
  const { calls } = open({ limits: { ...limits, keepCall } });
  calls.keepCall(account({ concurrentCalls: 2 }), callSid(8));
  calls.keepCall(account(), callSid(9));
  expect(kept).toEqual([callSid(8)]);
});

test('a call that was not accepted gives its place back', async () => {
  const limited = account({ concurrentCalls: 1 });
  const { calls } = open();
  await calls.takeCall(limited, callSid(11));
  calls.releaseCall(limited.sid, callSid(11));
  await expect.poll(() => calls.takeCall(limited, callSid(12))).toEqual({ allowed: true });
});

test('a batch that Redis does not take comes again; what ended before anybody followed is read too', async () => {
  const limited = account({ concurrentCalls: 1 });
  await limits.takeCall(limited.sid, callSid(21), 1);
  let refusals = 2;
  const releaseCalls: Limits['releaseCalls'] = (held) => {
    if (refusals === 0) return limits.releaseCalls(held);
    refusals -= 1;
    return Promise.reject(new LimitsUnavailableError('Redis is away'));
  };
  await publish(...callThatEnds(limited.sid, callSid(21)));
  const { calls } = open({ limits: { ...limits, releaseCalls } });
  await expect
    .poll(() => calls.takeCall(limited, callSid(22)), { timeout: 15_000 })
    .toEqual({ allowed: true });
  expect(refusals).toBe(0);
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
