import type { Bus } from '@trunkline/bus';
import { type CallEvent, type CallRecord, eventName, isFinalStatus, openCall } from '@trunkline/contracts';
import type { Clock } from '@trunkline/runtime';
import { getCall, type ReadPorts } from '../calls/get-call.js';
import { NotFoundError, RefusedRequestError } from '../errors.js';
import { type Answer, defineOperation, type Operation, type OperationRequest } from '../operation.js';
import { createMatcher } from './event-filter.js';
import { EventStream, type EventStreamOptions } from './event-stream.js';
import type { OpenStreams, StreamMetrics } from './open-streams.js';
import {
  type AccountStreamQuery,
  accountStreamParameters,
  type CallStreamQuery,
  callStreamParameters,
  filterOf,
  resumeAfter,
  STREAM_HEADERS,
} from './stream-parameters.js';
import { EVENT_STREAM_TYPE } from './write-message.js';

/** What the streams of events work with. */
export interface StreamPorts {
  calls: ReadPorts;
  bus: Pick<Bus, 'followEvents'>;
  /** Who an Authorization header speaks for, as when the request came. @throws RefusedRequestError */
  authenticate: (authorization: string | undefined) => unknown;
  streams: OpenStreams;
  metrics: StreamMetrics;
  clock: Clock;
  /** The CloudEvents `source` of what this process says of a call. */
  source: string;
}

/** Server-sent events: an account's, and one call's. */
export function streamOperations(ports: StreamPorts): readonly Operation[] {
  return [followAccount(ports), followCall(ports)];
}

const REFUSALS = {
  429: 'The account has as many streams open as it may have',
  503: 'NATS is away, or this server has as many streams as it takes; with Retry-After',
};

function followAccount(ports: StreamPorts): Operation {
  return defineOperation<AccountStreamQuery, unknown>({
    id: 'stream-calls',
    method: 'get',
    path: '/Calls/Stream',
    tag: 'Calls',
    summary: "Follows the account's calls as server-sent events",
    description:
      'From now on, or after the event that Last-Event-ID names. Each message has the place in the stream as its id, the name of the event, and a CloudEvent as data. A message with the name gap says that events are missing.',
    needs: 'read',
    query: accountStreamParameters,
    headers: STREAM_HEADERS,
    success: { status: 200, contentType: 'text/event-stream' },
    refusals: REFUSALS,
    run: async (request) => {
      const after = resumeAfter(request.header('Last-Event-ID'), request.query.LastEventId);
      const stream = await open(ports, request, {
        resumeAfter: after,
        from: after === null ? 'new' : { sequence: Math.max(1, after) },
        fits: createMatcher(filterOf(request.query)),
        isLast: () => false,
        conclude: async () => null,
      });
      return answer(stream);
    },
  });
}

function followCall(ports: StreamPorts): Operation {
  return defineOperation<CallStreamQuery, unknown>({
    id: 'stream-call',
    method: 'get',
    path: '/Calls/{CallSid}/Stream',
    tag: 'Calls',
    summary: 'Follows one call as server-sent events, from its first to its last',
    description:
      'Ends after the final event. A reader that has it and connects again is answered 204, upon which a browser stops.',
    needs: 'read',
    query: callStreamParameters,
    headers: STREAM_HEADERS,
    success: { status: 200, contentType: 'text/event-stream' },
    refusals: { ...REFUSALS, 404: 'There is no such call' },
    run: async (request) => {
      const after = resumeAfter(request.header('Last-Event-ID'), request.query.LastEventId);
      const record = await readCall(ports, request);
      const { sid, dateCreated } = record.call;
      const stream = await open(ports, request, {
        resumeAfter: after,
        from: after === null ? { time: beforeAcceptance(dateCreated) } : { sequence: Math.max(1, after) },
        fits: (event) => event.subject === sid,
        isLast: (event) => isFinalStatus(event.data.status) || eventName(event) === 'deleted',
        conclude: createConclusion(ports, request, record),
      });
      const mayBeOver = after !== null && isFinalStatus(record.call.status);
      if (mayBeOver && (await stream.isOverSoon(OVER_WAIT_MS))) return { status: 204 };
      return answer(stream);
    },
  });
}

type Request = OperationRequest<unknown, unknown>;

interface Opening extends Pick<EventStreamOptions, 'resumeAfter' | 'fits' | 'isLast' | 'conclude'> {
  from: Parameters<Bus['followEvents']>[0]['from'];
}

/** How long the first event of a call that is over is waited for. */
const OVER_WAIT_MS = 1_000;
/** How far the clocks of the cluster may be apart. */
const CLOCK_SKEW_MS = 10_000;

async function open(
  { bus, streams, metrics, clock, authenticate }: StreamPorts,
  request: Request,
  { from, ...options }: Opening,
): Promise<EventStream> {
  const giveBack = streams.take(request.caller.account.sid);
  const abort = () => stream.end('client-gone');
  const stream: EventStream = new EventStream({
    ...options,
    clock,
    isAllowed: () => isAllowed(() => authenticate(request.header('Authorization') ?? undefined)),
    onSent: metrics.onSent,
    onEnd: (reason) => {
      request.signal.removeEventListener('abort', abort);
      streams.remove(stream);
      giveBack();
      metrics.onEnd(reason);
    },
  });
  streams.add(stream);
  request.signal.addEventListener('abort', abort, { once: true });
  if (request.signal.aborted) abort();
  await stream.start((handlers) => bus.followEvents({ accountSid: request.account.sid, from, ...handlers }));
  return stream;
}

/** `Connection: close`, since a server that stops waits for connections that are kept. */
function answer(stream: EventStream): Answer {
  return {
    status: 200,
    stream: stream.body,
    contentType: EVENT_STREAM_TYPE,
    headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no', Connection: 'close' },
  };
}

/** Only a clear no is one: accounts that cannot be asked just now end no stream. */
async function isAllowed(authenticate: () => unknown): Promise<boolean> {
  try {
    await authenticate();
    return true;
  } catch (error) {
    return !(error instanceof RefusedRequestError && (error.status === 401 || error.status === 403));
  }
}

function readCall({ calls }: StreamPorts, { account, path }: Request): Promise<CallRecord> {
  return getCall(calls, account.sid, path.CallSid ?? '');
}

function beforeAcceptance(dateCreated: string): Date {
  return new Date(Date.parse(dateCreated) - CLOCK_SKEW_MS);
}

/**
 * A call that was over at two looks, and of which no event came between them, is over as it stands in history: the stream
 * does not keep its last event any more.
 */
function createConclusion(ports: StreamPorts, request: Request, known: CallRecord) {
  let wasOver = isFinalStatus(known.call.status);
  return async (): Promise<CallEvent | 'gone' | null> => {
    try {
      const record = await readCall(ports, request);
      const isOver = isFinalStatus(record.call.status);
      if (isOver && wasOver) return snapshotEvent(record, ports.source);
      wasOver = isOver;
      return null;
    } catch (error) {
      return error instanceof NotFoundError ? 'gone' : null;
    }
  };
}

/** The call as it ended, in the form of its last event. */
function snapshotEvent({ call, sequence }: CallRecord, source: string): CallEvent {
  const first = openCall(call, source);
  const type = first.type.replace(eventName(first), call.status);
  return { ...first, id: `${call.sid}:${sequence}`, sequence, type, time: call.endTime ?? call.dateUpdated };
}
