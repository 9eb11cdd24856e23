import type { FollowEventsOptions } from '@trunkline/bus';
import type { CallRecord } from '@trunkline/contracts';
import { createVirtualClock, type VirtualClock } from '@trunkline/runtime/testing';
import type { ReadPorts } from '../../calls/get-call.js';
import { RecentCalls } from '../../calls/recent-calls.js';
import type { Answer, Operation, OperationRequest } from '../../operation.js';
import { readParameters } from '../../parameters/read-parameters.js';
import { DOOR_2012 } from '../../represent/door.js';
import { knownAccount } from '../../testing/known-account.js';
import type { EndOfStream } from '../event-stream.js';
import { OpenStreams, type StreamLimits } from '../open-streams.js';
import { type StreamPorts, streamOperations } from '../stream-operations.js';
import { FakeFollow } from './fake-follow.js';

/** The operations on streams with everything around them in the test's hand. */
export interface TestStreams {
  clock: VirtualClock;
  operations: readonly Operation[];
  streams: OpenStreams;
  /** What history knows. */
  records: Map<string, CallRecord>;
  /** Every stream of the bus that was opened, and with what. */
  followed: { options: FollowEventsOptions; bus: FakeFollow }[];
  ended: EndOfStream[];
  /** Throws what is to be thrown when credentials are looked at again. */
  authenticate: (authorization: string | undefined) => unknown;
  ask(path: string, asked?: Asked): Promise<Answer>;
}

export interface Asked {
  query?: string;
  headers?: Record<string, string>;
  path?: Record<string, string>;
  accountSid?: string;
  signal?: AbortSignal;
}

export function createTestStreams(limits: StreamLimits = { perAccount: 3, inAll: 5 }): TestStreams {
  const clock = createVirtualClock(0);
  const test: TestStreams = {
    clock,
    operations: [],
    streams: new OpenStreams(limits),
    records: new Map(),
    followed: [],
    ended: [],
    authenticate: () => {},
    ask: (path, asked = {}) => ask(test.operations, path, asked),
  };
  const ports: StreamPorts = {
    calls: readPorts(test.records),
    bus: {
      followEvents: async (options) => {
        const bus = new FakeFollow();
        test.followed.push({ options, bus });
        return bus.follow(options);
      },
    },
    authenticate: (authorization) => test.authenticate(authorization),
    streams: test.streams,
    metrics: { onSent: () => {}, onEnd: (reason) => test.ended.push(reason) },
    clock,
    source: '/trunkline/api/test',
  };
  test.operations = streamOperations(ports);
  return test;
}

async function ask(operations: readonly Operation[], path: string, asked: Asked): Promise<Answer> {
  const operation = operations.find((one) => one.path === path) as Operation;
  const account = knownAccount(asked.accountSid ? { sid: asked.accountSid } : {});
  const set = operation.query as NonNullable<Operation['query']>;
  const query = readParameters(set, new URLSearchParams(asked.query ?? ''));
  const request: OperationRequest<unknown, unknown> = {
    caller: { account, scope: 'all', isPrimary: true },
    account,
    path: asked.path ?? {},
    query: query.values,
    form: {},
    kept: query.given,
    door: DOOR_2012,
    header: (name) => asked.headers?.[name] ?? null,
    signal: asked.signal ?? new AbortController().signal,
  };
  return operation.run(request);
}

function readPorts(records: Map<string, CallRecord>): ReadPorts {
  return {
    history: {
      readCall: async (accountSid: string, callSid: string) => {
        const record = records.get(callSid);
        return record?.call.accountSid === accountSid ? record : null;
      },
    } as ReadPorts['history'],
    recent: new RecentCalls(),
    bus: {
      fences: { read: async () => null },
      liveCalls: { find: async () => null, read: async () => null },
    } as unknown as ReadPorts['bus'],
    jobs: { peek: async () => null } as unknown as ReadPorts['jobs'],
  };
}
